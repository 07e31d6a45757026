import { rawSql, type Sql, sql, type Transaction } from '../../../platform/database/database.ts';
import type { ImportArea } from './import-area.ts';
import { type LedgerTables, monthColumns } from './ledger-tables.ts';
import { stagingTable } from './staging.ts';

export type MergeTarget = { tables: LedgerTables; edition: number; generation: number; area: ImportArea };

/** `a.x = b.x AND a.y = b.y` over the key's columns. */
export function sameKey(keys: readonly string[], a: string, b: string): Sql {
  return rawSql(keys.map((key) => `${a}.${key} = ${b}.${key}`).join(' AND '));
}

function prefixed(alias: string, columns: readonly string[]): Sql {
  return rawSql(columns.map((column) => `${alias}.${column}`).join(', '));
}

/** Whether bit `index` of the open months is set. */
const isOpen = (index: number) => `(o.mask & ${1 << index}) <> 0`;

/**
 * Gathers the staged amounts into vectors of months. Returns whether there are several for any cell; then they must
 * be added up (`addUpAmounts`). To find the only one costs a third less than to add up one.
 */
export async function gatherAmounts(tx: Transaction, { keys }: LedgerTables): Promise<boolean> {
  await gather(tx, keys, 'max');
  const row = await tx.row<{ several: boolean }>(sql`
    SELECT coalesce(sum(amounts) <> sum(bit_count(months::bit(32))), false) AS several FROM pg_temp.planning_fresh`);
  return row?.several ?? false;
}

/** Gathers anew, several amounts for one cell added up; none of the sums may be out of range. */
export async function addUpAmounts(tx: Transaction, { keys }: LedgerTables): Promise<void> {
  await tx.run(sql`DROP TABLE pg_temp.planning_fresh`);
  await gather(tx, keys, 'sum');
}

async function gather(tx: Transaction, keys: readonly string[], aggregate: 'max' | 'sum'): Promise<void> {
  const months = monthColumns.map(
    (month, index) => `${aggregate}(amount) FILTER (WHERE period = ${index + 1})::bigint AS ${month}`,
  );
  await tx.run(
    sql`${rawSql(`
      CREATE TEMPORARY TABLE planning_fresh ON COMMIT DROP AS
      SELECT ${keys.join(', ')}, ${months.join(', ')}, count(*) AS amounts, bit_or(1 << period) AS months
      FROM ${stagingTable} WHERE amount IS NOT NULL GROUP BY ${keys.join(', ')}`)}`,
  );
  await tx.run(sql`ANALYZE pg_temp.planning_fresh`);
}

/** Puts the gathered amounts into an area that is blank; returns how many rows of months they are. */
export function insertAmounts(
  tx: Transaction,
  { tables: { values, keys }, edition }: Pick<MergeTarget, 'tables' | 'edition'>,
): Promise<number> {
  const columns = rawSql([...keys, ...monthColumns].join(', '));
  return tx.run(sql`
    INSERT INTO ${rawSql(values)} (edition, ${columns})
    SELECT ${edition}, ${columns} FROM pg_temp.planning_fresh ORDER BY ${rawSql(keys.join(', '))}`);
}

/**
 * Replaces the area's amounts by the gathered ones. Only rows that differ are touched: what they held goes into the
 * history first, and is then what the new rows are made from. Returns how many rows of months changed.
 */
