import type { Caller } from '../../platform/caller.ts';
import type { Database, Queryable, Transaction } from '../../platform/database/database.ts';
import { rawSql, sql } from '../../platform/database/database.ts';
import type { Locale } from '../../platform/errors.ts';
import { announce } from '../../platform/live/live.ts';
import { actAs } from './access.ts';
import { errors } from './errors.ts';
import { createCsvReader } from './rules/csv-rows.ts';
import { importFields } from './rules/form-faults.ts';
import { type OpenForm, openForm, openMonths, type Pov } from './rules/form-view.ts';
import { createImportTarget, fieldLabels, hasValueFields, type StagedRow } from './rules/import-target.ts';
import { foldLabel } from './rules/labels.ts';
import type { TranslationRule } from './rules/translation.ts';
import type { Slots } from './slots.ts';
import type { Applications } from './store/application.ts';
import { findWritableEdition, workspaceEdition } from './store/editions.ts';
import { closeGeneration, lockLedger, openGeneration } from './store/generations.ts';
import { importArea, isBlank } from './store/import-area.ts';
import { type ImportLog, openImportLog } from './store/import-log.ts';
import { createRefusals, recordImport } from './store/imports.ts';
import { ledgerTables } from './store/ledger-tables.ts';
import { addUpAmounts, gatherAmounts, insertAmounts, mergeAmounts, mergeTexts } from './store/merge.ts';
import { openStaging, refuseOverflows } from './store/staging.ts';

export type ImportRequest = {
  application: string;
  form: string;
  participant: string;
  edition?: string | undefined;
  povs: readonly Pov[];
  /** Leave records without a fault out of the log. */
  faultsOnly: boolean;
};

export type ImportOutcome = {
  /** Records (by value field) that were not imported. */
  faults: number;
  /** Read it or discard it. */
  log: Pick<ImportLog, 'read' | 'discard'>;
};

type Deps = { database: Database; applications: Applications; importSlots: Slots };

/**
 * Imports values through a form (fusion_place §3.1): the contents replace the form's area at this point of view, in
 * one transaction that commits only when `contents` has ended without an error. Nothing of them is held in memory:
 * they go to PostgreSQL as they come.
 */
export async function importValues(
  { database, applications, importSlots }: Deps,
  caller: Caller,
  request: ImportRequest,
  contents: AsyncIterable<string>,
  locale: Locale,
): Promise<ImportOutcome> {
  const application = await applications.load(database, request.application);
  const open = openForm(application, request.form, request.povs, 'import');
  if (!open.form.import || open.form.import.enabled === false)
    throw errors.importOff({ label: open.form.label });
  const { write } = await actAs(database, application, request.participant, caller);
  await findWritableEdition(database, application.id, request.edition);
  const tables = ledgerTables(open.ledger.id, open.ledger.dimensions.length);
  const months = openMonths(application);
  const stage = createImportTarget({
    open,
    write,
    openMonths: months,
    translations: await readTranslations(database, open, foldLabel(request.participant)),
  });

  const log = openImportLog({
    fields: fieldLabels(open),
    valueFields: hasValueFields(open),
    faultsOnly: request.faultsOnly,
    locale,
  });
  const refusals = createRefusals();
  let consumed = false;
  const leave = await importSlots.take();
  try {
    const faults = await database.transaction(async (tx) => {
      // the contents cannot be read twice
      if (consumed) throw errors.again();
      consumed = true;
      const staging = await openStaging(tx, tables);
      try {
        await stageContents(contents, open.form.import?.skipRows ?? 0, stage, staging, (record, row) => {
          log.add(record, row);
          refusals.add(record, row);
        });
      } catch (error) {
        await staging.abort();
        throw error;
      }
      const counts = await staging.finish();
      await prepareForSets(tx);
      const several = await gatherAmounts(tx, tables);
      const overflowed = several && counts.mayOverflow ? await refuseOverflows(tx, tables, locale) : 0;
      if (several) await addUpAmounts(tx, tables);

      await lockLedger(tx, application, open.ledger);
      const edition = await findWritableEdition(tx, application.id, request.edition);
      const blank = await isBlank(tx, open, tables, edition);
      // then the log, written as if every cell had been blank, is right
      const logIsRight = blank && !several && counts.texts === 0 && overflowed === 0;
      if (!logIsRight) {
        await log.correct(tx, {
          tables,
          edition,
          several: several || counts.texts > 0,
          counts,
          overflowed,
        });
      }
      const generation = await openGeneration(tx, open.ledger, edition, caller, 'IMPORT_VALUES');
      const target = { tables, edition, generation, area: importArea({ open, write, openMonths: months }) };
      const amounts = await (blank ? insertAmounts(tx, target) : mergeAmounts(tx, target));
      const changed = amounts + (await mergeTexts(tx, target, counts.texts > 0));
      await closeGeneration(tx, generation, changed);
      await announce(tx, `planning:${application.label}`);
      if (changed > manyRows) await tx.run(sql`${rawSql(`ANALYZE ${tables.values}`)}`);
      const refused = counts.faulty + overflowed;
      await recordImport(
        tx,
        {
          ledger: open.ledger.id,
          edition: foldLabel(request.edition || workspaceEdition),
          by: caller.login,
          form: open.form.label,
          participant: foldLabel(request.participant),
          povs: request.povs.map(({ dimension, member }) => ({
            dimension: foldLabel(dimension),
            member: foldLabel(member),
          })),
          fields: fieldLabels(open),
          records: counts.rows,
          refused,
        },
        refusals.kept,
      );
      return refused;
    });
    return { faults, log };
  } catch (error) {
    log.discard();
    throw error;
  } finally {
    leave();
  }
}

