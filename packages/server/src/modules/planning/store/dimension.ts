import { joinSql, type Queryable, rawSql, sql } from '../../../platform/database/database.ts';
import { errors } from '../errors.ts';
import type { Name } from '../rules/labels.ts';
import { leafPairs } from '../rules/member-tree.ts';
import type { MemberKind } from '../rules/model.ts';
import { type LedgerTables, ledgerTables } from './ledger-tables.ts';

/** A member as it shall be stored; those of a dimension in display order. */
export type MemberDraft = {
  /** Given for members whose id is fixed; others keep theirs or get the next. */
  id?: number;
  label: string;
  name: Name;
  kind: MemberKind;
  leaf?: boolean | undefined;
  active: boolean;
  root: boolean;
  properties: Record<string, string>;
  children: readonly string[];
};

export type DimensionDraft = {
  label: string;
  name: Name;
  position: number;
  /** The first id that is given out. */
  firstId: number;
  members: readonly MemberDraft[];
};

/**
 * Makes a dimension's members and trees what the draft says, keeping the ids of labels that stay. The values of
 * members that go are deleted with them. The draft has no faults (rules/member-tree.ts).
 */
export async function saveDimension(
  db: Queryable,
  application: number,
  draft: DimensionDraft,
): Promise<number> {
  const dimension = (
    await db.row<{ id: number }>(sql`
      INSERT INTO planning.dimensions (application, label, name, position)
      VALUES (${application}, ${draft.label}, ${JSON.stringify(draft.name)}, ${draft.position})
      ON CONFLICT (application, label) DO UPDATE SET name = excluded.name, position = excluded.position
      RETURNING id`)
  )?.id as number;
  const labels = draft.members.map(({ label }) => label);
  const removed = await db.rows<{ id: number }>(
    sql`DELETE FROM planning.members WHERE dimension = ${dimension} AND NOT (label = ANY(${labels})) RETURNING id`,
  );
  if (removed.length > 0)
    await deleteValues(
      db,
      application,
      dimension,
      draft.label,
      removed.map(({ id }) => id),
    );

  await refuseParentsWithAmounts(db, application, dimension, draft);
  const ids = await assignIds(db, dimension, draft);
  const column = <T>(read: (member: MemberDraft, index: number) => T) => draft.members.map(read);
  await db.run(sql`
    INSERT INTO planning.members (dimension, id, label, name, kind, aggregate, active, root, position, properties)
    SELECT ${dimension}, * FROM unnest(
      ${column(({ label }) => ids.get(label)!)}::int[], ${labels}::text[],
      ${column(({ name }) => JSON.stringify(name))}::jsonb[], ${column(({ kind }) => kind)}::text[],
      ${column(({ leaf, children }) => leaf === false && children.length === 0)}::boolean[],
      ${column(({ active }) => active)}::boolean[], ${column(({ root }) => root)}::boolean[],
      ${column((_, index) => index)}::int[], ${column(({ properties }) => JSON.stringify(properties))}::jsonb[])
    ON CONFLICT (dimension, label) DO UPDATE SET
      name = excluded.name, kind = excluded.kind, aggregate = excluded.aggregate, active = excluded.active,
      root = excluded.root, position = excluded.position, properties = excluded.properties`);
  await savePlacements(db, dimension, draft, ids);
  return dimension;
}

/** Ids are never given out twice: the next one is beyond all that the dimension's cells may hold. */
async function assignIds(
  db: Queryable,
  dimension: number,
  draft: DimensionDraft,
): Promise<Map<string, number>> {
  const present = await db.rows<{ label: string; id: number }>(
    sql`SELECT label, id FROM planning.members WHERE dimension = ${dimension}`,
  );
  const ids = new Map(present.map(({ label, id }) => [label, id]));
  let next = Math.max(draft.firstId, ...[...ids.values()].map((id) => id + 1));
  for (const { id, label } of draft.members) if (!ids.has(label)) ids.set(label, id ?? next++);
  return ids;
}

