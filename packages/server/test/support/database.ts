import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { inject } from 'vitest';
import { migrationSets } from '../../src/migrations.ts';
import { createDatabase, type Database, identifier } from '../../src/platform/database/database.ts';
import { migrate } from '../../src/platform/database/migrate.ts';
import { createJobs } from '../../src/platform/jobs/jobs.ts';
import { createLog } from '../../src/platform/log/log.ts';

export type TestDatabase = {
  database: Database;
  /** For a server process of its own: what goes into RENKEI_DATABASE_URL. */
  url: string;
  /** A further pool on the same database, as a second server process has; close it before `drop`. */
  connect(): Database;
  /** Closes `database` and removes it; fails when the test left a connection open. */
  drop(): Promise<void>;
};

/** A database of its own with every module's tables and the schema `jobs`, copied from a template (about 50 ms). */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = `renkei_template_${fingerprint()}`;
  const name = `renkei_test_${randomBytes(6).toString('hex')}`;
  await asAdministrator(async (client) => {
    await ensureTemplate(client, template);
    await client.query(`CREATE DATABASE ${identifier(name)} TEMPLATE ${identifier(template)}`);
  });
  const url = addressOf(name);
  const connect = () => open(url);
  const database = connect();
  return {
    database,
    url,
    connect,
    async drop() {
      await database.close();
      // without FORCE: PostgreSQL waits five seconds for connections to end, then refuses
      await asAdministrator((client) => client.query(`DROP DATABASE ${identifier(name)}`));
    },
  };
}

function open(url: string): Database {
  return createDatabase({ connection: { connectionString: url }, log: createLog('error') });
}

/** The server's address with another database name; it may have no host (Unix socket), which URL does not parse. */
function addressOf(name: string): string {
  return inject('databaseServer').replace(/^(\w+:\/\/[^/?]*)\/?[^?]*/, (_, start) => `${start}/${name}`);
}

async function asAdministrator<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: inject('databaseServer') });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Changes with every migration, so that a server that outlives the tests never lends an old template. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const worker = new URL(import.meta.resolve('graphile-worker/package.json'));
  hash.update(JSON.parse(readFileSync(worker, 'utf8')).version);
  for (const { module, folder } of migrationSets) {
    for (const file of readdirSync(folder).sort()) {
      hash.update(`\n${module}/${file}\n`).update(readFileSync(new URL(file, folder)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** Makes the template once per server: the test processes queue at a lock, and it gets its name when it is whole. */
async function ensureTemplate(client: pg.Client, template: string): Promise<void> {
  await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [template]);
  try {
    const known = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (known.rowCount) return;
    const unfinished = `${template}_new`;
    await client.query(`DROP DATABASE IF EXISTS ${identifier(unfinished)} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${identifier(unfinished)}`);
    const database = open(addressOf(unfinished));
    try {
      await migrate(database, migrationSets);
      await createJobs({ database, log: createLog('error') }).prepare();
    } finally {
      await database.close();
    }
    await client.query(`ALTER DATABASE ${identifier(unfinished)} RENAME TO ${identifier(template)}`);
  } finally {
    await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [template]);
  }
}
