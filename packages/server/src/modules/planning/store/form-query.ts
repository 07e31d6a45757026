import { changeIds, firstDetail } from '../rules/change.ts';
import type { AccessArea, OpenForm } from '../rules/form-view.ts';
import { accountType, dimensionOf, isNumeric, leavesBelow } from '../rules/model.ts';
import { periodOf, span } from '../rules/time.ts';
import { detailFacts, movementFacts, vectorFacts } from './facts.ts';
import { type Axis, formAxes, isMappedEarly, memberList, order } from './form-axes.ts';
import type { LedgerTables } from './ledger-tables.ts';

export type FormQuery = { open: OpenForm; tables: LedgerTables; edition: number; read: AccessArea };

/**
 * The statement that gives a form's document: for each non-blank combination of the rows' members their labels
 * (`l0`, `l1`, …) and the `value` as text, in the members' order. It holds nothing but numbers of ours, because COPY
 * takes no parameters.
 *
 * Amounts are added up as vectors of months first, which makes a total over five million cells a matter of some
 * hundred thousand rows; only what is left is spread over periods and joined with the trees.
 */
export function formStatement({ open, tables, edition, read }: FormQuery): string {
  const axes = formAxes(open);
  const rows = axes.filter(({ row }) => row);
  const results = [amounts(open, axes, tables, edition, read), texts(axes, tables, edition, read)];
  const known = results.filter((result) => result !== undefined);
  if (known.length === 0) known.push(nothing(rows));
  const members = rows.map(
    ({ members: shown }, index) =>
      `JOIN ${memberList(shown)} AS x${index} (id, label, position) ON x${index}.id = f.r${index}`,
  );
  return `
    SELECT ${rows.map((_, index) => `x${index}.label AS l${index}`).join(', ')}, f.value
    FROM (${known.join('\nUNION ALL\n')}) f
    ${members.join('\n')}
    ORDER BY ${order(rows)}`;
}

function nothing(rows: readonly Axis[]): string {
  return `SELECT ${rows.map((_, index) => `0 AS r${index}`).join(', ')}, ''::text AS value WHERE false`;
}

function axisOf(axes: readonly Axis[], label: string): Axis {
  return axes.find(({ dimension }) => dimension.label === label)!;
}

/** Periods and views that are shown, with the months that each combination spans. */
function spans(axes: readonly Axis[]) {
  return axisOf(axes, '#VIEW').members.flatMap((view) =>
    axisOf(axes, '#PERIOD').members.map((period) => ({
      period: period.id,
      view: view.id,
      ...span(view.id, periodOf(period.id)),
    })),
  );
}

function amounts(
  open: OpenForm,
  axes: readonly Axis[],
  tables: LedgerTables,
  edition: number,
  read: AccessArea,
): string | undefined {
  const accounts = dimensionOf(open.application, '#ACCOUNT');
  const ofType = (type: string) =>
    accounts.members.filter((account) => accountType(account) === type).map(({ id }) => id);
  const [balances, flows] = [ofType('balance'), ofType('flow')];
  const change = axisOf(axes, '#CHANGE');
  const derived = change.members
    .map(({ id }) => id)
    .filter((id) => id !== changeIds['#CHG'] && id < firstDetail);
  const details = change.members.filter(({ id }) => id === changeIds['#CHG'] || id >= firstDetail);
  const asStored = derived.every((id) => id === changeIds['#NONE'] || id === changeIds['#END']);
  // movement follows from single cells, so those cannot be added up before
  const moves = derived.length > 1 || !asStored;
  const early = moves ? [] : axes.filter(isMappedEarly);
  const source = {
    tables,
    // what a fixed or restricted dimension leaves of the cells; scenario and year apart, for what is carried forward
    conditions: axes.flatMap((axis) =>
      // the join that replaces leaves leaves out the others
      early.includes(axis)
        ? restriction(axis.column, read.get(axis.dimension.label))
        : leafConditions(axis, read),
    ),
    timeConditions: axes.flatMap((axis) => timeConditions(axis, read)),
    edition,
    spans: spans(axes),
    columns: axes
      .filter(({ row, column }) => row && !['period', 'view', 'change', 'account'].includes(column))
      .map(({ column }) => column),
    mapped: early.map(({ dimension, column, members }) => ({
      column,
      pairs: members.flatMap((member) =>
        leavesBelow(dimension, member).map((leaf) => [leaf.id, member.id] as const),
      ),
    })),
    summed: early.length > 0 || axes.some(({ row, aggregated }) => !row && aggregated),
    balances,
    flows,
    open,
  };
  const facts: string[] = [];
  if (moves) facts.push(movementFacts(source, derived));
  else if (derived.length > 0) facts.push(vectorFacts(source, derived[0]!));
  for (const member of details) {
    const leaves = leavesBelow(change.dimension, member).map(({ id }) => id);
    if (leaves.length > 0) facts.push(detailFacts(source, member.id, leaves));
  }
  if (facts.length === 0 || balances.length + flows.length === 0) return undefined;
  return totals(open, axes, `(${facts.join('\nUNION ALL\n')})`, !moves);
}

