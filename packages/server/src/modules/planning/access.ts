import type { Caller } from '../../platform/caller.ts';
import { type Queryable, sql } from '../../platform/database/database.ts';
import { errors } from './errors.ts';
import { type AccessArea, accessArea } from './rules/form-view.ts';
import { foldLabel } from './rules/labels.ts';
import type { Application } from './rules/model.ts';

/** The participant of applications that have none (fusion_place §4.1). */
const everyone = '#NONE';

/** What a caller may see and fill while he acts as a participant. */
export type Acting = { read: AccessArea; write: AccessArea };

/**
 * Lets a caller act as a participant: `#NONE` in workgroup applications, elsewhere one that lists him (§4.8).
 * @throws planning.workgroupParticipant, planning.unknownParticipant, planning.notParticipant
 */
export async function actAs(
  db: Queryable,
  application: Application,
  label: string,
  caller: Caller,
): Promise<Acting> {
  const participant = foldLabel(label);
  if (application.type === 'workgroup') {
    if (participant !== everyone) throw errors.workgroupParticipant();
    return { read: new Map(), write: new Map() };
  }
  const found = await db.row<{
    access_type: string | null;
    keys: Record<string, string>;
    listed: boolean;
  }>(sql`
    SELECT p.access_type, p.keys, EXISTS (
      SELECT 1 FROM planning.authorities a
      WHERE a.application = p.application AND a.participant = p.label AND a.login = ${caller.login}) AS listed
    FROM planning.participants p WHERE p.application = ${application.id} AND p.label = ${participant}`);
  if (!found) throw errors.unknownParticipant({ label: participant });
  if (!found.listed) throw errors.notParticipant({ label: participant });
  const type = application.design.accessTypes.find((candidate) => candidate.label === found.access_type);
  const { keys } = found;
  return {
    read: accessArea(application, type, 'read', keys),
    write: accessArea(application, type, 'write', keys),
  };
}

export function isDesigner({ roles }: Caller): boolean {
  return roles.has('designer') || roles.has('admin');
}

/** Designers and administrators only (fusion_place §3, column "auth"). @throws planning.needsDesigner */
export function requireDesigner(caller: Caller): void {
  if (!isDesigner(caller)) throw errors.needsDesigner();
}
