import type { Caller } from '../../platform/caller.ts';
import { type Database, rawSql, sql } from '../../platform/database/database.ts';
import { errors } from './errors.ts';
import { type FormRequest, openForReading } from './export-values.ts';
import { exportRows } from './rules/form-faults.ts';
import { foldLabel, type Name } from './rules/labels.ts';
import { accountType, dimensionOf, isNumeric, type Member } from './rules/model.ts';
import { scale, unscale } from './rules/numbers.ts';
import type { Applications } from './store/application.ts';
import { formStatement } from './store/form-query.ts';

type Deps = { database: Database; applications: Applications };
type Labelled = { label: string; name: Name };

/** A form's document with one dimension of its rows spread over columns. Amounts are exact decimals, as text. */
export type FormTable = {
  /** Dimensions that lead the rows. */
  dimensions: Labelled[];
  columnDimension: Labelled | undefined;
  columns: Shown[];
  rows: { members: Shown[]; cells: (string | null)[] }[];
  /** For each numeric account its rows of leaf members added up, column by column. */
  totals: { account: Labelled; cells: (string | null)[] }[];
  /** More cells than a table shows. */
  truncated: boolean;
  /** For entry: the leaf members of each dimension that leads the rows, at most `mostChoices`. */
  choices?: Labelled[][];
};

/** A member, and whether cells may stand at it; those of aggregates are computed. */
type Shown = Labelled & { leaf: boolean };

/** Cells that one table shows at most. */
const mostCells = 20_000;
const mostChoices = 2_000;

/**
 * Reads a form as a table. `columns` names the dimension that goes over the columns; absent: `#PERIOD`, where the
 * rows have it. For `entry` columns without a value are there too, and what further rows may be made of.
 * @throws planning.unknownDimension when the rows do not have it
 */
export async function readFormTable(
  deps: Deps,
  caller: Caller,
  request: FormRequest,
  columns: string | undefined,
  entry = false,
): Promise<FormTable> {
  const query = await openForReading(deps, caller, request);
  const { application, form, fixed } = query.open;
  const axes = exportRows(form).map(({ dimension }) => dimensionOf(application, dimension));
  const wanted = columns === undefined ? '#PERIOD' : foldLabel(columns);
  const over = axes.findIndex(({ label }) => label === wanted);
  if (over < 0 && columns !== undefined) throw errors.unknownDimension({ label: wanted });
  const found = await deps.database.rows<Record<string, string>>(
    sql`${rawSql(`SELECT * FROM (${formStatement(query)}) document LIMIT ${mostCells + 1}`)}`,
  );
  const truncated = found.length > mostCells;

  const blank = entry ? (axes[over]?.members.filter(({ leaf }) => leaf) ?? []) : [];
  const columnMembers = new Map(blank.map((member) => [member.label, member]));
  const rows = new Map<string, { members: Member[]; cells: Map<string, string> }>();
  for (const cell of found.slice(0, mostCells)) {
    const members = axes.map(({ byLabel }, index) => byLabel.get(cell[`l${index}`]!)!);
    const column = members[over];
    if (column) columnMembers.set(column.label, column);
    const leaders = members.filter((_, index) => index !== over);
    const key = leaders.map(({ label }) => label).join('\n');
    const row = rows.get(key) ?? { members: leaders, cells: new Map() };
    row.cells.set(column?.label ?? '', cell.value!);
    rows.set(key, row);
  }
  const order = new Map(axes[over]?.members.map(({ label }, index) => [label, index]));
  const shown = [...columnMembers.values()].sort((a, b) => order.get(a.label)! - order.get(b.label)!);
  const keys = over < 0 ? [''] : shown.map(({ label }) => label);
  const leading = axes.filter((_, index) => index !== over);
  const accountAt = leading.findIndex(({ label }) => label === '#ACCOUNT');
  const fixedAccount = fixed.get('#ACCOUNT');
  const accountOf = (members: readonly Member[]) => (accountAt < 0 ? fixedAccount : members[accountAt]);
  return {
    dimensions: leading.map(labelled),
    columnDimension: over < 0 ? undefined : labelled(axes[over]!),
    columns: over < 0 ? [{ label: '#VALUE', name: {}, leaf: true }] : shown.map(withLeaf),
    rows: [...rows.values()].map(({ members, cells }) => ({
      members: members.map(withLeaf),
      cells: keys.map((key) => cells.get(key) ?? null),
    })),
    totals: totals([...rows.values()], keys, accountOf),
    truncated,
    ...(entry && {
      choices: leading.map(({ members }) =>
        members
          .filter(({ leaf }) => leaf)
          .slice(0, mostChoices)
          .map(labelled),
      ),
    }),
  };
}

