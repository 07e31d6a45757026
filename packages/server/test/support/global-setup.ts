import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/platform/database/embedded.ts';
import { createLog } from '../../src/platform/log/log.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the tests make their databases. */
    databaseServer: string;
  }
}

/**
 * One PostgreSQL for all test files: the one of RENKEI_TEST_DATABASE_URL, else an embedded one that is thrown away.
 * Each file makes databases of its own in it (see database.ts).
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.RENKEI_TEST_DATABASE_URL;
  if (given) {
    project.provide('databaseServer', given);
    return async () => undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'renkei-test-'));
  // nothing here has to survive a power cut
  const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
  const postgres = await startEmbeddedPostgres({
    folder: join(folder, 'postgres'),
    log: createLog('error'),
    settings,
  });
  const { host, port, user, database } = postgres.connection;
  project.provide(
    'databaseServer',
    `postgresql://${user}@/${database}?host=${encodeURIComponent(host!)}&port=${port}`,
  );
  return async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
