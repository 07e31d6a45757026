import { changeIds, firstDetail } from '../rules/change.ts';
import type { OpenForm } from '../rules/form-view.ts';
import { dimensionOf } from '../rules/model.ts';
import { type LedgerTables, monthColumns } from './ledger-tables.ts';

/** Months that a view shows at a period. */
export type Span = { period: number; view: number; from: number; to: number };

/** Which cells a form's document is made of, and over which columns they are kept apart. */
export type FactSource = {
  open: OpenForm;
  tables: LedgerTables;
  edition: number;
  /** Conditions on a row `c`, those on scenario and year apart. */
  conditions: readonly string[];
  timeConditions: readonly string[];
  spans: readonly Span[];
  /** Key columns of the rows, without account and movement. */
  columns: readonly string[];
  /** Columns whose leaves are replaced by ancestors; each leaf has at most one of these. */
  mapped: readonly { column: string; pairs: readonly (readonly [leaf: number, ancestor: number])[] }[];
  /** Cells of several keys fall together because a member is an aggregate. */
  summed: boolean;
  balances: readonly number[];
  flows: readonly number[];
};

/*
 * Each of these gives the facts of a form: the columns of its rows, account, change, period, view, value (scaled,
 * debit-positive), only where there is a value.
 */

/** Amounts of a period's end or of the flow within it: `#NONE`, or `#END`, which flow accounts do not have. */
export function vectorFacts(source: FactSource, change: number): string {
  const accounts = change === changeIds['#END'] ? source.balances : [...source.balances, ...source.flows];
  return spread(source, gather(source, 'c.change = 0', accounts), change, (from, to) =>
    from === to
      ? month(to)
      : `CASE WHEN v.account IN (${list(source.balances)}) THEN ${month(to)} ELSE ${sumOf('m', from, to)} END`,
  );
}

/** Details of movement, which add up over time. */
export function detailFacts(source: FactSource, change: number, details: readonly number[]): string {
  const base = gather({ ...source, summed: true }, `c.change IN (${list(details)})`, source.balances);
  return spread(source, base, change, (from, to) => sumOf('m', from, to));
}

function gather(source: FactSource, change: string, accounts: readonly number[]): string {
  const { tables, edition, conditions, timeConditions, columns, mapped, summed, spans } = source;
  const lookups = new Map(mapped.map(({ column, pairs }) => [column, lookup(column, pairs)]));
  const names = [...columns, 'account'].map((key) => `${lookups.get(key) ?? `c.${key}`} AS ${key}`);
  const needed = monthColumns.filter((_, index) =>
    spans.some(({ from, to }) => from <= index + 1 && index + 1 <= to),
  );
  const amounts = needed.map((column) => (summed ? `sum(c.${column}) AS ${column}` : `c.${column}`));
  const where = [`c.edition = ${edition}`, change, `c.account IN (${list(accounts)})`];
  return `
    SELECT ${[...names, ...amounts].join(', ')}
    FROM ${tables.values} c
    WHERE ${[...where, ...timeConditions, ...conditions].join(' AND ')}
    ${summed ? `GROUP BY ${names.map((_, index) => index + 1).join(', ')}` : ''}`;
}

/**
 * The ancestor of a leaf, 0 where none is shown. Ids are small, so this is one step into an array; a join with the
 * trees took three times as long, because PostgreSQL would hash the cells instead of the trees.
 */
function lookup(column: string, pairs: FactSource['mapped'][number]['pairs']): string {
  const ancestors = new Map(pairs);
  const last = Math.max(0, ...ancestors.keys());
  const list = Array.from({ length: last + 1 }, (_, id) => ancestors.get(id) ?? 0);
  return `coalesce(('{${list.join(',')}}'::int[])[c.${column} + 1], 0)`;
}

/** The vectors of `base` as one row per span in which there is a value. */
function spread(
  { spans, columns, summed, mapped }: FactSource,
  base: string,
  change: number,
  value: (from: number, to: number) => string,
): string {
  // single cells as they are stored; everything that is added up may leave 64 bits
  const type = summed || spans.some(({ from, to }) => from < to) ? 'numeric' : 'bigint';
  const values = spans
    .map(({ period, view, from, to }) => `(${period}, ${view}, (${value(from, to)})::${type})`)
    .join(', ');
  const keys = [...columns, 'account'].map((key) => `v.${key}`).join(', ');
  return `
    SELECT ${keys}, ${change} AS change, s.period, s.view, s.value
    FROM (${base}) v CROSS JOIN LATERAL (VALUES ${values}) AS s (period, view, value)
    WHERE s.value IS NOT NULL ${mapped.map(({ column }) => `AND v.${column} > 0`).join(' ')}`;
}

/**
 * Everything that follows from ending balances, beginning balances and movement (fusion_place §4.5.6), cell by cell:
 * - `#PREV` is the end before the span; before the first month that of the previous fiscal year in the scenario's
 *   previous-year scenario.
 * - `#BEG` is what was entered, else `#PREV`.
 */
