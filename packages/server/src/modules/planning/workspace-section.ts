import { type Queryable, sql } from '../../platform/database/database.ts';
import type { AppError } from '../../platform/errors.ts';
import type {
  Change,
  PlanOptions,
  SectionPlan,
  WorkspaceFile,
  WorkspaceSection,
} from '../../platform/workspace-section.ts';
import { errors } from './errors.ts';
import {
  type Declaration,
  describeDifferences,
  foldDeclaration,
  mergeDeclarations,
  same,
  tidyDeclaration,
} from './rules/declaration.ts';
import { declarationFaults, locate } from './rules/declaration-faults.ts';
import { readApplication } from './store/application.ts';
import { deleteApplication, saveDeclaration } from './store/declaration.ts';
import { exportDeclaration } from './store/export-declaration.ts';
import { type ApplicationEntry, PlanningSchema } from './workspace-schema.ts';

/** The workspace file's key `planning`: applications, matched by label, each laid over what there is. */
export function createPlanningSection(): WorkspaceSection {
  return {
    schemas: { planning: PlanningSchema },
    plan,
    async export(db) {
      const present = await readDeclarations(db);
      return present.length > 0 ? { planning: present } : {};
    },
  };
}

async function plan(db: Queryable, file: WorkspaceFile, { prune }: PlanOptions): Promise<SectionPlan> {
  const entries = file.planning as ApplicationEntry[] | undefined;
  if (entries === undefined) return { changes: [], faults: [], apply: async () => undefined };
  const present = new Map((await readDeclarations(db)).map((item) => [item.label, item]));
  const changes: Change[] = [];
  const faults: AppError[] = [];
  const save: Declaration[] = [];
  const seen = new Set<string>();
  entries.forEach((entry, index) => {
    const wanted = foldDeclaration(entry);
    const place = `/planning/${index}`;
    if (seen.has(wanted.label)) faults.push(errors.twice({ label: wanted.label }, place));
    seen.add(wanted.label);
    const before = present.get(wanted.label);
    const after = tidyDeclaration(before ? mergeDeclarations(before, wanted, prune) : wanted);
    for (const fault of [...declarationFaults(after), ...(before ? fixedFaults(before, after) : [])]) {
      faults.push(fault.at(`${place}${locate(fault.place ?? '', entry)}`));
    }
    const details = before ? describeDifferences(before, after) : [];
    const action = !before ? 'add' : details.length > 0 ? 'change' : 'keep';
    changes.push({
      action,
      kind: 'planning application',
      id: wanted.label,
      ...(details.length > 0 && { details }),
    });
    if (action !== 'keep') save.push(after);
  });
  const removed = prune ? [...present.keys()].filter((label) => !seen.has(label)) : [];
  for (const label of removed) changes.push({ action: 'remove', kind: 'planning application', id: label });
  return {
    changes,
    faults,
    async apply(tx) {
      for (const declaration of save) await saveDeclaration(tx, declaration);
      for (const label of removed) await deleteApplication(tx, label);
    },
  };
}

/** What cannot change once values hang on it. */
function fixedFaults(before: Declaration, after: Declaration): AppError[] {
  const faults: AppError[] = [];
  const ledgers = new Map((before.ledgers ?? []).map((ledger) => [ledger.label, ledger]));
  for (const { label, dimensions } of after.ledgers ?? []) {
    const known = ledgers.get(label);
    if (known && !same(known.dimensions, dimensions))
      faults.push(errors.fixedDimensions({ label }, `/ledgers/${label}/dimensions`));
  }
  return faults;
}

/** All applications as they are declared now. */
export async function readDeclarations(db: Queryable): Promise<Declaration[]> {
  const heads = await db.rows<{ id: number }>(sql`SELECT id FROM planning.applications ORDER BY id`);
  const found: Declaration[] = [];
  for (const { id } of heads) found.push(await exportDeclaration(db, await readApplication(db, id)));
  return found;
}
