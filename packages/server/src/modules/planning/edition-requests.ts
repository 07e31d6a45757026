import type { Caller } from '../../platform/caller.ts';
import { type Database, rawSql, sql, type Transaction } from '../../platform/database/database.ts';
import { announce } from '../../platform/live/live.ts';
import { requireDesigner } from './access.ts';
import { errors } from './errors.ts';
import { foldLabel } from './rules/labels.ts';
import { type Application, dimensionOf } from './rules/model.ts';
import type { Applications } from './store/application.ts';
import { findEdition, publicEdition, workspaceEdition } from './store/editions.ts';
import { ledgerTables, monthColumns } from './store/ledger-tables.ts';

type Deps = { database: Database; applications: Applications };

/** Values of which scenarios (and fiscal year) come from where. */
type Source = { edition: number; scenarios: readonly number[]; fiscalYear?: number };

/** Copies values and texts of a source edition into another one, in every ledger of the application. */
export async function copyValues(
  tx: Transaction,
  application: Application,
  target: number,
  source: Source,
): Promise<void> {
  const { edition, scenarios, fiscalYear } = source;
  for (const ledger of application.ledgers.values()) {
    const { values, texts, keys } = ledgerTables(ledger.id, ledger.dimensions.length);
    const tables = [
      [values, [...keys, ...monthColumns]],
      [texts, [...keys, 'period', 'text']],
    ] as const;
    for (const [table, columns] of tables) {
      const names = rawSql(columns.join(', '));
      await tx.run(sql`
        INSERT INTO ${rawSql(table)} (edition, ${names})
        SELECT ${target}, ${names} FROM ${rawSql(table)}
        WHERE edition = ${edition} AND scenario = ANY(${[...scenarios]}::int[])
          AND (${fiscalYear ?? null}::int IS NULL OR fy = ${fiscalYear ?? null}::int)`);
    }
  }
}

/** Nobody changes the application's design or values until the transaction ends. */
export async function lockApplication(tx: Transaction, application: Application): Promise<void> {
  const held = await tx.row<{ revision: number }>(
    sql`SELECT revision FROM planning.applications WHERE id = ${application.id} FOR UPDATE`,
  );
  if (held?.revision !== application.revision) throw errors.again();
  await tx.run(sql`
    SELECT 1 FROM planning.ledgers WHERE application = ${application.id} ORDER BY id FOR NO KEY UPDATE`);
}

export async function insertEdition(tx: Transaction, application: number, key: string): Promise<number> {
  const made = await tx.row<{ id: number }>(sql`
    INSERT INTO planning.editions (application, key, state) VALUES (${application}, ${key}, 'open') RETURNING id`);
  return made!.id;
}

/**
 * PUBLISH_EDITION: the public edition's values of the scenarios (none given: all) become the source's. The public
 * edition of before is kept hidden until `compressEditions` or the next publication.
 */
export async function publishEdition(
  { database, applications }: Deps,
  caller: Caller,
  request: { application: string; source?: string | undefined; scenarios: readonly string[] },
): Promise<void> {
  requireDesigner(caller);
  const key = foldLabel(request.source || workspaceEdition);
  if (key === publicEdition) throw errors.publishPublic();
  const application = await applications.load(database, request.application);
  const all = dimensionOf(application, '#SCENARIO');
  const wanted = request.scenarios.map((label) => {
    const scenario = all.byLabel.get(foldLabel(label));
    if (!scenario) throw errors.unknownScenario({ label: foldLabel(label) });
    return scenario.id;
  });
  const published = wanted.length > 0 ? wanted : all.members.map(({ id }) => id);
  const others = all.members.map(({ id }) => id).filter((id) => !published.includes(id));
  await database.transaction(async (tx) => {
    await lockApplication(tx, application);
    const source = await findEdition(tx, application.id, key);
    const before = await findEdition(tx, application.id, publicEdition);
    await discardFormer(tx, application);
    await tx.run(sql`UPDATE planning.editions SET key = NULL, state = 'former' WHERE id = ${before}`);
    const target = await insertEdition(tx, application.id, publicEdition);
    await copyValues(tx, application, target, { edition: source, scenarios: published });
    await copyValues(tx, application, target, { edition: before, scenarios: others });
    await announce(tx, `planning:${application.label}`);
  });
}

