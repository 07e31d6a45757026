/**
 * All outgoing HTTP: webhooks, provisioning, OAuth, upstream logins. It reaches public addresses only, unless the
 * operator permits others, follows no redirect, and ends in time.
 */
import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import type { AppError } from '../errors.ts';
import type { Logger } from '../log/log.ts';
import { type AddressGuard, bareHost, createAddressGuard } from './address-guard.ts';
import { classify, failure, type OutboundFailureKind, RefusedAddress } from './failure.ts';

export type OutboundRequest = {
  method: string;
  /** `http:` or `https:`, without user and password. */
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** For everything together: name look-up, connection, headers and body of the answer. */
  timeoutMs: number;
  /** What the answer's body holds beyond this is not read. */
  maxResponseBytes: number;
  signal?: AbortSignal;
};

export type OutboundAnswer = {
  ok: true;
  /** Any status, 3xx included: redirects are answers like others. */
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As it came over the wire; content codings are not undone. */
  body: Buffer;
  /** Whether `body` is only the beginning. */
  truncated: boolean;
  durationMs: number;
};

export type OutboundFailure = {
  ok: false;
  kind: OutboundFailureKind;
  /** Says so in Japanese and English, with host and port but neither path nor query of the URL. */
  error: AppError;
  durationMs: number;
};

export type Outbound = {
  /** The guarded connections themselves, for what is passed on as a stream (the reverse proxy). */
  readonly dispatcher: Dispatcher;
  /** One call, one try. Does not throw: whatever goes wrong is an `OutboundFailure`. */
  send(request: OutboundRequest): Promise<OutboundAnswer | OutboundFailure>;
  /** Ends the calls that run and closes the connections. */
  close(): Promise<void>;
};

export type OutboundOptions = {
  /** Entries of RENKEI_OUTBOUND_ALLOW; see `createAddressGuard`. */
  allow: readonly string[];
  /** false takes certificates unverified. */
  tlsVerify: boolean;
  log: Logger;
  /** How names are resolved, as `dns.lookup` does. */
  lookup?: LookupFunction;
};

/** A dead target is given up after this long even when the call itself may take longer. */
const connectTimeoutMs = 30_000;
/** More calls to one origin wait; a receiver that hangs takes no more sockets than this. */
const connectionsPerOrigin = 64;
/** Shorter than servers keep idle connections (Node.js 5 s, Apache 5 s): a call must not meet a closing one. */
const keepAliveMs = 3_000;

/** See `Outbound`. Throws `outbound.allowEntry` when `allow` holds what is neither range nor host. */
export function createOutbound({
  allow,
  tlsVerify,
  log,
  lookup = resolve as LookupFunction,
}: OutboundOptions): Outbound {
  const guard = createAddressGuard(allow);
  const agent = new Agent({
    connect: guardedConnector(guard, tlsVerify, lookup),
    connections: connectionsPerOrigin,
    keepAliveTimeout: keepAliveMs,
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  return {
    dispatcher: agent,
    async send(request) {
      const started = performance.now();
      const elapsed = () => Math.round(performance.now() - started);
      const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
      const target = url?.host ?? '';
      const fail = (kind: OutboundFailureKind, reason?: string): OutboundFailure => {
        const error = failure(kind, { target, timeoutMs: request.timeoutMs }, reason);
        log.debug({ target, method: request.method, kind, reason }, 'outgoing call failed');
        return { ok: false, kind, error, durationMs: elapsed() };
      };
      if (url === undefined || !isCallable(url)) return fail('url');

      const stop = createStop(request.timeoutMs, request.signal);
      try {
        const call = agent.request({
          origin: url.origin,
          path: url.pathname + url.search,
          method: request.method as Dispatcher.HttpMethod,
          headers: request.headers,
          body: request.body ?? null,
          signal: stop.signal,
        });
        // undici looks at the signal only once it is connected: a name look-up that hangs would hold the call.
        const response = await Promise.race([call, stop.stopped]);
        const { body, truncated } = await readBody(response.body, request.maxResponseBytes);
        log.debug({ target, method: request.method, status: response.statusCode }, 'outgoing call answered');
        return {
          ok: true,
          status: response.statusCode,
          headers: response.headers,
          body,
          truncated,
          durationMs: elapsed(),
        };
      } catch (error) {
        const stopReason = stop.reason();
        if (stopReason !== undefined) return fail(stopReason);
        const { kind, reason } = classify(error);
        return fail(kind, reason);
      } finally {
        stop.clear();
      }
    },
    close: () => agent.destroy(),
  };
}

function isCallable(url: URL): boolean {
  return (
    (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === ''
  );
}

/** Refuses before it connects (addresses in the URL, addresses that the name resolves to), and checks again after. */
function guardedConnector(
  guard: AddressGuard,
  tlsVerify: boolean,
  lookup: LookupFunction,
): buildConnector.connector {
  return (options, callback) => {
    const host = bareHost(options.hostname);
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    if (isIP(host) !== 0 && !guard.permits(host, host, port)) {
      // undici calls the connector again and again when it is called back before the connector returns.
      setImmediate(callback, new RefusedAddress(), null);
      return;
    }
    const connect = buildConnector({
      rejectUnauthorized: tlsVerify,
      timeout: connectTimeoutMs,
      maxCachedSessions: 0,
      lookup: guardedLookup(guard, lookup, port),
    });
    connect({ ...options, hostname: host }, (...result) => {
      const [, socket] = result;
      // In spite of its type, undici leaves the socket out of a failure.
      if (socket && !guard.permits(socket.remoteAddress ?? '', host, port)) {
        socket.destroy();
        callback(new RefusedAddress(), null);
        return;
      }
      callback(...result);
    });
  };
}

/** Leaves out of a name's addresses those that the guard refuses; an error when none is left. */
function guardedLookup(guard: AddressGuard, lookup: LookupFunction, port: number): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) {
        callback(error, '', 0);
        return;
      }
      const all = Array.isArray(found) ? found : [];
      const permitted = all.filter(({ address }) => guard.permits(address, host, port));
      const [first] = permitted;
      if (first === undefined) callback(new RefusedAddress(), '', 0);
      else if (options.all) callback(null, permitted);
      else callback(null, first.address, first.family);
    });
  };
}

async function readBody(
  stream: Dispatcher.ResponseData['body'],
  limit: number,
): Promise<{ body: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, limit - size));
    size += chunk.length;
    // Leaving the loop destroys the stream and with it the connection.
    if (size > limit) return { body: Buffer.concat(chunks), truncated: true };
  }
  return { body: Buffer.concat(chunks), truncated: false };
}

/** Joins the time limit and the caller's signal; `AbortSignal.any` keeps memory of long-lived signals in Node 20. */
function createStop(timeoutMs: number, outer: AbortSignal | undefined) {
  const controller = new AbortController();
  const { signal } = controller;
  const timer = setTimeout(() => controller.abort('timeout'), timeoutMs);
  const onAbort = () => controller.abort('aborted');
  outer?.addEventListener('abort', onAbort, { once: true });
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', reject, { once: true });
  });
  stopped.catch(() => {});
  if (outer?.aborted) onAbort();
  return {
    signal,
    stopped,
    reason: () => signal.reason as 'timeout' | 'aborted' | undefined,
    clear() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onAbort);
    },
  };
}
