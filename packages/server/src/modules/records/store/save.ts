import {
  identifier,
  prepared,
  type Queryable,
  rawSql,
  type Sql,
  sql,
  type Transaction,
} from '../../../platform/database/database.ts';
import { type App, type AppField, isComputed } from '../app.ts';
import type { StoredValue } from '../rules/values.ts';
import { type RecordRow, type ReferenceTargets, selectList } from './columns.ts';

/** The statements that save records: any number of records in one, values as one JSON parameter. */

export type NewRecord = {
  user: number;
  values: ReadonlyMap<AppField, StoredValue>;
  state?: string;
  processId?: string;
};

/** Conditions over the saved record that the answer tells for each: `holds_0`, `holds_1`, … */
export type Predicates = readonly Sql[];

type SaveContext = {
  app: App;
  targets: ReferenceTargets;
  predicates: Predicates;
};

const column = (field: AppField) => identifier(field.column);

/** `today` of formulas, in the workspace's time zone. */
function clock(app: App): Sql {
  return sql`clock AS (SELECT (now() AT TIME ZONE ${app.lookups.timeZone})::date AS today)`;
}

function answer({ app, targets, predicates }: SaveContext): Sql {
  return predicates.reduce(
    (list, predicate, index) => sql`${list}, (${predicate}) AS ${rawSql(`holds_${index}`)}`,
    selectList(app.fields, targets),
  );
}

/** Only for the definition that the statement was made from: no row comes back once another process changed it. */
function sameVersion(app: App): Sql {
  return sql`(SELECT version FROM records.apps WHERE id = ${app.id}) = ${app.version}`;
}

/** Inserts records and gives them back in the same order; fewer when the app's definition is no longer this one. */
export async function insertRecords(
  tx: Queryable,
  context: SaveContext,
  records: readonly NewRecord[],
): Promise<RecordRow[]> {
  const { app } = context;
  const entered = app.fields.filter((field) => field.type !== 'formula');
  const formulas = app.fields.filter((field) => field.type === 'formula');
  const input = entered.map((field) => `${column(field)} ${field.sqlType}`);
  const names = [...entered, ...formulas].map(column);
  const expressions = [
    ...entered.map((field) => `v.${column(field)}`),
    ...formulas.map((field) => app.formulas.get(field)!((used) => `v.${column(used)}`)),
  ];
  const json = JSON.stringify(
    records.map((record, n) => ({
      n,
      by: record.user,
      state: record.state,
      process_id: record.processId,
      ...Object.fromEntries([...record.values].map(([field, value]) => [field.column, value])),
    })),
  );
  return tx.rows<RecordRow>(
    prepared(sql`
    WITH ${clock(app)}
    INSERT INTO ${rawSql(app.table)} AS t (created_by, updated_by, state, process_id${rawSql(names.map((name) => `, ${name}`).join(''))})
    SELECT v.by, v.by, v.state, v.process_id${rawSql(expressions.map((one) => `, ${one}`).join(''))}
    FROM json_to_recordset(${json}::json)
      AS v (n integer, by integer, state text, process_id text${rawSql(input.map((one) => `, ${one}`).join(''))})
    WHERE ${sameVersion(app)}
    ORDER BY v.n
    RETURNING ${answer(context)}`),
  );
}

export type RecordChange = { id: number; values: ReadonlyMap<AppField, StoredValue>; state?: string };

/**
 * Changes records that all set the same fields (and all or none a state); formulas follow. The rows must be locked.
 */
export async function updateRecords(
  tx: Transaction,
  context: SaveContext,
  user: number,
  changes: readonly RecordChange[],
): Promise<RecordRow[]> {
  const { app } = context;
  const [first] = changes;
  if (!first) return [];
  const set = [...first.values.keys()].filter((field) => !isComputed(field));
  const given = new Set(set);
  const input = set.map((field) => `, ${column(field)} ${field.sqlType}`);
  const assignments = [
    ...set.map((field) => `${column(field)} = v.${column(field)}`),
    ...[...app.formulas].map(
      ([field, formula]) =>
        `${column(field)} = ${formula((used) => `${given.has(used) ? 'v' : 't'}.${column(used)}`)}`,
    ),
    ...(first.state === undefined ? [] : ['state = v.state']),
  ];
  const json = JSON.stringify(
    changes.map((change) => ({
      id: change.id,
      state: change.state,
      ...Object.fromEntries([...change.values].map(([field, value]) => [field.column, value])),
    })),
  );
  return tx.rows<RecordRow>(
    prepared(sql`
    WITH ${clock(app)}
    UPDATE ${rawSql(app.table)} AS t
    SET revision = t.revision + 1, updated_at = now(), updated_by = ${user}::integer
        ${rawSql(assignments.map((one) => `, ${one}`).join(''))}
    FROM json_to_recordset(${json}::json) AS v (id bigint, state text${rawSql(input.join(''))})
    WHERE t.id = v.id AND ${sameVersion(app)}
    RETURNING ${answer(context)}`),
  );
}

export async function deleteRecords(tx: Transaction, app: App, ids: readonly number[]): Promise<void> {
  await tx.run(sql`DELETE FROM ${rawSql(app.table)} WHERE id = ANY (${ids}::bigint[])`);
  await tx.run(sql`DELETE FROM records.files WHERE app = ${app.id} AND record = ANY (${ids}::bigint[])`);
  await tx.run(sql`DELETE FROM records.history WHERE app = ${app.id} AND record = ANY (${ids}::bigint[])`);
}

/** Takes `count` numbers of a running series and gives the first. Not undone with a transaction: gaps may stay. */
export async function takeNumbers(
  db: Queryable,
  appId: number,
  name: string,
  count: number,
): Promise<number> {
  const row = await db.row<{ value: number }>(sql`
    INSERT INTO records.counters AS c (app, name, value) VALUES (${appId}, ${name}, ${count})
    ON CONFLICT (app, name) DO UPDATE SET value = c.value + ${count}
    RETURNING value`);
  return row!.value - count + 1;
}

export type HistoryEntry = {
  record: number;
  revision: number;
  /** By field id: before and after. */
  changes: Record<string, readonly [unknown, unknown]>;
};

export async function insertHistory(
  tx: Transaction,
  appId: number,
  user: number,
  via: string,
  entries: readonly HistoryEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  await tx.run(sql`
    INSERT INTO records.history (app, record, revision, by_user, via, changes)
    SELECT ${appId}::integer, h.record, h.revision, ${user}::integer, ${via}, h.changes
    FROM json_to_recordset(${JSON.stringify(entries)}::json) AS h (record bigint, revision bigint, changes jsonb)`);
}
