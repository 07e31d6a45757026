import { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Dispatcher } from 'undici';
import { classify, failure } from '../../../platform/outbound/failure.ts';
import { cookiesToInside, cookieToOutside, createHtmlRewriter, type Mount, toOutside } from './rewrite.ts';

export type ForwardRequest = {
  method: string;
  /** Below the base URL, with the query. */
  path: string;
  headers: Record<string, string | string[]>;
  body: Readable | string | null;
};

/** How long an application may take until its answer begins, in milliseconds. */
const headersTimeout = 60_000;

/** Headers that belong to one connection, or that are the platform's business alone. */
const notPassed = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'expect',
  'cookie',
  'x-renkei-console',
  'accept-encoding',
  'content-length',
]);
/** What an application may not tell the browser about this origin. */
const notAnswered = new Set([
  ...notPassed,
  'set-cookie',
  'location',
  'content-location',
  'strict-transport-security',
  'clear-site-data',
  'service-worker-allowed',
  'alt-svc',
]);

/** A request's headers as the application gets them: neither the platform's cookies nor its tokens. */
export function headersToInside(
  request: Pick<FastifyRequest, 'headers' | 'ip' | 'protocol'>,
  mount: Mount,
  dropAuthorization: boolean,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  const named = connectionHeaders(request.headers);
  for (const name in request.headers) {
    const value = request.headers[name];
    if (value === undefined || notPassed.has(name) || named?.has(name)) continue;
    if (name === 'authorization' && dropAuthorization) continue;
    headers[name] = value;
  }
  const length = request.headers['content-length'];
  if (length !== undefined) headers['content-length'] = length;
  const cookies = cookiesToInside(request.headers.cookie);
  if (cookies !== undefined) headers.cookie = cookies;
  // links are rewritten as they pass, which compressed pages do not allow
  headers['accept-encoding'] = 'identity';
  headers['x-forwarded-for'] = request.ip;
  headers['x-forwarded-proto'] = request.protocol;
  headers['x-forwarded-host'] = request.headers.host ?? '';
  headers['x-forwarded-prefix'] = mount.prefix;
  return headers;
}

/** The headers that this one names as the connection's business; undefined where it names none. */
function connectionHeaders({ connection }: IncomingHttpHeaders): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}

/** Nothing in it that parsing would change: no `.` and `..` as parts, no backslash, nothing to be escaped. */
const plainPath = /^\/(?!.*\/\.)[\w\-.~!$&'()*+,;=:@/?%]*$/;

/** The path and query at the application that a request is for; undefined when it leads out of the base URL. */
export function targetOf({ base, path: root }: Mount, path: string): string | undefined {
  if (plainPath.test(path) && !/%2e|%5c/i.test(path)) return root + path;
  const text = `${base.origin}${root}${path}`;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.pathname === root || url.pathname.startsWith(`${root}/`) ? url.pathname + url.search : undefined;
}

/**
 * Passes a request on and streams the answer back, with addresses and cookies of the application made ours. The answer
 * is written straight into the connection: a stream of its own for each costs a third of the throughput.
 */
export async function forward(
  dispatcher: Dispatcher,
  mount: Mount,
  path: string,
  { method, headers, body }: Omit<ForwardRequest, 'path'>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { raw } = reply;
  const stop = new EventEmitter();
  raw.once('close', () => stop.emit('abort'));
  try {
    await dispatcher.stream(
      {
        origin: mount.base.origin,
        path,
        method: method as Dispatcher.HttpMethod,
        headers,
        body,
        headersTimeout,
        signal: stop,
      },
      ({ statusCode, headers: answered }) => {
        reply.hijack();
        const outside = headersToOutside(mount, answered);
        const rewritten = method !== 'HEAD' && isPage(answered);
        const length = answered['content-length'];
        if (length !== undefined && !rewritten) outside['content-length'] = String(length);
        raw.writeHead(statusCode, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...outside });
        if (!rewritten) return raw;
        const page = createHtmlRewriter(mount);
        page.pipe(raw);
        page.once('close', () => {
          if (!page.writableFinished) raw.destroy();
        });
        return page;
      },
    );
  } catch (error) {
    if (reply.sent) {
      // the answer has begun: cutting it off is all that tells the client
      raw.destroy();
      return reply;
    }
    const { kind, reason } = classify(error);
    const late = (error as { code?: string }).code === 'UND_ERR_HEADERS_TIMEOUT';
    // for who looks at it, an address that is not reached is an application that is not there
    const shown = late ? 'timeout' : kind === 'address' ? 'connect' : kind;
    throw failure(shown, { target: mount.base.host, timeoutMs: headersTimeout }, reason);
  }
  return reply;
}

function isPage(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'] ?? '';
  return /^(?:text\/html|application\/xhtml\+xml)/i.test(type) && !headers['content-encoding'];
}

/** An answer's headers as the browser gets them: addresses and cookies of the application made ours. */
function headersToOutside(mount: Mount, answered: IncomingHttpHeaders): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const name in answered) {
    const value = answered[name];
    if (value !== undefined && !notAnswered.has(name)) headers[name] = value;
  }
  for (const name of ['location', 'content-location']) {
    const address = answered[name];
    if (typeof address === 'string') headers[name] = toOutside(mount, address);
  }
  const cookies = [answered['set-cookie'] ?? []].flat().flatMap((one) => cookieToOutside(mount, one) ?? []);
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  return headers;
}
