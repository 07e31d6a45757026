import type { FastifyPluginAsync } from 'fastify';
import type { Registry } from 'prom-client';
import { type Database, sql } from '../database/database.ts';

/** What keeps a server running: `/healthz` (process is up), `/readyz` (it can work), `/metrics` (Prometheus). */
export function createOperations(deps: {
  database: Database;
  metrics: Registry;
  workerReady: () => boolean;
}): FastifyPluginAsync {
  const { database, metrics, workerReady } = deps;
  return async (app) => {
    app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }));
    app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
      const reachable = await answers(database);
      const ready = reachable && workerReady();
      return reply
        .code(ready ? 200 : 503)
        .send({ status: ready ? 'ok' : 'unavailable', database: reachable, worker: workerReady() });
    });
    app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
      reply.type(metrics.contentType).send(await metrics.metrics()),
    );
  };
}

async function answers(database: Database): Promise<boolean> {
  try {
    await database.row(sql`SELECT 1`);
    return true;
  } catch {
    return false;
  }
}
