import { type Queryable, sql } from '../../../platform/database/database.ts';
import { errors } from '../errors.ts';
import { foldLabel } from '../rules/labels.ts';

export const publicEdition = 'PUBLIC';
export const workspaceEdition = 'WORKSPACE';

/** The storage of an edition by its key; none given is the workspace edition. @throws planning.unknownEdition */
export async function findEdition(
  db: Queryable,
  application: number,
  key: string | undefined,
): Promise<number> {
  const wanted = foldLabel(key || workspaceEdition);
  const found = await db.row<{ id: number }>(sql`
    SELECT id FROM planning.editions WHERE application = ${application} AND key = ${wanted} AND state = 'open'`);
  if (!found) throw errors.unknownEdition({ key: wanted });
  return found.id;
}

/** The public edition is read-only for everybody (fusion_place §4.6). @throws planning.readOnlyEdition */
export async function findWritableEdition(
  db: Queryable,
  application: number,
  key: string | undefined,
): Promise<number> {
  if (foldLabel(key ?? '') === publicEdition) throw errors.readOnlyEdition({ key: publicEdition });
  return findEdition(db, application, key);
}
