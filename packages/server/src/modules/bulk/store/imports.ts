import { type Queryable, sql } from '../../../platform/database/database.ts';

export type ImportState = 'running' | 'done' | 'stopped' | 'failed';
export type ImportCounts = { bytes: number; inserted: number; updated: number; failed: number };
export type ImportRow = ImportCounts & {
  id: string;
  app: number;
  by_user: number;
  state: ImportState;
  /** Bytes of the file, where the sender said so. */
  size: number | null;
  /** Since it last told how far it is. */
  silent_seconds: number;
};

/** False: the id is taken. Forgets the imports of the day before. */
export async function beginImport(
  db: Queryable,
  { id, app, user, size }: { id: string; app: number; user: number; size: number | undefined },
): Promise<boolean> {
  const added = await db.run(sql`
    WITH old AS (DELETE FROM bulk.imports WHERE started_at < now() - interval '1 day')
    INSERT INTO bulk.imports (id, app, by_user, size) VALUES (${id}, ${app}, ${user}, ${size ?? null})
    ON CONFLICT (id) DO NOTHING`);
  return added === 1;
}

/** Tells how far it is; whether somebody asked to stop it. */
export async function tellImport(
  db: Queryable,
  id: string,
  state: ImportState,
  { bytes, inserted, updated, failed }: ImportCounts,
): Promise<boolean> {
  const row = await db.row<{ stop: boolean }>(sql`
    UPDATE bulk.imports SET state = ${state}, bytes = ${bytes}, inserted = ${inserted}, updated = ${updated},
                            failed = ${failed}, updated_at = now()
    WHERE id = ${id} RETURNING stop`);
  return row?.stop ?? false;
}

export async function readImport(db: Queryable, id: string): Promise<ImportRow | undefined> {
  return db.row<ImportRow>(sql`
    SELECT id, app, by_user, state, size, bytes, inserted, updated, failed,
           extract(epoch FROM now() - updated_at)::integer AS silent_seconds
    FROM bulk.imports WHERE id = ${id}`);
}

export async function askToStop(db: Queryable, id: string): Promise<void> {
  await db.run(sql`UPDATE bulk.imports SET stop = true WHERE id = ${id} AND state = 'running'`);
}