async function discardFormer(tx: Transaction, { id }: Application): Promise<void> {
  await tx.run(
    sql`UPDATE planning.editions SET state = 'garbage' WHERE application = ${id} AND state = 'former'`,
  );
}

/** COMPRESS_EDITIONS: the hidden former public edition is given up; what it held waits to be swept. */
export async function compressEditions(
  { database, applications }: Deps,
  caller: Caller,
  label: string,
): Promise<void> {
  requireDesigner(caller);
  const application = await applications.load(database, label);
  await database.transaction(async (tx) => {
    await lockApplication(tx, application);
    await discardFormer(tx, application);
  });
}

/** COMPRESS_LEDGER_LINES: cells are stored compactly anyway; what speeds up the next reading is fresh statistics. */
export async function compressLedgerLines(
  { database, applications }: Deps,
  caller: Caller,
  request: { application: string; edition: string },
): Promise<void> {
  requireDesigner(caller);
  const application = await applications.load(database, request.application);
  await findEdition(database, application.id, request.edition);
  for (const ledger of application.ledgers.values()) {
    const { values, texts } = ledgerTables(ledger.id, ledger.dimensions.length);
    await database.run(sql`${rawSql(`ANALYZE ${values}, ${texts}`)}`);
  }
}

/** DELETE_LEDGER_HISTORY: all generations but the newest are folded into it and wait to be swept. */
export async function deleteHistory(
  { database, applications }: Deps,
  caller: Caller,
  request: { application: string; edition: string },
): Promise<void> {
  requireDesigner(caller);
  const application = await applications.load(database, request.application);
  const edition = await findEdition(database, application.id, request.edition);
  await database.run(sql`
    UPDATE planning.generations g SET folded = true
    WHERE edition = ${edition} AND NOT folded AND EXISTS (
      SELECT 1 FROM planning.generations n WHERE n.ledger = g.ledger AND n.edition = g.edition AND n.id > g.id)`);
}

/**
 * INTAKE_TO_PROCESS: the process of this definition, year and period takes over the workspace edition's values of
 * its scenario and year. A process in preparation becomes closed (fusion_place §3).
 */
export async function intakeToProcess(
  { database, applications }: Deps,
  caller: Caller,
  request: { application: string; definition: string; fiscalYear: string; period: string },
): Promise<void> {
  requireDesigner(caller);
  const application = await applications.load(database, request.application);
  if (application.type !== 'workflow') throw errors.notWorkflow();
  const label = foldLabel(request.definition);
  const definition = application.design.processes.find((candidate) => candidate.label === label);
  if (!definition) throw errors.unknownProcess({ label });
  const member = (dimension: string, name: string) => {
    const found = dimensionOf(application, dimension).byLabel.get(foldLabel(name));
    if (!found) throw errors.unknownMember({ dimension, label: foldLabel(name) });
    return found;
  };
  const year = member('#FY', request.fiscalYear);
  const period = member('#PERIOD', request.period);
  const scenarios = [member('#SCENARIO', definition.scenario).id];
  await database.transaction(async (tx) => {
    await lockApplication(tx, application);
    const source = await findEdition(tx, application.id, workspaceEdition);
    const former = await tx.row<{ edition: number; status: string }>(sql`
      SELECT edition, status FROM planning.processes
      WHERE application = ${application.id} AND definition = ${label}
        AND fiscal_year = ${year.label} AND period = ${period.label} FOR UPDATE`);
    if (former) {
      await tx.run(
        sql`UPDATE planning.editions SET key = NULL, state = 'garbage' WHERE id = ${former.edition}`,
      );
    }
    const target = await insertEdition(tx, application.id, `${label}.${year.label}.${period.label}`);
    await copyValues(tx, application, target, { edition: source, scenarios, fiscalYear: year.id });
    const status = former && former.status !== 'PREPARING' ? former.status : 'CLOSED';
    await tx.run(sql`
      INSERT INTO planning.processes (application, definition, fiscal_year, period, status, edition)
      VALUES (${application.id}, ${label}, ${year.label}, ${period.label}, ${status}, ${target})
      ON CONFLICT (application, definition, fiscal_year, period)
      DO UPDATE SET status = excluded.status, edition = excluded.edition`);
  });
}
