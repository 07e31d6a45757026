import { prepared, type Queryable, rawSql, type Sql, sql } from '../../../platform/database/database.ts';
import type { App } from '../app.ts';
import type { RecordRow } from './columns.ts';

type Reader = { id: number; found: (row: RecordRow | undefined) => void; failed: (error: unknown) => void };

/**
 * Reads single records; those asked for in the same turn of the event loop in the same words (columns, conditions and
 * their values) come by one statement. A query costs this process some 110 µs and a further row of it a tenth, so that
 * reads get cheaper the more of them there are; one that comes alone waits for nothing.
 */
export function createReadTogether(db: Queryable) {
  const waiting = new Map<string, Reader[]>();

  async function read(app: App, columns: Sql, where: Sql, readers: readonly Reader[]): Promise<void> {
    try {
      const ids = [...new Set(readers.map(({ id }) => id))];
      const rows = await db.rows<RecordRow>(
        prepared(sql`SELECT ${columns} FROM ${rawSql(app.table)} t
                     WHERE t.id = ANY (${ids}::bigint[]) AND ${where}`),
      );
      const byId = new Map(rows.map((row) => [row.id, row]));
      for (const { id, found } of readers) found(byId.get(id));
    } catch (error) {
      for (const { failed } of readers) failed(error);
    }
  }

  return (app: App, columns: Sql, where: Sql, id: number): Promise<RecordRow | undefined> =>
    new Promise((found, failed) => {
      const key = JSON.stringify([app.id, columns.text, columns.values, where.text, where.values]);
      const reader = { id, found, failed };
      const others = waiting.get(key);
      if (others) {
        others.push(reader);
        return;
      }
      const readers = [reader];
      waiting.set(key, readers);
      setImmediate(() => {
        waiting.delete(key);
        void read(app, columns, where, readers);
      });
    });
}
