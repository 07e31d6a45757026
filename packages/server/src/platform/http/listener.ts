import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AddressInfo, Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Logger } from '../log/log.ts';
import { type ExchangeObserver, observeExchanges } from './exchanges.ts';
import { problemOf } from './problem.ts';
import { noRoute } from './request-error.ts';
import { type HttpMetrics, observeRequests } from './request-metrics.ts';
import { endUnreadBody } from './unread-bodies.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers as long as somebody listens: its time says nothing. */
    endless?: boolean;
  }
}

type Refuse = (error: Error, request: FastifyRequest, reply: FastifyReply) => void;

declare module 'fastify' {
  interface FastifyInstance {
    /** How addresses below `prefix` that cannot be decoded are refused: they reach no route and no error handler. */
    onUndecodable(prefix: string, refuse: Refuse): void;
  }
}

export type ListenerOptions = {
  host: string;
  /** 0 picks a free one. */
  port: number;
  tls?: { cert: string; key: string };
  log: Logger;
  metrics: HttpMetrics;
  /** Sees every request and its answer. */
  observer?: ExchangeObserver;
  /** What it serves: each in its own encapsulated context. */
  plugins: readonly FastifyPluginAsync[];
};

export type Listener = {
  /** `http://127.0.0.1:49152`, with the port that was picked. */
  url: string;
  /** Takes no more requests, lets those that run finish (at most `graceMs`), then closes. */
  close(graceMs: number): Promise<void>;
};

/** Requests slower than this are logged, in milliseconds. */
const slow = 2000;
const requestIdHeader = 'x-request-id';
const acceptedRequestId = /^[\w.:-]{1,64}$/;
/** What a body may hold unless a route says otherwise, in bytes. */
const defaultBodyLimit = 4 * 1024 * 1024;

/** One HTTP or HTTPS port with request ids, limits, metrics and the plugins it serves. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { host, port, tls, log } = options;
  const answerProblem = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const { status, headers, body } = problemOf(error, request, log);
    return reply.code(status).headers(headers).type('application/problem+json').send(body);
  };
  const refusals = new Map<string, Refuse>();
  const app = Fastify({
    ...(tls ? { https: { cert: readFileSync(tls.cert), key: readFileSync(tls.key) } } : {}),
    logger: false, // per-request logging halves the throughput: errors and slow requests only, below
    genReqId: requestIds(),
    requestIdHeader: false,
    bodyLimit: defaultBodyLimit,
    // fields may be called __proto__ or constructor: maps are read by Object.entries and Object.hasOwn
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    connectionTimeout: 0,
    requestTimeout: 600_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: false, // closed by hand, below
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: false },
    // addresses that cannot be decoded
    frameworkErrors(error, request, reply) {
      const [, refuse = answerProblem] =
        [...refusals].find(([prefix]) => request.url.startsWith(`${prefix}/`)) ?? [];
      refuse(error, request as FastifyRequest, reply as FastifyReply);
    },
  }) as FastifyInstance;
  app.decorate('onUndecodable', (prefix, refuse) => void refusals.set(prefix, refuse));
  app.server.headersTimeout = 30_000;

  if (options.observer) observeExchanges(app, options.observer);
  const idle = new Set<Socket>();
  const busy = new Set<Socket>();
  let closing = false;
  app.server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    idle.add(socket);
    socket.once('close', () => {
      idle.delete(socket);
      busy.delete(socket);
    });
  });
  app.addHook('onRequest', async (request, reply) => {
    idle.delete(request.raw.socket);
    busy.add(request.raw.socket);
    endUnreadBody(request, reply);
    reply.header(requestIdHeader, request.id);
    reply.header('x-content-type-options', 'nosniff');
  });
  app.addHook('onResponse', async (request, reply) => {
    const { socket } = request.raw;
    if (busy.delete(socket) && !socket.destroyed) idle.add(socket);
    if (closing) socket.end();
    if (reply.elapsedTime > slow && !request.routeOptions.config.endless) {
      const { method, url, id } = request;
      log.info(
        { request: id, method, path: pathOf(url), status: reply.statusCode, ms: reply.elapsedTime },
        'slow',
      );
    }
  });
  observeRequests(app, options.metrics);
  app.setErrorHandler(answerProblem);
  app.setNotFoundHandler(({ method, url }) => {
    throw noRoute({ path: `${method} ${pathOf(url)}` });
  });
  for (const plugin of options.plugins) await app.register(plugin);
  await app.listen({ host, port });
  const address = app.server.address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;

  return {
    url: `${tls ? 'https' : 'http'}://${shown}:${address.port}`,
    async close(graceMs) {
      closing = true;
      Server.prototype.close.call(app.server); // no more connections; those that are open go on
      for (const socket of idle) socket.end();
      const limit = Date.now() + graceMs;
      // Node's own close destroys connections whose answer is not yet wholly sent, so that waits
      while (busy.size > 0 && Date.now() < limit) await sleep(10);
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

/** The path without its query, which may hold keys. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** The caller's own id where it is a decent one, else a short unique one. */
function requestIds() {
  const prefix = randomBytes(6).toString('base64url');
  let count = 0;
  return ({ headers }: { headers: Record<string, string | string[] | undefined> }): string => {
    const given = headers[requestIdHeader];
    if (typeof given === 'string' && acceptedRequestId.test(given)) return given;
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
