import { identifier, rawSql, sql, type Transaction } from '../../../platform/database/database.ts';
import { type App, type AppField, tableName } from '../app.ts';
import type { FieldDefinition } from '../definition.ts';
import { processIdSeries } from '../rules/process-id.ts';
import { takeNumbers } from './save.ts';

/** The tables of apps: made and altered from the definition, with an index for every filter and sort we offer. */

export async function createAppTable(tx: Transaction, app: App): Promise<void> {
  // created_by and updated_by are plain numbers: records outlive their users
  await tx.client.query(`
    CREATE TABLE ${app.table} (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      revision bigint NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      created_by integer,
      updated_at timestamptz NOT NULL DEFAULT now(),
      updated_by integer,
      state text,
      process_id text UNIQUE
    );
    CREATE INDEX ON ${app.table} (updated_at, id);
    CREATE INDEX ON ${app.table} (created_at, id);
    CREATE INDEX ON ${app.table} (created_by, id);
    CREATE INDEX ON ${app.table} (state, id) WHERE state IS NOT NULL`);
  for (const field of app.fields) await addField(tx, app, field);
}

/** Adds a column; formulas and automatic numbers of records that are there already are filled in. */
export async function addField(tx: Transaction, app: App, field: AppField): Promise<void> {
  const column = identifier(field.column);
  await tx.client.query(`ALTER TABLE ${app.table} ADD COLUMN ${column} ${field.sqlType}`);
  const formula = app.formulas.get(field);
  if (formula) await fillFormula(tx, app, field);
  if (field.kind === 'autoNumber') {
    await tx.client.query(`UPDATE ${app.table} SET ${column} = id`);
    await tx.client.query(`
      INSERT INTO records.counters SELECT ${app.id}, '${field.column}', max(id) FROM ${app.table} HAVING max(id) > 0`);
  }
  await createIndexes(tx, app, field);
}

/** Computes a formula for all records, as after a change of its expression. */
async function fillFormula(tx: Transaction, app: App, field: AppField): Promise<void> {
  const formula = app.formulas.get(field)!;
  await tx.client.query(`
    WITH clock AS (SELECT (now() AT TIME ZONE '${app.lookups.timeZone}')::date AS today)
    UPDATE ${app.table} t SET ${identifier(field.column)} = ${formula((used) => `t.${identifier(used.column)}`)}`);
}

/** Gives the records of an app that has become a process type the first state, and ids of today's series. */
export async function becomeProcess(tx: Transaction, app: App): Promise<void> {
  const { idPattern } = app.declaration.process as { idPattern: string };
  const series = processIdSeries(idPattern, new Date(), app.lookups.timeZone);
  // savers that still know the app as it was wait here, and then find that it has changed
  await tx.client.query(`LOCK TABLE ${app.table} IN SHARE ROW EXCLUSIVE MODE`);
  const rows = await tx.rows<{ id: number }>(
    rawSql(`SELECT id FROM ${app.table} WHERE process_id IS NULL ORDER BY id`),
  );
  const first = await takeNumbers(tx, app.id, series.name, rows.length);
  const ids = rows.map(({ id }) => id);
  const processIds = rows.map((_, index) => series.id(first + index));
  await tx.run(sql`
    UPDATE ${rawSql(app.table)} t SET process_id = v.process_id, state = coalesce(t.state, ${app.states![0]})
    FROM unnest(${ids}::bigint[], ${processIds}::text[]) AS v (id, process_id) WHERE t.id = v.id`);
}

export async function dropField(tx: Transaction, appId: number, fieldId: number): Promise<void> {
  await tx.client.query(`ALTER TABLE ${tableName(appId)} DROP COLUMN IF EXISTS ${identifier(`f${fieldId}`)}`);
}

export async function dropAppTable(tx: Transaction, appId: number): Promise<void> {
  await tx.client.query(`DROP TABLE ${tableName(appId)}`);
}

function indexName(app: App, field: AppField, kind: string): string {
  return identifier(`app_${app.id}_${field.column}_${kind}`);
}

async function createIndexes(tx: Transaction, app: App, field: AppField): Promise<void> {
  const expression = indexExpression(field);
  if (expression) {
    await tx.client.query(`CREATE INDEX ${indexName(app, field, 'order')} ON ${app.table} ${expression}`);
  }
  if (field.unique) await addUnique(tx, app, field);
}

async function addUnique(tx: Transaction, app: App, field: AppField): Promise<void> {
  const column = identifier(field.column);
  // long texts do not fit an index entry: their digest does
  const entry = field.kind === 'text' ? `(md5(${column}))` : `(${column})`;
  await tx.client.query(`CREATE UNIQUE INDEX ${indexName(app, field, 'unique')} ON ${app.table} ${entry}`);
}

async function dropUnique(tx: Transaction, app: App, field: AppField): Promise<void> {
  await tx.client.query(`DROP INDEX IF EXISTS records.${indexName(app, field, 'unique')}`);
}

/** Follows a change of a field's definition that keeps its column. */
export async function alterField(
  tx: Transaction,
  app: App,
  field: AppField,
  before: FieldDefinition,
): Promise<void> {
  if (field.type === 'formula' && field.expression !== before.expression) await fillFormula(tx, app, field);
  if (field.type === before.type) {
    if (field.unique && !before.unique) await addUnique(tx, app, field);
    if (!field.unique && before.unique) await dropUnique(tx, app, field);
    return;
  }
  await dropUnique(tx, app, field);
  await tx.client.query(`DROP INDEX IF EXISTS records.${indexName(app, field, 'order')}`);
  await createIndexes(tx, app, field);
}

/** What of a field can be sorted and compared by an index; undefined for long texts, files and tables. */
function indexExpression(field: AppField): string | undefined {
  const column = identifier(field.column);
  switch (field.kind) {
    case 'text':
      return `(left(${column}, 200), id)`;
    case 'number':
    case 'date':
    case 'time':
    case 'dateTime':
    case 'select':
    case 'autoNumber':
    case 'reference':
      return `(${column}, id)`;
    case 'multiSelect':
    case 'users':
    case 'groups':
      return `USING gin (${column})`;
    case 'textarea':
    case 'richText':
    case 'files':
    case 'table':
      return undefined;
  }
}
