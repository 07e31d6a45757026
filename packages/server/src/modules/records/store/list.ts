import {
  errorCode,
  joinSql,
  prepared,
  type Queryable,
  rawSql,
  type Sql,
  sql,
} from '../../../platform/database/database.ts';
import type { App, AppField } from '../app.ts';
import type { FieldType } from '../definition.ts';
import { errors } from '../errors.ts';
import { allOf, anyOf, type Column, columnOf, escapeLike } from '../rules/condition-sql.ts';
import { type RecordRow, type ReferenceTargets, selectList } from './columns.ts';

export type Order = { column: Column; descending: boolean };

export type ListQuery = {
  fields: readonly AppField[];
  targets: ReferenceTargets;
  /** Rights and filter. */
  where: Sql;
  order: Order;
  limit: number;
  /** Where the page before ended. */
  after?: Position;
  /** The statement's text comes again and again (reads by key). */
  often?: boolean;
  /** Further columns. */
  extra?: Sql;
  /** Records to pass over (the AppSuite API pages by count). */
  offset?: number;
};

/** The sort key and id of a page's last record; the key is text as PostgreSQL writes it. */
export type Position = { key: string | null; id: number };

const sortable: ReadonlySet<Column['kind']> = new Set([
  'id',
  'user',
  'text',
  'select',
  'number',
  'autoNumber',
  'date',
  'time',
  'dateTime',
  'reference',
]);

/** @throws AppError for unknown fields and kinds that have no order */
export function orderBy(app: App, name: string, descending: boolean, hidden: ReadonlySet<AppField>): Order {
  const column = columnOf(app, name);
  if (!column || (column.field && hidden.has(column.field)))
    throw errors.fieldUnknown({ field: name }, '/sort');
  if (!sortable.has(column.kind)) throw errors.notSortable({ field: name }, '/sort');
  return { column, descending };
}

const sqlTypes: Partial<Record<Column['kind'], string>> = {
  id: 'bigint',
  user: 'integer',
  number: 'numeric',
  autoNumber: 'bigint',
  date: 'date',
  time: 'time',
  dateTime: 'timestamptz',
  reference: 'bigint',
};

/**
 * One page by keyset: records with a value in order, then those without (always last). The two halves are queries of
 * their own, so that the index gives the order and the second runs only when the first ends early.
 */
export async function listRecords(
  db: Queryable,
  app: App,
  query: ListQuery,
): Promise<{ rows: RecordRow[]; last: Position | undefined }> {
  const { column } = query.order;
  const statement = column.kind === 'id' ? byId(app, query) : byColumn(app, query);
  const rows = await db
    .rows<RecordRow & { sort_key: string | null }>(query.often ? prepared(statement) : statement)
    .catch((error) => {
      // a cursor that was tampered with: class 22 is "data exception" (filters were checked before)
      const refused = query.after && errorCode(error)?.startsWith('22');
      throw refused ? errors.cursor({}, '/cursor') : error;
    });
  const end = rows.at(-1);
  return { rows, last: end && { key: end.sort_key, id: end.id } };
}

function columnsOf({ fields, targets, extra }: ListQuery): Sql {
  const list = selectList(fields, targets);
  return extra ? sql`${list}, ${extra}` : list;
}

function byId(app: App, query: ListQuery): Sql {
  const { where, order, limit, after, offset = 0 } = query;
  const sign = rawSql(order.descending ? '<' : '>');
  const direction = rawSql(order.descending ? 'DESC' : 'ASC');
  const from = after ? sql`t.id ${sign} ${after.id}` : sql`true`;
  return sql`SELECT ${columnsOf(query)}, NULL AS sort_key FROM ${rawSql(app.table)} t
             WHERE ${where} AND ${from} ORDER BY t.id ${direction} LIMIT ${limit} OFFSET ${offset}`;
}

