import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';

export type HttpMetrics = { duration: Histogram<'method' | 'route' | 'status'> };

export function createHttpMetrics(registry: Registry): HttpMetrics {
  const duration = new Histogram({
    name: 'renkei_http_request_seconds',
    help: 'Time from the request line to the last byte of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return { duration };
}

/** Observes every answered request by route (not by path: ids would make a series each). */
export function observeRequests(app: FastifyInstance, { duration }: HttpMetrics): void {
  app.addHook('onResponse', async (request, reply) => {
    if (request.routeOptions.config.endless) return;
    duration.observe(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: String(reply.statusCode),
      },
      reply.elapsedTime / 1000,
    );
  });
}