async function savePlacements(
  db: Queryable,
  dimension: number,
  draft: DimensionDraft,
  ids: ReadonlyMap<string, number>,
): Promise<void> {
  const placements = draft.members.flatMap(({ label, children }) =>
    children.map((child, position) => [ids.get(label)!, ids.get(child)!, position] as const),
  );
  await db.run(sql`DELETE FROM planning.placements WHERE dimension = ${dimension}`);
  await db.run(sql`
    INSERT INTO planning.placements (dimension, parent, child, position)
    SELECT ${dimension}, * FROM unnest(${placements.map(([parent]) => parent)}::int[],
      ${placements.map(([, child]) => child)}::int[], ${placements.map(([, , position]) => position)}::int[])`);
  const pairs = leafPairs(new Map(draft.members.map((member) => [member.label, member])));
  await db.run(sql`DELETE FROM planning.leaves WHERE dimension = ${dimension}`);
  await db.run(sql`
    INSERT INTO planning.leaves (dimension, ancestor, leaf)
    SELECT ${dimension}, * FROM unnest(${pairs.map(([ancestor]) => ids.get(ancestor)!)}::int[],
                                       ${pairs.map(([, leaf]) => ids.get(leaf)!)}::int[])`);
}

const systemColumns: Readonly<Record<string, string>> = {
  '#SCENARIO': 'scenario',
  '#FY': 'fy',
  '#ACCOUNT': 'account',
  '#CHANGE': 'change',
};

/**
 * A leaf that holds amounts gets no children (fusion_place §3.3, `#LEAF`): no total would count them any more.
 * @throws planning.parentHoldsAmounts
 */
async function refuseParentsWithAmounts(
  db: Queryable,
  application: number,
  dimension: number,
  draft: DimensionDraft,
): Promise<void> {
  const parents = draft.members.filter(({ children }) => children.length > 0).map(({ label }) => label);
  const leaves = await db.rows<{ id: number; label: string }>(sql`
    SELECT id, label FROM planning.members m
    WHERE dimension = ${dimension} AND label = ANY(${parents}) AND NOT aggregate AND NOT EXISTS (
      SELECT 1 FROM planning.placements p WHERE p.dimension = m.dimension AND p.parent = m.id)`);
  if (leaves.length === 0) return;
  for (const { tables, column } of await ledgersWith(db, application, dimension, draft.label)) {
    const held = await db.row<{ id: number }>(sql`
      SELECT ${rawSql(column)} AS id FROM ${rawSql(tables.values)}
      WHERE ${rawSql(column)} IN (${joinSql(leaves.map(({ id }) => id))})
        AND edition IN (SELECT id FROM planning.editions WHERE application = ${application} AND state = 'open')
      LIMIT 1`);
    const leaf = leaves.find(({ id }) => id === held?.id);
    if (leaf) throw errors.parentHoldsAmounts({ label: leaf.label });
  }
}

/** The application's ledgers that have the dimension, each with the column that holds its members. */
async function ledgersWith(
  db: Queryable,
  application: number,
  dimension: number,
  label: string,
): Promise<{ tables: LedgerTables; column: string }[]> {
  const ledgers = await db.rows<{ id: number; dimensions: number[] }>(
    sql`SELECT id, dimensions FROM planning.ledgers WHERE application = ${application}`,
  );
  return ledgers.flatMap(({ id, dimensions }) => {
    const place = dimensions.indexOf(dimension);
    const column = systemColumns[label] ?? (place >= 0 ? `d${place + 1}` : undefined);
    return column === undefined ? [] : [{ tables: ledgerTables(id, dimensions.length), column }];
  });
}

/** Deletes what the application's ledgers hold at members that are gone. */
async function deleteValues(
  db: Queryable,
  application: number,
  dimension: number,
  label: string,
  members: readonly number[],
): Promise<void> {
  for (const { tables, column } of await ledgersWith(db, application, dimension, label)) {
    for (const table of dataTables(tables)) {
      await db.run(sql`DELETE FROM ${rawSql(table)} WHERE ${rawSql(column)} IN (${joinSql([...members])})`);
    }
  }
}

function dataTables({ values, texts, valuesHistory, textsHistory }: LedgerTables): string[] {
  return [values, texts, valuesHistory, textsHistory];
}
