// The server process of the planning bench: an embedded PostgreSQL, the module and the dialect, nothing else.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { createFusionPlace } from '../../packages/server/src/dialects/fusion-place/index.ts';
import { migrationSets } from '../../packages/server/src/migrations.ts';
import { createIdentity } from '../../packages/server/src/modules/identity/index.ts';
import { createPlanning } from '../../packages/server/src/modules/planning/index.ts';
import { createDatabase } from '../../packages/server/src/platform/database/database.ts';
import { startEmbeddedPostgres } from '../../packages/server/src/platform/database/embedded.ts';
import { migrate } from '../../packages/server/src/platform/database/migrate.ts';
import { startListener } from '../../packages/server/src/platform/http/listener.ts';
import { createHttpMetrics } from '../../packages/server/src/platform/http/request-metrics.ts';
import { createLog } from '../../packages/server/src/platform/log/log.ts';
import { planningWorkspace } from './workspace.ts';

const log = createLog('warn');
const folder = mkdtempSync(join(tmpdir(), 'renkei-bench-'));
const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log });
const database = createDatabase({ connection: postgres.connection, log });
await migrate(database, migrationSets);
const secretKey = Buffer.from('a key for the bench');
const accessLog = { record: async () => undefined, note: () => undefined };
const identity = await createIdentity({
  database,
  secretKey,
  accessLog,
  passwordExpiry: () => ({ serviceDesk: 'login', endUser: 'login' }) as const,
});
const planning = createPlanning({ database });
for (const section of [identity.section, planning.section]) {
  await database.transaction(async (tx) => {
    const plan = await section.plan(tx, planningWorkspace, { prune: false, readSecret: async () => '' });
    if (plan.faults[0]) throw plan.faults[0];
    await plan.apply(tx);
  });
}
const dialect = createFusionPlace({
  identity,
  planning,
  database,
  secretKey,
  log,
  timeZone: () => 'Asia/Tokyo',
  defaultLocale: () => 'en',
  authSchemes: ['basic'],
  accessTokenTtl: 3600,
  refreshTokenTtl: 3600,
  maxUnpacked: 2 ** 31,
});
const metrics = createHttpMetrics(new Registry());
const listener = await startListener({ host: '127.0.0.1', port: 0, log, metrics, plugins: [dialect] });
process.send?.({ url: listener.url, database: postgres.connection });
process.once('disconnect', async () => {
  await listener.close(1000);
  await database.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
});