function byColumn(app: App, query: ListQuery): Sql {
  const { where, order, limit, after, offset = 0 } = query;
  const { column, descending } = order;
  // texts are ordered by what their index holds of them
  const text = column.kind === 'text' && column.field !== undefined;
  const key = rawSql(text ? `left(${column.sql}, 200)` : column.sql);
  const type = rawSql(sqlTypes[column.kind] ?? 'text');
  const sign = rawSql(descending ? '<' : '>');
  const direction = rawSql(descending ? 'DESC' : 'ASC');
  const list = columnsOf(query);
  const table = rawSql(app.table);
  const shown = limit + offset;

  const nullsFrom = after && after.key === null ? sql`t.id ${sign} ${after.id}` : sql`true`;
  const empty = sql`(SELECT ${list}, NULL::text AS sort_key FROM ${table} t
                     WHERE ${where} AND ${rawSql(column.sql)} IS NULL AND ${nullsFrom}
                     ORDER BY t.id ${direction} LIMIT ${shown})`;
  if (after && after.key === null) return sql`SELECT * FROM ${empty} page LIMIT ${limit} OFFSET ${offset}`;

  const from = after ? sql`(${key}, t.id) ${sign} (${after.key}::${type}, ${after.id})` : sql`true`;
  const filled = sql`(SELECT ${list}, ${key}::text AS sort_key FROM ${table} t
                      WHERE ${where} AND ${rawSql(column.sql)} IS NOT NULL AND ${from}
                      ORDER BY ${key} ${direction}, t.id ${direction} LIMIT ${shown})`;
  return sql`SELECT * FROM (${filled} UNION ALL ${empty}) page LIMIT ${limit} OFFSET ${offset}`;
}

/** Records whose text in one of the fields holds `keyword` (file names included). */
export function keywordCondition(fields: readonly AppField[], keyword: string): Sql {
  const pattern = `%${escapeLike(keyword)}%`;
  const parts = fields.flatMap((field): Sql[] => {
    const column = rawSql(`t.${field.column}`);
    switch (field.kind) {
      case 'text':
      case 'textarea':
      case 'richText':
      case 'select':
        return [sql`${column} LIKE ${pattern}`];
      case 'number':
      case 'autoNumber':
        return [sql`${column}::text LIKE ${pattern}`];
      case 'multiSelect':
        return [sql`array_to_string(${column}, E'\n') LIKE ${pattern}`];
      case 'table':
        return [cellCondition(column, field, pattern)];
      case 'files':
        return [
          sql`EXISTS (SELECT 1 FROM records.files f WHERE f.id = ANY (${column}) AND f.name LIKE ${pattern})`,
        ];
      default:
        return [];
    }
  });
  return anyOf(parts);
}

const keywordKinds: ReadonlySet<FieldType> = new Set(['text', 'textarea', 'select', 'multiSelect', 'number']);

/** A table with a cell that holds the keyword; names and numbers of columns, users and dates are not searched. */
function cellCondition(column: Sql, { fields = [] }: AppField, pattern: string): Sql {
  const searched = fields.filter(({ type }) => keywordKinds.has(type)).map(({ id }) => String(id));
  return sql`EXISTS (
    SELECT 1 FROM jsonb_array_elements(${column}) line, unnest(${searched}::text[]) cell,
                  jsonb_path_query(line -> cell, 'lax $[*]') one
    WHERE one #>> '{}' LIKE ${pattern})`;
}

export async function countRecords(db: Queryable, app: App, where: Sql): Promise<number> {
  const row = await db.row<{ count: number }>(
    sql`SELECT count(*) AS count FROM ${rawSql(app.table)} t WHERE ${where}`,
  );
  return row?.count ?? 0;
}

/** Records by id that meet the condition, in no order. */
export async function readRecords(
  db: Queryable,
  app: App,
  ids: readonly number[],
  select: { fields: readonly AppField[]; targets: ReferenceTargets; where: Sql; extra?: Sql; lock?: boolean },
): Promise<RecordRow[]> {
  const columns = [selectList(select.fields, select.targets), ...(select.extra ? [select.extra] : [])];
  return db.rows<RecordRow>(
    sql`SELECT ${joinSql(columns)} FROM ${rawSql(app.table)} t
        WHERE t.id = ANY (${ids}::bigint[]) AND ${allOf([select.where])}
        ${rawSql(select.lock ? 'ORDER BY t.id FOR UPDATE OF t' : '')}`,
  );
}