export function movementFacts(source: FactSource, changes: readonly number[]): string {
  const { tables, edition, conditions, columns, spans, balances, flows } = source;
  const keys = tables.keys.filter((key) => key !== 'change');
  const names = keys.map((key) => `c.${key}`).join(', ');
  const others = keys.filter((key) => key !== 'scenario' && key !== 'fy').map((key) => `c.${key}`);
  const where = (time: readonly string[]) =>
    [
      `c.edition = ${edition}`,
      `c.account IN (${list([...balances, ...flows])})`,
      ...time,
      ...conditions,
    ].join(' AND ');
  const carried = carriedForward(source)
    .map((row) => `(${row.join(', ')})`)
    .join(', ');
  const vectors = `
    SELECT ${names}, c.change, ${monthColumns.map((column) => `c.${column}`).join(', ')}, NULL::bigint AS m0
    FROM ${tables.values} c WHERE ${where(source.timeConditions)}
    UNION ALL
    SELECT o.scenario, o.fy, ${others.join(', ')}, 0, ${monthColumns.map(() => 'NULL').join(', ')}, c.m12
    FROM ${tables.values} c
    JOIN (VALUES ${carried}) AS o (source_scenario, source_fy, scenario, fy)
      ON o.source_scenario = c.scenario AND o.source_fy = c.fy
    WHERE c.change = 0 AND ${where(source.timeConditions.map((condition) => condition.replace('c.', 'o.')))}`;
  const perMonth = monthColumns.flatMap((column, index) => [
    `max(c.${column}) FILTER (WHERE c.change = 0) AS e${index + 1}`,
    `max(c.${column}) FILTER (WHERE c.change = ${changeIds['#BEG']}) AS b${index + 1}`,
    `sum(c.${column}) FILTER (WHERE c.change >= ${firstDetail}) AS c${index + 1}`,
  ]);
  const cells = `
    SELECT ${names}, max(c.m0) AS e0, ${perMonth.join(', ')} FROM (${vectors}) c GROUP BY ${names}`;
  const values = spans.flatMap(({ period, view, from, to }) =>
    changes.map(
      (change) => `(${change}, ${period}, ${view}, (${movementValue(change, from, to, balances)})::numeric)`,
    ),
  );
  const kept = [...columns, 'account'].map((key) => `v.${key}`).join(', ');
  return `
    SELECT ${kept}, s.change, s.period, s.view, s.value
    FROM (${cells}) v CROSS JOIN LATERAL (VALUES ${values.join(', ')}) AS s (change, period, view, value)
    WHERE s.value IS NOT NULL`;
}

/** Scenario and year from which each scenario and year takes its opening balances. */
function carriedForward({ open }: FactSource): number[][] {
  const scenarios = dimensionOf(open.application, '#SCENARIO');
  const years = dimensionOf(open.application, '#FY');
  const rows = scenarios.members.flatMap((scenario) => {
    const previous = scenarios.byLabel.get(scenario.properties['#PREVIOUS'] ?? '') ?? scenario;
    return years.members.flatMap((year, index) => {
      const before = years.members[index - 1];
      return before ? [[previous.id, before.id, scenario.id, year.id]] : [];
    });
  });
  return rows.length > 0 ? rows : [[-1, -1, -1, -1]];
}

function movementValue(change: number, from: number, to: number, balances: readonly number[]): string {
  const end = `v.e${to}`;
  const previous = `v.e${from - 1}`;
  const beginning = `coalesce(v.b${from}, ${previous})`;
  const details = sumOf('c', from, to);
  const difference = (a: string, b: string) =>
    `CASE WHEN num_nonnulls(${a}, ${b}) > 0 THEN coalesce(${a}, 0)::numeric - coalesce(${b}, 0) END`;
  const calculated = `CASE WHEN num_nonnulls(${beginning}, ${details}) > 0
    THEN coalesce(${beginning}, 0)::numeric + coalesce(${details}, 0) END`;
  const ofBalance: Record<number, string> = {
    [changeIds['#NONE']]: end,
    [changeIds['#PREV']]: previous,
    [changeIds['#BDIFF']]: difference(beginning, previous),
    [changeIds['#BEG']]: beginning,
    [changeIds['#CBAL']]: calculated,
    [changeIds['#EDIFF']]: difference(end, `(${calculated})`),
    [changeIds['#END']]: end,
    [changeIds['#NET']]: difference(end, previous),
  };
  const ofFlow = change === changeIds['#NONE'] ? sumOf('e', from, to) : 'NULL';
  return `CASE WHEN v.account IN (${list(balances)}) THEN ${ofBalance[change]} ELSE ${ofFlow} END`;
}

function month(number: number): string {
  return `v.m${number}`;
}

/** Sum of months, null when all are. */
function sumOf(prefix: string, from: number, to: number): string {
  const columns = Array.from({ length: to - from + 1 }, (_, index) => `v.${prefix}${from + index}`);
  if (columns.length === 1) return columns[0]!;
  const sum = columns.map((column) => `coalesce(${column}, 0)::numeric`).join(' + ');
  return `CASE WHEN num_nonnulls(${columns.join(', ')}) > 0 THEN ${sum} END`;
}

/** Numbers for IN, never empty. */
function list(ids: readonly number[]): string {
  return [-1, ...ids].join(', ');
}
