import { type Queryable, sql } from '../../../platform/database/database.ts';
import { storable } from './users.ts';

export type Group = { number: number; id: string; name: string; removed: boolean };

const columns = 'number, id, name, removed_at IS NOT NULL AS removed';

/** Groups by number, removed ones too. */
export async function readGroups(db: Queryable, numbers: readonly number[]): Promise<Map<number, Group>> {
  const rows = await db.rows<Group>({
    name: 'identity.groups_by_number',
    text: `SELECT ${columns} FROM identity.groups WHERE number = ANY($1::bigint[])`,
    values: [numbers.filter(Number.isSafeInteger)],
  });
  return new Map(rows.map((row) => [row.number, row]));
}

/** The numbers behind group ids; of groups that are not removed. */
export async function readGroupIds(db: Queryable, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await db.rows<{ id: string; number: number }>(
    sql`SELECT id, number FROM identity.groups WHERE id = ANY(${ids.filter(storable)}) AND removed_at IS NULL`,
  );
  return new Map(rows.map(({ id, number }) => [id, number]));
}

/** One page of the groups that are not removed, by id; `after` is the last id of the page before. */
export async function readGroupPage(
  db: Queryable,
  { limit, after, text }: { limit: number; after: string; text: string },
): Promise<{ number: number; id: string }[]> {
  if (!storable(text) || !storable(after)) return [];
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return db.rows(sql`
    SELECT number, id FROM identity.groups
    WHERE removed_at IS NULL AND id > ${after} AND (id ILIKE ${pattern} OR name ILIKE ${pattern})
    ORDER BY id LIMIT ${limit}`);
}

/** The numbers of a group's members that are not removed. */
export async function readMembers(db: Queryable, groups: readonly number[]): Promise<number[]> {
  const rows = await db.rows<{ number: number }>(sql`
    SELECT DISTINCT u.number FROM identity.memberships m JOIN identity.users u ON u.number = m.user_number
    WHERE m.group_number = ANY(${groups}) AND u.removed_at IS NULL ORDER BY 1`);
  return rows.map(({ number }) => number);
}
