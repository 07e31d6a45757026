import type { Caller } from '../../platform/caller.ts';
import { type Database, errorCode, rawSql, sql, type Transaction } from '../../platform/database/database.ts';
import { announce } from '../../platform/live/live.ts';
import { actAs } from './access.ts';
import { errors } from './errors.ts';
import type { FormRequest } from './export-values.ts';
import { exportRows } from './rules/form-faults.ts';
import { type AccessArea, type OpenForm, openForm, openMonths, type Pov } from './rules/form-view.ts';
import { formulaAccounts, formulaSql, parseFormula } from './rules/formula.ts';
import { foldLabel } from './rules/labels.ts';
import { type Application, dimensionOf, type Member } from './rules/model.ts';
import type { Applications } from './store/application.ts';
import { findWritableEdition } from './store/editions.ts';
import { closeGeneration, lockLedger, openGeneration } from './store/generations.ts';
import { importArea } from './store/import-area.ts';
import { ledgerTables, monthColumns } from './store/ledger-tables.ts';
import { mergeAmounts } from './store/merge.ts';

type Deps = { database: Database; applications: Applications };

type Run = {
  application: Application;
  /** Key of the edition; none is the workspace edition. */
  edition: string | undefined;
  write: AccessArea;
  caller: Caller;
  request: string;
};

/** CALCULATE_BY_FORM: evaluates the form's formulas month by month and writes the results into their accounts. */
export async function calculateByForm(
  { database, applications }: Deps,
  caller: Caller,
  request: FormRequest,
): Promise<void> {
  const application = await applications.load(database, request.application);
  const open = openForm(application, request.form, request.povs, 'export');
  if (!open.form.calculate?.length) throw errors.calculateOff({ label: open.form.label });
  const { write } = await actAs(database, application, request.participant, caller);
  const { edition } = request;
  await calculateAll(database, [open], { application, edition, write, caller, request: 'CALCULATE_BY_FORM' });
}

export type ScriptRequest = Omit<FormRequest, 'form'> & { script: string };

/** RUN_SCRIPT: the formulas of several forms, all or none. Each form takes the POVs that it has parameters for. */
export async function runScript(
  { database, applications }: Deps,
  caller: Caller,
  request: ScriptRequest,
): Promise<void> {
  const application = await applications.load(database, request.application);
  const label = foldLabel(request.script);
  const script = application.design.scripts.find((candidate) => candidate.label === label);
  if (!script) throw errors.unknownScript({ label });
  const parametersOf = (form: string) =>
    application.design.forms.find((candidate) => candidate.label === form)?.parameters ?? [];
  const used = new Set(script.calculate.flatMap(parametersOf));
  const stray = request.povs.find(({ dimension }) => !used.has(foldLabel(dimension)));
  if (stray) throw errors.strayPov({ dimension: stray.dimension, form: label });
  const opened = script.calculate.map((form) => {
    const own = (pov: Pov) => parametersOf(form).includes(foldLabel(pov.dimension));
    return openForm(application, form, request.povs.filter(own), 'export');
  });
  const { write } = await actAs(database, application, request.participant, caller);
  const { edition } = request;
  await calculateAll(database, opened, { application, edition, write, caller, request: 'RUN_SCRIPT' });
}

async function calculateAll(database: Database, opened: readonly OpenForm[], run: Run): Promise<void> {
  const ledgers = [...new Set(opened.map(({ ledger }) => ledger))].sort((a, b) => a.id - b.id);
  await database.transaction(async (tx) => {
    for (const ledger of ledgers) await lockLedger(tx, run.application, ledger);
    const edition = await findWritableEdition(tx, run.application.id, run.edition);
    for (const open of opened) {
      for (const { account, formula } of open.form.calculate ?? []) {
        const target = dimensionOf(run.application, '#ACCOUNT').byLabel.get(account)!;
        await calculateAccount(tx, open, target, formula, { ...run, edition });
      }
    }
    await announce(tx, `planning:${run.application.label}`);
  });
}