async function stageContents(
  contents: AsyncIterable<string>,
  skipRows: number,
  stage: ReturnType<typeof createImportTarget>,
  staging: Awaited<ReturnType<typeof openStaging>>,
  note: (record: number, row: StagedRow) => void,
): Promise<void> {
  let rows = 0;
  const reader = createCsvReader((row) => {
    rows += 1;
    if (rows <= skipRows) return;
    for (const staged of stage(row)) {
      staging.add(staged);
      note(rows - skipRows, staged);
    }
  });
  for await (const text of contents) {
    reader.push(text);
    await staging.flush();
  }
  reader.end();
}

/**
 * Room for the sorts of a million records, and hash joins only: a join over all columns of a key looks to PostgreSQL
 * as if next to nothing came out, and loops or sorts on that belief took up to nine times as long.
 */
async function prepareForSets(tx: Transaction): Promise<void> {
  await tx.run(sql`SET LOCAL work_mem = '64MB'`);
  await tx.run(sql`SET LOCAL enable_nestloop = off`);
  await tx.run(sql`SET LOCAL enable_mergejoin = off`);
  await tx.run(sql`SET LOCAL default_statistics_target = 10`);
  await tx.run(sql`${rawSql('ANALYZE pg_temp.planning_staging')}`);
  await tx.run(sql`SET LOCAL default_statistics_target TO DEFAULT`);
}

/** Rows of months after whose change the statistics are taken anew, so that the next reader is planned well. */
const manyRows = 5000;

/** Rules by table; a participant's own part of a table takes the place of the rest (§3.7). */
async function readTranslations(
  db: Queryable,
  { application, form }: OpenForm,
  participant: string,
): Promise<Map<string, TranslationRule[]>> {
  const labels = importFields(form).flatMap(({ translate }) => translate ?? []);
  if (labels.length === 0) return new Map();
  const rows = await db.rows<{ label: string } & TranslationRule>(sql`
    WITH own AS (SELECT * FROM planning.translation_parts WHERE participant = ${participant}),
    rules AS (
      SELECT translation_table, position, source, target FROM own
      UNION ALL
      SELECT translation_table, position, source, target FROM planning.translation_rules
      WHERE translation_table NOT IN (SELECT translation_table FROM own)
    )
    SELECT t.label, r.source, r.target
    FROM planning.translation_tables t JOIN rules r ON r.translation_table = t.id
    WHERE t.application = ${application.id} AND t.label = ANY(${labels}) ORDER BY t.id, r.position`);
  const found = new Map<string, TranslationRule[]>();
  for (const { label, ...rule } of rows) found.set(label, [...(found.get(label) ?? []), rule]);
  return found;
}