type Row = { members: readonly Member[]; cells: ReadonlyMap<string, string> };

function totals(
  rows: readonly Row[],
  keys: readonly string[],
  accountOf: (members: readonly Member[]) => Member | undefined,
): FormTable['totals'] {
  const sums = new Map<Member, Map<string, bigint>>();
  for (const { members, cells } of rows) {
    const account = accountOf(members);
    if (!account || !isNumeric(accountType(account))) continue;
    if (members.some((member) => member !== account && !member.leaf)) continue;
    const own = sums.get(account) ?? new Map<string, bigint>();
    for (const key of keys) {
      const cell = cells.get(key);
      // an amount that is a total itself may leave 64 bits, so it is split at its decimals
      if (cell !== undefined) own.set(key, (own.get(key) ?? 0n) + scaled(cell));
    }
    sums.set(account, own);
  }
  return [...sums].map(([account, own]) => ({
    account: labelled(account),
    cells: keys.map((key) => (own.has(key) ? unscale(own.get(key)!) : null)),
  }));
}

function scaled(amount: string): bigint {
  const small = scale(amount, false);
  if (small !== 'outOfRange' && small !== 'notNumeric') return BigInt(small);
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(`${whole}${fraction.padEnd(4, '0')}`);
}

function labelled({ label, name }: Labelled): Labelled {
  return { label, name };
}

function withLeaf(member: Member): Shown {
  return { ...labelled(member), leaf: member.leaf };
}

export type FormSummary = Labelled & {
  ledger: string;
  exports: boolean;
  imports: boolean;
  /** Dimensions that need a POV, with the members to choose from. */
  parameters: (Labelled & { members: Labelled[] })[];
  /** Dimensions of the rows. */
  rows: Labelled[];
};

export type ApplicationSummary = Labelled & {
  type: string;
  /** Participants that the caller may act as. */
  participants: string[];
  forms: FormSummary[];
};

/** The applications with their forms, as far as the caller may act in them. */
export async function listApplications(
  { database, applications }: Deps,
  caller: Caller,
): Promise<ApplicationSummary[]> {
  const all = await applications.list(database);
  const listed = await database.rows<{ application: number; participant: string }>(sql`
    SELECT application, participant FROM planning.authorities WHERE login = ${caller.login} ORDER BY position`);
  return all.map((application) => ({
    ...labelled(application),
    type: application.type,
    participants:
      application.type === 'workgroup'
        ? ['#NONE']
        : listed.filter((row) => row.application === application.id).map(({ participant }) => participant),
    forms: application.design.forms.map((form) => ({
      label: form.label,
      name: form.name ?? {},
      ledger: form.ledger,
      exports: form.export !== undefined,
      imports: form.import !== undefined && form.import.enabled !== false,
      parameters: (form.parameters ?? []).map((label) => {
        const dimension = dimensionOf(application, label);
        return { ...labelled(dimension), members: dimension.members.map(labelled) };
      }),
      rows: exportRows(form).map(({ dimension }) => labelled(dimensionOf(application, dimension))),
    })),
  }));
}