async function calculateAccount(
  tx: Transaction,
  open: OpenForm,
  target: Member,
  formula: string,
  { application, edition, write, caller, request }: Omit<Run, 'edition'> & { edition: number },
): Promise<void> {
  const tables = ledgerTables(open.ledger.id, open.ledger.dimensions.length);
  const keys = tables.keys.filter((key) => key !== 'account' && key !== 'change');
  const parsed = parseFormula(formula);
  if ('reason' in parsed) throw errors.formula({ formula, reason: parsed.reason });
  const accounts = dimensionOf(application, '#ACCOUNT');
  const inputs = [...formulaAccounts(parsed)].map((label) => accounts.byLabel.get(label)!);
  const sideOf = (account: Member) => ((open.form.sign ?? account.properties['#DR_CR']) === 'CR' ? -1 : 1);
  // the target's area: what the form covers, with the account it writes to
  const into: OpenForm = {
    ...open,
    fixed: new Map([...open.fixed, ['#ACCOUNT', target]]),
    form: { ...open.form, import: { fields: exportRows(open.form).map(({ dimension }) => dimension) } },
  };
  const area = importArea({ open: into, write, openMonths: openMonths(application) });

  const columns = monthColumns.map((month) => {
    const amount = (label: string) => `v.${month}_${accounts.byLabel.get(label)!.id}`;
    const known = inputs.map(({ label }) => amount(label)).join(', ');
    const value = `round((${formulaSql(parsed, amount)}) * ${sideOf(target) * 10_000})::bigint`;
    return `CASE WHEN ${known === '' ? 'true' : `num_nonnulls(${known}) > 0`} THEN ${value} END AS ${month}`;
  });
  const sums = inputs.flatMap((account) =>
    monthColumns.map(
      (month) =>
        `sum(c.${month}) FILTER (WHERE l.ancestor = ${account.id}) * ${sideOf(account)} * 0.0001 AS ${month}_${account.id}`,
    ),
  );
  const conditions = fixedConditions(open);
  const names = keys.map((key) => `c.${key}`).join(', ');
  await tx.run(sql`DROP TABLE IF EXISTS pg_temp.planning_fresh`);
  try {
    await tx.run(
      sql`${rawSql(`
        CREATE TEMPORARY TABLE planning_fresh ON COMMIT DROP AS
        SELECT ${keys.map((key) => `v.${key}`).join(', ')}, ${target.id} AS account, 0 AS change, ${columns.join(', ')}
        FROM (
          SELECT ${[names, ...sums].join(', ')}
          FROM ${tables.values} c
          JOIN planning.leaves l ON l.dimension = ${accounts.id} AND l.leaf = c.account
            AND l.ancestor IN (${[-1, ...inputs.map(({ id }) => id)].join(', ')})
          WHERE ${[`c.edition = ${edition}`, 'c.change = 0', ...conditions].join(' AND ')}
          GROUP BY ${names}
        ) v`)}`,
    );
  } catch (error) {
    if (errorCode(error) === '22003')
      throw errors.formula({ formula, reason: 'a result is out of the range of numbers' });
    throw error;
  }
  await tx.run(sql`
    DELETE FROM pg_temp.planning_fresh c WHERE NOT EXISTS (
      SELECT 1 FROM ${area.months} WHERE o.scenario = c.scenario AND o.fy = c.fy AND ${area.values})`);
  const generation = await openGeneration(tx, open.ledger, edition, caller, request);
  const changed = await mergeAmounts(tx, { tables, edition, generation, area });
  await closeGeneration(tx, generation, changed);
}

/** Cells at the members that the form or the point of view fixes. */
function fixedConditions({ fixed, ledger }: OpenForm): string[] {
  const columns = new Map([
    ['#SCENARIO', 'scenario'],
    ['#FY', 'fy'],
    ...ledger.dimensions.map(({ label }, index) => [label, `d${index + 1}`] as const),
  ]);
  return [...fixed].flatMap(([label, member]) =>
    columns.has(label) ? [`c.${columns.get(label)} = ${member.id}`] : [],
  );
}