export async function mergeAmounts(
  tx: Transaction,
  { tables, edition, generation, area }: MergeTarget,
): Promise<number> {
  const { values, valuesHistory, keys } = tables;
  const columns = [...keys, ...monthColumns];
  const differs = monthColumns
    .map((month, index) => `(${isOpen(index)} AND c.${month} IS DISTINCT FROM n.${month})`)
    .join(' OR ');
  const replaced = await tx.run(sql`
    INSERT INTO ${rawSql(valuesHistory)} (generation, ${rawSql(columns.join(', '))})
    SELECT ${generation}, ${prefixed('c', columns)}
    FROM ${rawSql(values)} c JOIN ${area.months} ON ${sameKey(area.by, 'o', 'c')}
    LEFT JOIN pg_temp.planning_fresh n ON ${sameKey(keys, 'n', 'c')}
    WHERE c.edition = ${edition} AND ${area.values} AND (${rawSql(differs)})`);
  if (replaced > 0) {
    await tx.run(sql`
      DELETE FROM ${rawSql(values)} c USING ${rawSql(valuesHistory)} h
      WHERE c.edition = ${edition} AND h.generation = ${generation} AND ${sameKey(keys, 'h', 'c')}`);
  }
  const merged = monthColumns.map(
    (month, index) => `CASE WHEN ${isOpen(index)} THEN n.${month} ELSE h.${month} END AS ${month}`,
  );
  const either = keys.map((key) => `coalesce(n.${key}, h.${key}) AS ${key}`);
  const inserted = await tx.run(sql`
    INSERT INTO ${rawSql(values)} (edition, ${rawSql(columns.join(', '))})
    SELECT ${edition}, ${prefixed('m', columns)}
    FROM (
      SELECT ${rawSql([...either, ...merged].join(', '))}, h.generation IS NULL AS fresh
      FROM pg_temp.planning_fresh n
      FULL JOIN (SELECT * FROM ${rawSql(valuesHistory)} WHERE generation = ${generation}) h
        ON ${sameKey(keys, 'h', 'n')}
      JOIN ${area.months}
        ON ${rawSql(area.by.map((key) => `o.${key} = coalesce(n.${key}, h.${key})`).join(' AND '))}
    ) m
    WHERE num_nonnulls(${prefixed('m', monthColumns)}) > 0
      AND NOT (m.fresh AND EXISTS (
        SELECT 1 FROM ${rawSql(values)} c WHERE c.edition = ${edition} AND ${sameKey(keys, 'c', 'm')}))`);
  return Math.max(replaced, inserted);
}

/**
 * Replaces the area's texts by the staged ones, if `staged` says that there are any; of several for one cell the last
 * wins. Returns the cells touched.
 */
export async function mergeTexts(
  tx: Transaction,
  { tables, edition, generation, area }: MergeTarget,
  staged: boolean,
): Promise<number> {
  const { texts, textsHistory, keys } = tables;
  const cell = [...keys, 'period'];
  const names = rawSql(cell.join(', '));
  await tx.run(sql`
    CREATE TEMPORARY TABLE planning_fresh_texts ON COMMIT DROP AS
    SELECT * FROM (
      SELECT DISTINCT ON (${names}) ${names}, text FROM ${rawSql(stagingTable)}
      WHERE ${staged}::boolean AND text IS NOT NULL ORDER BY ${names}, seq DESC
    ) latest WHERE text <> ''`);
  const replaced = await tx.run(sql`
    INSERT INTO ${rawSql(textsHistory)} (generation, ${names}, text)
    SELECT ${generation}, ${prefixed('c', cell)}, c.text
    FROM ${rawSql(texts)} c JOIN ${area.months} ON ${sameKey(area.by, 'o', 'c')}
    LEFT JOIN pg_temp.planning_fresh_texts n ON ${sameKey(cell, 'n', 'c')}
    WHERE c.edition = ${edition} AND ${area.texts} AND c.text IS DISTINCT FROM n.text`);
  if (replaced > 0) {
    await tx.run(sql`
      DELETE FROM ${rawSql(texts)} c USING ${rawSql(textsHistory)} h
      WHERE c.edition = ${edition} AND h.generation = ${generation} AND ${sameKey(cell, 'h', 'c')}`);
  }
  const inserted = await tx.run(sql`
    INSERT INTO ${rawSql(texts)} (edition, ${names}, text)
    SELECT ${edition}, ${names}, text FROM pg_temp.planning_fresh_texts ON CONFLICT DO NOTHING`);
  return Math.max(replaced, inserted);
}