/** Facts at leaves added up to the members that are shown, in the sign in which they are shown. */
function totals(open: OpenForm, axes: readonly Axis[], facts: string, vectors: boolean): string {
  const rows = axes.filter(({ row }) => row);
  const joins: string[] = [];
  const shown = rows.map((axis, index) => {
    const { dimension, column, aggregated, members } = axis;
    // periods, views and movement are spread over their members already
    if (!aggregated || ['period', 'view', 'change'].includes(column)) return `f.${column}`;
    if (vectors && isMappedEarly(axis)) return `f.${column}`;
    const ids = members.map(({ id }) => id).join(', ');
    joins.push(
      `JOIN planning.leaves t${index} ON t${index}.dimension = ${dimension.id} AND t${index}.leaf = f.${column}
         AND t${index}.ancestor IN (${ids})`,
    );
    return `t${index}.ancestor`;
  });
  const account = axisOf(axes, '#ACCOUNT');
  const grouped = joins.length > 0 || axes.some(({ row, aggregated }) => !row && aggregated);
  const accountShown = account.row ? shown[rows.indexOf(account)]! : undefined;
  const negative = creditSide(open, account);
  const sign = accountShown
    ? `CASE WHEN ${accountShown} IN (${[-1, ...negative].join(', ')}) THEN -1 ELSE 1 END`
    : negative.length > 0
      ? '-1'
      : '1';
  const names = shown.map((column, index) => `${column} AS r${index}`);
  const value = grouped ? 'sum(f.value)' : 'f.value';
  const exact = `trim_scale(${value}::numeric * 0.0001 * ${sign})::text`;
  // whole amounts, which most are, need no arithmetic with decimals
  const text = grouped
    ? exact
    : `CASE WHEN ${value} % 10000 = 0 THEN (${value} / 10000 * ${sign})::bigint::text ELSE ${exact} END`;
  return `
    SELECT ${[...names, `${text} AS value`].join(', ')}
    FROM ${facts} f
    ${joins.join('\n')}
    ${grouped ? `GROUP BY ${[...new Set(shown)].join(', ') || '()'}` : ''}`;
}

/** Shown accounts whose amounts are turned: credit accounts, or what the form's own sign says. */
function creditSide({ form }: OpenForm, { members }: Axis): number[] {
  return members
    .filter((account) => (form.sign ?? account.properties['#DR_CR']) === 'CR')
    .map(({ id }) => id);
}

/** Conditions on a row `c` of the ledger's amounts. */
function leafConditions(axis: Axis, read: AccessArea): string[] {
  const { column, dimension } = axis;
  if (['scenario', 'fy', 'period', 'view', 'change'].includes(column)) return [];
  return [...shownLeaves(axis), ...restriction(column, read.get(dimension.label))];
}

function timeConditions(axis: Axis, read: AccessArea): string[] {
  const { column, dimension } = axis;
  if (!['scenario', 'fy'].includes(column)) return [];
  return [...shownLeaves(axis), ...restriction(column, read.get(dimension.label))];
}

function restriction(column: string, allowed: ReadonlySet<number> | undefined): string[] {
  return allowed ? [`c.${column} IN (${[-1, ...allowed].join(', ')})`] : [];
}

/** The leaves that the axis needs: all, one, or those below what it shows. */
function shownLeaves({ dimension, column, members, aggregated }: Axis): string[] {
  const [only] = members;
  if (members.length === 1 && !aggregated) return [`c.${column} = ${only!.id}`];
  const leaves = dimension.members.filter(({ leaf }) => leaf);
  const listed = members.length < leaves.length;
  if (!aggregated && !listed) {
    const others = dimension.members.filter(({ leaf }) => !leaf).map(({ id }) => id);
    return others.length > 0 ? [`c.${column} NOT IN (${others.join(', ')})`] : [];
  }
  if (!aggregated) return [`c.${column} IN (${[-1, ...members.map(({ id }) => id)].join(', ')})`];
  if (!listed) return []; // the join with the trees leaves nothing but leaves
  const below = new Set(members.flatMap((member) => leavesBelow(dimension, member).map(({ id }) => id)));
  return [`c.${column} IN (${[-1, ...below].join(', ')})`];
}

/** Cells that are not amounts: shown where they stand, never added up (fusion_place §4.5.7). */
function texts(
  axes: readonly Axis[],
  { texts: table }: LedgerTables,
  edition: number,
  read: AccessArea,
): string | undefined {
  const accounts = axisOf(axes, '#ACCOUNT').members.filter((account) => {
    const type = accountType(account);
    return type !== 'none' && !isNumeric(type);
  });
  const changes = axisOf(axes, '#CHANGE').members.filter(
    ({ id }) => id === changeIds['#NONE'] || id === changeIds['#END'],
  );
  if (accounts.length === 0 || changes.length === 0) return undefined;
  const shownAt = spans(axes)
    .map(({ period, view, to }) => `(${period}, ${view}, ${to})`)
    .join(', ');
  const conditions = axes.flatMap((axis) => {
    const { column, members, dimension } = axis;
    if (['period', 'view', 'change', 'account'].includes(column)) return [];
    const shown = members.length < dimension.members.length;
    return [
      ...(shown ? [`c.${column} IN (${[-1, ...members.map(({ id }) => id)].join(', ')})`] : []),
      ...restriction(column, read.get(dimension.label)),
    ];
  });
  const column = (name: string) =>
    name === 'period'
      ? 's.period'
      : name === 'view'
        ? 's.view'
        : name === 'change'
          ? 'k.change'
          : `c.${name}`;
  const names = axes.filter(({ row }) => row).map((axis, index) => `${column(axis.column)} AS r${index}`);
  return `
    SELECT ${[...names, 'c.text AS value'].join(', ')}
    FROM ${table} c
    JOIN (VALUES ${shownAt}) AS s (period, view, month) ON s.month = c.period
    CROSS JOIN (VALUES ${changes.map(({ id }) => `(${id})`).join(', ')}) AS k (change)
    WHERE c.edition = ${edition} AND c.change = 0
      AND c.account IN (${accounts.map(({ id }) => id).join(', ')})
      ${conditions.map((condition) => `AND ${condition}`).join(' ')}`;
}
