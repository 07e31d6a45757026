import { readdir, readFile } from 'node:fs/promises';
import { type Database, errorCode, sql, type Transaction } from './database.ts';

/** A module's numbered SQL files: `0001_words.sql` in `folder`. */
export type MigrationSet = { module: string; folder: URL };

const fileName = /^(\d{4})_([a-z0-9_]+)\.sql$/;

type Migration = { module: string; number: number; name: string; text: string };

/** The migrations' own table. */
export const bookkeeping = `
  CREATE SCHEMA IF NOT EXISTS platform;
  CREATE TABLE IF NOT EXISTS platform.migrations (
    module text NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (module, number)
  )`;

/**
 * Brings the database up to this version: every file that has not run runs, in order, each in a transaction of its
 * own whose first act is to insert the migration's row, so that of two starting servers one waits and then skips it.
 */
export async function migrate(database: Database, sets: readonly MigrationSet[]): Promise<void> {
  await createBookkeeping(database);
  const done = new Set(
    (
      await database.rows<{ key: string }>(
        sql`SELECT module || '/' || number AS key FROM platform.migrations`,
      )
    ).map(({ key }) => key),
  );
  for (const migration of await readMigrations(sets)) {
    if (done.has(`${migration.module}/${migration.number}`)) continue;
    await database.transaction((tx) => recordAndRun(tx, migration));
  }
}

/** Every migration, in the order in which they run. */
export async function readMigrations(sets: readonly MigrationSet[]): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for (const { module, folder } of sets) {
    for (const file of (await readdir(folder)).sort()) {
      const [, digits, name] = fileName.exec(file) ?? [];
      if (digits === undefined || name === undefined) {
        throw new Error(`${module}: migration file ${file} is not named like 0001_words.sql`);
      }
      const text = await readFile(new URL(file, folder), 'utf8');
      migrations.push({ module, number: Number(digits), name, text });
    }
  }
  return migrations;
}

/** Runs a migration unless another process has. */
export async function recordAndRun(
  tx: Transaction,
  { module, number, name, text }: Migration,
): Promise<void> {
  const first = await tx.run(
    sql`INSERT INTO platform.migrations (module, number, name) VALUES (${module}, ${number}, ${name})
        ON CONFLICT DO NOTHING`,
  );
  if (first === 1) await tx.client.query(text);
}

async function createBookkeeping(database: Database): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await database.pool.query(bookkeeping);
      return;
    } catch (error) {
      // IF NOT EXISTS is not safe against a second server doing the same at this moment
      if (attempt >= 5 || !['23505', '42P06', '42P07', 'XX000'].includes(errorCode(error) ?? '')) throw error;
    }
  }
}
