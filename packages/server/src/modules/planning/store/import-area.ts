import { joinSql, type Queryable, rawSql, type Sql, sql } from '../../../platform/database/database.ts';
import { storedChange } from '../rules/change.ts';
import { importFields } from '../rules/form-faults.ts';
import type { AccessArea, OpenForm } from '../rules/form-view.ts';
import { accountType, type Dimension, dimensionOf, isNumeric, type Member } from '../rules/model.ts';
import { assuredView, periodOf } from '../rules/time.ts';
import type { LedgerTables } from './ledger-tables.ts';

/**
 * The cells that an import replaces: what the form at this point of view lets its user fill (fusion_place §3.1).
 * As SQL: `months` lists the open months of each scenario and year, `values` and `texts` are conditions on a row `c`
 * of the ledger's tables joined with it as `o`. Value fields that name different periods share their months.
 */
export type ImportArea = {
  /** Key columns that `months` is joined by. */
  by: readonly string[];
  months: Sql;
  values: Sql;
  texts: Sql;
};

type AreaOptions = {
  open: OpenForm;
  write: AccessArea;
  openMonths: (scenario: number, fy: number) => number;
};

export function importArea({ open, write, openMonths }: AreaOptions): ImportArea {
  const { application, form, fixed } = open;
  const scenario = dimensionOf(application, '#SCENARIO');
  const years = dimensionOf(application, '#FY');
  const variants = form.import?.values?.length ? form.import.values.map((value) => value.fixed) : [{}];
  const pinned = variants.map((own) => pinnedMembers(open, own));

  const one = (dimension: Dimension) => {
    const member = fixed.get(dimension.label);
    return member ? [member] : dimension.members;
  };
  const covered = pinned.reduce((mask, members) => mask | coveredMonths(members), 0);
  const rows = one(scenario).flatMap((s) =>
    one(years).map((y) => sql`(${s.id}::int, ${y.id}::int, ${openMonths(s.id, y.id) & covered}::int)`),
  );
  const months = sql`(VALUES ${joinSql(rows)}) AS o (scenario, fy, mask)`;
  const any = (numeric: boolean) =>
    sql`(${joinSql(
      pinned.map((members) => variantArea(open, members, write, numeric)),
      ' OR ',
    )})`;
  return { by: ['scenario', 'fy'], months, values: any(true), texts: any(false) };
}

/** Whether an edition holds nothing at all in the scenarios and fiscal years that an import through a form covers. */
export async function isBlank(
  db: Queryable,
  { application, fixed }: OpenForm,
  { values, texts }: LedgerTables,
  edition: number,
): Promise<boolean> {
  const ids = (label: string) => {
    const member = fixed.get(label);
    return (member ? [member] : dimensionOf(application, label).members).map(({ id }) => id);
  };
  const holds = (table: string) => sql`EXISTS (
    SELECT 1 FROM ${rawSql(table)} WHERE edition = ${edition}
      AND scenario = ANY(${ids('#SCENARIO')}::int[]) AND fy = ANY(${ids('#FY')}::int[]))`;
  const row = await db.row<{ held: boolean }>(sql`SELECT ${holds(values)} OR ${holds(texts)} AS held`);
  return !row!.held;
}

function pinnedMembers({ application, fixed }: OpenForm, own: Record<string, string>): Map<string, Member> {
  const members = new Map(fixed);
  for (const [dimension, label] of Object.entries(own)) {
    members.set(dimension, dimensionOf(application, dimension).byLabel.get(label)!);
  }
  return members;
}

/** Months as bits: the one that the form or the point of view names (its last, for a longer period), else all. */
function coveredMonths(members: ReadonlyMap<string, Member>): number {
  const period = members.get('#PERIOD');
  return period ? 1 << (periodOf(period.id).to - 1) : 0xfff;
}

/** The area of one value field (or of the form, when it has none). */
function variantArea(
  { form, application, ledger, dimensions }: OpenForm,
  members: ReadonlyMap<string, Member>,
  write: AccessArea,
  numeric: boolean,
): Sql {
  const free = new Set(importFields(form).map(({ field }) => field));
  const view = members.get('#VIEW');
  if (view && view.id !== assuredView) return sql`false`;
  const columns = new Map<string, string>([
    ['#SCENARIO', 'c.scenario'],
    ['#FY', 'c.fy'],
    ['#ACCOUNT', 'c.account'],
    ...ledger.dimensions.map(({ label }, index) => [label, `c.d${index + 1}`] as const),
  ]);
  const conditions: Sql[] = [];
  for (const dimension of dimensions) {
    const column = columns.get(dimension.label);
    const member = members.get(dimension.label);
    if (column === undefined) continue;
    if (member && (!member.active || (numeric && !member.leaf))) return sql`false`;
    if (member) conditions.push(sql`${rawSql(column)} = ${member.id}`);
    else if (free.has(dimension.label)) conditions.push(enterable(dimension, column, numeric));
    const allowed = write.get(dimension.label);
    if (allowed) conditions.push(sql`${rawSql(column)} = ANY(${[...allowed]}::int[])`);
  }
  conditions.push(typeCondition(dimensionOf(application, '#ACCOUNT'), numeric));
  if (!numeric) conditions.push(sql`(o.mask & (1 << (c.period - 1))) <> 0`);
  const change = members.get('#CHANGE');
  if (change) {
    const stored = storedChange(change.id, true);
    if (stored === undefined) return sql`false`;
    conditions.push(sql`c.change = ${stored}`);
  }
  return sql`(${joinSql(conditions, ' AND ')})`;
}

/** Members of a free dimension that a user could fill; nothing when that is all of them. */
function enterable(dimension: Dimension, column: string, numeric: boolean): Sql {
  const closed = dimension.members.filter((member) => !member.active || (numeric && !member.leaf));
  if (closed.length === 0) return sql`true`;
  return sql`NOT (${rawSql(column)} = ANY(${closed.map(({ id }) => id)}::int[]))`;
}

function typeCondition(accounts: Dimension, numeric: boolean): Sql {
  const ids = accounts.members
    .filter((account) => isNumeric(accountType(account)) === numeric)
    .map(({ id }) => id);
  return sql`c.account = ANY(${ids}::int[])`;
}
