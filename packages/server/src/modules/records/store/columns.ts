import { identifier, joinSql, rawSql, type Sql, sql } from '../../../platform/database/database.ts';
import type { App, AppField } from '../app.ts';
import type { StoredValue } from '../rules/values.ts';

/** A record as the database gives it: the row itself, values under their columns (`recordValue` reads them). */
export type RecordRow = {
  readonly id: number;
  readonly revision: number;
  readonly created_at: Date;
  readonly created_by: number | null;
  readonly updated_at: Date;
  readonly updated_by: number | null;
  readonly state: string | null;
  readonly process_id: string | null;
  readonly [column: string]: unknown;
};

export type FileInfo = { id: number; name: string; type: string; size: number };

/** A field's value: as stored, but files as FileInfo and references as the other record's value (see `reference`). */
export function recordValue(row: RecordRow, field: AppField): StoredValue | readonly FileInfo[] {
  return (row[field.column] ?? null) as StoredValue;
}

/** The id behind a reference whose value `recordValue` gives. */
export function referencedId(row: RecordRow, field: AppField): number | null {
  return (row[`${field.column}_id`] ?? null) as number | null;
}

const systemColumns = [
  'id',
  'revision',
  'created_at',
  'created_by',
  'updated_at',
  'updated_by',
  'state',
  'process_id',
]
  .map((name) => `t.${name}`)
  .join(', ');

/** The name under which `visible` conditions see the other app's table. */
export const targetAlias = 'r';

/** How references are read: which app and field they show, and the condition under which the caller may see it. */
export type ReferenceTargets = ReadonlyMap<AppField, { app: App; field: AppField; visible: Sql }>;

/** The select list of table `t` for some fields. Hidden fields are left out by the caller of this function. */
export function selectList(fields: readonly AppField[], targets: ReferenceTargets): Sql {
  return joinSql([rawSql(systemColumns), ...fields.map((field) => columnExpression(field, targets))]);
}

function columnExpression(field: AppField, targets: ReferenceTargets): Sql {
  const column = identifier(field.column);
  if (field.kind === 'files') {
    return rawSql(`CASE WHEN t.${column} IS NOT NULL THEN (SELECT json_agg(json_build_object('id', f.id, 'name', f.name, 'type', f.media_type, 'size', f.size)
                                    ORDER BY array_position(t.${column}, f.id))
                    FROM records.files f WHERE f.id = ANY (t.${column})) END AS ${column}`);
  }
  if (field.kind === 'reference') {
    const target = targets.get(field);
    const id = rawSql(`t.${column} AS ${identifier(`${field.column}_id`)}`);
    if (!target) return sql`${id}, NULL AS ${rawSql(column)}`;
    const shown = rawSql(`${targetAlias}.${identifier(target.field.column)}`);
    const table = rawSql(`${target.app.table} ${targetAlias}`);
    const found = rawSql(`${targetAlias}.id = t.${column}`);
    return sql`${id}, (SELECT ${shown} FROM ${table} WHERE ${found} AND ${target.visible}) AS ${rawSql(column)}`;
  }
  return rawSql(`t.${column}`);
}
