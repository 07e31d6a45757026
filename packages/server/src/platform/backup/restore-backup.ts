import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { from as copyFrom } from 'pg-copy-streams';
import { type Database, identifier, sql, type Transaction } from '../database/database.ts';
import { bookkeeping, type MigrationSet, readMigrations, recordAndRun } from '../database/migrate.ts';
import {
  type BackedUpTable,
  jobsSchema,
  type Manifest,
  manifestFile,
  qualifiedName,
  secretKeyMark,
} from './manifest.ts';

export type RestoreBackupOptions = {
  /** Holds nothing of Renkei's yet, but the tables of background jobs, which are there and empty. */
  database: Database;
  folder: string;
  manifest: Manifest;
  migrationSets: readonly MigrationSet[];
  progress?: (done: number, all: number) => void;
};

/** The manifest of a backup; throws when the folder holds none that this version reads. */
export async function readManifest(folder: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(join(folder, manifestFile), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`${folder} holds no finished backup: there is no ${manifestFile}`);
  }
  const manifest = JSON.parse(text) as Partial<Manifest>;
  if (manifest.renkeiBackup !== 1) throw new Error(`${folder} holds no backup that this version reads`);
  return manifest as Manifest;
}

/** Refuses a key that the backup's secrets and tokens were not made with. */
export function checkSecretKey(manifest: Manifest, secretKey: Uint8Array): void {
  if (secretKeyMark(secretKey) === manifest.secretKey) return;
  throw new Error(
    'the secret key is not the one the backup was made with (RENKEI_SECRET_KEY, or secret.key in the data folder)',
  );
}

/**
 * Puts a backup into an empty database, in one transaction: all of it or nothing. The tables are made by the
 * migrations that the backup had seen; later ones run at the next start. Throws when the database is in use, a file is
 * damaged, or the backup is of a newer version.
 */
export async function restoreBackup(options: RestoreBackupOptions): Promise<void> {
  const { database, folder, manifest, migrationSets, progress } = options;
  const used = await database.row<{ used: boolean }>(
    sql`SELECT to_regclass('platform.migrations') IS NOT NULL AS used`,
  );
  if (used!.used) {
    throw new Error(
      'the database is in use already: a backup goes into a new data folder, or an empty database',
    );
  }
  const migrations = await readMigrations(migrationSets);
  const known = new Set(migrations.map(({ module, number }) => `${module}/${number}`));
  const newer = manifest.migrations.filter((key) => !known.has(key));
  if (newer.length > 0) throw new Error(`the backup is of a newer version, which added ${newer.join(', ')}`);
  for (const table of manifest.tables) await checkFile(folder, table);

  const ran = new Set(manifest.migrations);
  await database.transaction(async (tx) => {
    await tx.client.query(bookkeeping);
    for (const migration of migrations) {
      if (ran.has(`${migration.module}/${migration.number}`)) await recordAndRun(tx, migration);
    }
    await fill(tx, folder, manifest, progress);
    await setSequences(tx, manifest);
    // jobs that ran when the backup was made are free to run again
    await tx.client.query(`UPDATE ${jobsSchema}._private_jobs SET locked_at = NULL, locked_by = NULL`);
    await tx.client.query(`UPDATE ${jobsSchema}._private_job_queues SET locked_at = NULL, locked_by = NULL`);
  });
}

async function checkFile(folder: string, { file, sha256 }: BackedUpTable): Promise<void> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(join(folder, file)), digest);
  if (digest.digest('hex') !== sha256) throw new Error(`${join(folder, file)} is damaged`);
}

async function fill(
  tx: Transaction,
  folder: string,
  manifest: Manifest,
  progress: RestoreBackupOptions['progress'],
): Promise<void> {
  // graphile-worker's list of its own migrations is that of the tables as they stand here
  const tables = manifest.tables.filter(
    ({ schema, name }) => !(schema === jobsSchema && name === 'migrations'),
  );
  const standing = await tx.rows<{ there: boolean }>(sql`
    SELECT to_regclass(t.name) IS NOT NULL AS there
    FROM unnest(${tables.map(qualifiedName)}::text[]) WITH ORDINALITY AS t (name, place) ORDER BY place`);
  const made = tables.filter((_, index) => !standing[index]!.there);
  const given = tables.filter((_, index) => standing[index]!.there);
  for (const table of made) {
    await tx.client.query(`CREATE TABLE ${qualifiedName(table)} (${table.definition.columns})`);
  }
  // migrations put rows of their own into some
  await tx.client.query(`TRUNCATE ${given.map(qualifiedName).join(', ')}`);
  let done = 0;
  for (const table of await inOrder(tx, tables)) {
    await load(tx, folder, table);
    done += 1;
    progress?.(done, tables.length);
  }
  for (const { definition } of made) for (const text of definition.afterwards) await tx.client.query(text);
}

/** Tables after those that they refer to. */
async function inOrder(tx: Transaction, tables: readonly BackedUpTable[]): Promise<BackedUpTable[]> {
  const references = await tx.rows<{ from: string; to: string }>(sql`
    SELECT DISTINCT k.conrelid::regclass::text AS from, k.confrelid::regclass::text AS to
    FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid <> k.confrelid`);
  const names = await tx.rows<{ name: string }>(sql`
    SELECT t.name::regclass::text AS name
    FROM unnest(${tables.map(qualifiedName)}::text[]) WITH ORDINALITY AS t (name, place) ORDER BY place`);
  const waiting = new Map(tables.map((table, index) => [names[index]!.name, table]));
  const ordered: BackedUpTable[] = [];
  while (waiting.size > 0) {
    const blocked = new Set(
      references.filter(({ from, to }) => waiting.has(from) && waiting.has(to)).map(({ from }) => from),
    );
    const free = [...waiting].filter(([name]) => !blocked.has(name));
    if (free.length === 0)
      throw new Error(`tables refer to each other in a circle: ${[...blocked].join(', ')}`);
    for (const [name, table] of free) {
      ordered.push(table);
      waiting.delete(name);
    }
  }
  return ordered;
}

async function load(tx: Transaction, folder: string, table: BackedUpTable): Promise<void> {
  const columns = table.columns.map(identifier).join(', ');
  const target = tx.client.query(copyFrom(`COPY ${qualifiedName(table)} (${columns}) FROM STDIN`));
  await pipeline(createReadStream(join(folder, table.file)), createGunzip(), target);
  if (target.rowCount !== table.rows) {
    throw new Error(`${table.file} holds ${target.rowCount} rows instead of ${table.rows}`);
  }
}

async function setSequences(tx: Transaction, { sequences }: Manifest): Promise<void> {
  if (sequences.length === 0) return;
  const columns = {
    names: sequences.map(qualifiedName),
    tables: sequences.map(({ owner }) => owner?.table ?? null),
    columns: sequences.map(({ owner }) => owner?.column ?? null),
    values: sequences.map(({ value }) => value),
    called: sequences.map(({ called }) => called),
  };
  await tx.run(sql`
    SELECT setval(coalesce(pg_get_serial_sequence(s.owner, s.owner_column), s.name)::regclass, s.value, s.called)
    FROM unnest(${columns.names}::text[], ${columns.tables}::text[], ${columns.columns}::text[],
                ${columns.values}::bigint[], ${columns.called}::boolean[])
         AS s (name, owner, owner_column, value, called)`);
}
