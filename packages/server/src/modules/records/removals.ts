import {
  identifier,
  joinSql,
  type Queryable,
  rawSql,
  type Sql,
  sql,
} from '../../platform/database/database.ts';
import type { Change } from '../../platform/workspace-section.ts';
import { tableName } from './app.ts';
import type { AppDeclaration } from './definition.ts';

/**
 * What an apply destroys: apps with their records, fields with their values, and of how many records. Counted in one
 * statement, and only when something goes.
 */
export async function removals(
  db: Queryable,
  apps: readonly AppDeclaration[],
  replaced: readonly { before: AppDeclaration; after: AppDeclaration }[],
): Promise<Change[]> {
  const fields = replaced.flatMap(({ before, after }) => {
    const kept = new Set(after.fields.map(({ id }) => id));
    return before.fields.filter(({ id }) => !kept.has(id)).map((field) => ({ app: before.id, field }));
  });
  const counts: Sql[] = [
    ...apps.map(({ id }) => sql`(SELECT count(*) FROM ${rawSql(tableName(id))})`),
    ...fields.map(({ app, field: { id, type } }) =>
      // computed values are not lost: their sources hold them
      type === 'formula'
        ? sql`0`
        : sql`(SELECT count(${rawSql(identifier(`f${id}`))}) FROM ${rawSql(tableName(app))})`,
    ),
  ];
  if (counts.length === 0) return [];
  const row = await db.row<{ counts: (number | string)[] }>(
    sql`SELECT ARRAY[${joinSql(counts)}]::bigint[] AS counts`,
  );
  const records = row!.counts.map(Number);
  return [
    ...apps.map(
      ({ id, name }, index): Change => ({
        action: 'remove',
        kind: 'app',
        id: String(id),
        details: [name],
        records: records[index]!,
      }),
    ),
    ...fields.map(
      ({ app, field }, index): Change => ({
        action: 'remove',
        kind: 'field',
        id: `${app}/${field.id}`,
        details: [field.name],
        records: records[apps.length + index]!,
      }),
    ),
  ];
}
