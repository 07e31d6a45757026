import type { IncomingHttpHeaders } from 'node:http';
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
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || notPassed.has(name) || named.has(name)) continue;
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

function connectionHeaders({ connection }: IncomingHttpHeaders): Set<string> {
  return new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
}

/** The address below the base URL that a request is for; undefined when it leads out of it. */
export function targetOf({ base }: Mount, path: string): URL | undefined {
  const root = base.pathname.replace(/\/$/, '');
  const text = `${base.origin}${root}${path}`;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.pathname === root || url.pathname.startsWith(`${root}/`) ? url : undefined;
}

/** Passes a request on and streams the answer back, with addresses and cookies of the application made ours. */
export async function forward(
  dispatcher: Dispatcher,
  mount: Mount,
  target: URL,
  { method, headers, body }: Omit<ForwardRequest, 'path'>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const stop = new AbortController();
  reply.raw.once('close', () => stop.abort());
  let answer: Dispatcher.ResponseData;
  try {
    answer = await dispatcher.request({
      origin: target.origin,
      path: target.pathname + target.search,
      method: method as Dispatcher.HttpMethod,
      headers,
      body,
      headersTimeout,
      signal: stop.signal,
    });
  } catch (error) {
    const { kind, reason } = classify(error);
    const late = (error as { code?: string }).code === 'UND_ERR_HEADERS_TIMEOUT';
    // for who looks at it, an address that is not reached is an application that is not there
    const shown = late ? 'timeout' : kind === 'address' ? 'connect' : kind;
    throw failure(shown, { target: target.host, timeoutMs: headersTimeout }, reason);
  }
  reply.code(answer.statusCode);
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !notAnswered.has(name)) reply.header(name, value);
  }
  for (const name of ['location', 'content-location']) {
    const address = answer.headers[name];
    if (typeof address === 'string') reply.header(name, toOutside(mount, address));
  }
  const cookies = [answer.headers['set-cookie'] ?? []]
    .flat()
    .flatMap((one) => cookieToOutside(mount, one) ?? []);
  if (cookies.length > 0) reply.header('set-cookie', cookies);
  const type = String(answer.headers['content-type'] ?? '');
  const isPage = /^(?:text\/html|application\/xhtml\+xml)/i.test(type) && !answer.headers['content-encoding'];
  if (isPage && method !== 'HEAD') {
    const page = createHtmlRewriter(mount);
    answer.body.on('error', (error) => page.destroy(error));
    return reply.send(answer.body.pipe(page));
  }
  const length = answer.headers['content-length'];
  if (length !== undefined) reply.header('content-length', length);
  return reply.send(answer.body);
}
