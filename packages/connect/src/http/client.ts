import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, request } from 'undici';
import { InterfaceError, OperationalError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { RateLimiter } from './rate-limit.ts';

export interface HttpRequest {
  method: string;
  url: URL;
  headers?: Record<string, string>;
  body?: string;
}

export interface HttpAnswer {
  status: number;
  /** Reason phrase, in which Highrise says why a record was not found. */
  reason: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  /** Address that answered, without its query. */
  url: string;
}

/** Adds what proves who is asking. */
export interface Authorizer {
  headers(signal: AbortSignal): Promise<Record<string, string>>;
  /** After a 401: whether other credentials were got, so that the request is worth repeating. */
  renew(used: Record<string, string>, signal: AbortSignal): Promise<boolean>;
}

export interface HttpClient {
  /** Sends a request; answers of any status come back, except those that stay 503 or 429. */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Requests sent so far, repeats included. */
  requests(): number;
}

export interface HttpClientOptions {
  dispatcher(host: string): Dispatcher;
  authorizer?: Authorizer;
  limiter?: () => RateLimiter;
  /** Longest single exchange in seconds; 0: no limit. */
  timeout: number;
  userAgent: string;
  log: Log;
}

/** Waits that a "come back later" may cost one request: how many, and how long together. */
const mostWaits = 6;
const longestWait = 60_000;
const networkRetries = 2;
/** A timer may end a little early; a wait must not. */
const earlyTimer = 10;
const mostRedirects = 3;

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { log } = options;
  let sent = 0;

  async function exchange(target: HttpRequest, headers: Record<string, string>, signal: AbortSignal) {
    await options.limiter?.().turn(target.url.pathname + target.url.search, signal);
    const abort = new AbortController();
    const stop = () => abort.abort(signal.reason);
    signal.addEventListener('abort', stop);
    const limit = options.timeout * 1000;
    const timer = limit > 0 ? setTimeout(() => abort.abort(timedOut), limit) : undefined;
    const place = log.masked(`${target.method} ${target.url}`);
    const timedOut = new OperationalError(`${place}: no answer within ${options.timeout} s (Timeout)`);
    sent += 1;
    log.write('HTTP', 2, place);
    if (log.wants('HTTP', 3)) {
      log.write('HTTP', 3, `> ${JSON.stringify(visible(headers))} ${target.body ?? ''}`);
    }
    try {
      signal.throwIfAborted();
      const answer = await request(target.url, {
        method: target.method as Dispatcher.HttpMethod,
        headers,
        body: target.body ?? null,
        dispatcher: options.dispatcher(target.url.hostname),
        signal: abort.signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      const body = await answer.body.text();
      log.write('HTTP', 2, `${answer.statusCode} ${place}`);
      if (log.wants('HTTP', 3)) log.write('HTTP', 3, `< ${JSON.stringify(visible(answer.headers))} ${body}`);
      const reason = answer.statusText ?? '';
      return {
        status: answer.statusCode,
        reason,
        headers: answer.headers,
        body,
        url: `${target.url.origin}${target.url.pathname}`,
      } satisfies HttpAnswer;
    } catch (error) {
      if (abort.signal.aborted) throw abort.signal.reason;
      throw new NetworkError(`${place}: ${reasonOf(error)}`, { cause: error });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  async function attempt(target: HttpRequest, headers: Record<string, string>, signal: AbortSignal) {
    let waited = 0;
    for (let waits = 0, failures = 0; ; ) {
      let answer: HttpAnswer;
      try {
        answer = await exchange(target, headers, signal);
      } catch (error) {
        // A request that was perhaps carried out must not be sent twice; reading twice does no harm.
        if (!(error instanceof NetworkError) || target.method !== 'GET' || failures >= networkRetries)
          throw error;
        failures += 1;
        await sleep(100 * 2 ** failures, undefined, { signal });
        continue;
      }
      const busy = answer.status === 503 || answer.status === 429;
      if (!busy) return answer;
      const wait = retryAfter(answer) ?? 500 * 2 ** waits;
      waits += 1;
      waited += wait;
      if (waits > mostWaits || waited > longestWait) {
        throw new OperationalError(
          `${answer.url} answered ${answer.status} ${waits} times: the service asks to come back later`,
          { status: answer.status },
        );
      }
      log.write('HTTP', 4, `waiting ${wait} ms before ${target.method} ${target.url.pathname} is repeated`);
      await sleep(wait, undefined, { signal });
    }
  }

  /** Follows a scheme change on the same host (connector §2.1); credentials go nowhere else. */
  async function follow(target: HttpRequest, headers: Record<string, string>, signal: AbortSignal) {
    let current = target;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await attempt(current, headers, signal);
      const location = answer.headers.location;
      if (answer.status < 300 || answer.status > 399 || typeof location !== 'string') return answer;
      const next = new URL(location, current.url);
      const same =
        next.hostname === current.url.hostname &&
        (next.protocol !== current.url.protocol || next.host === current.url.host);
      if (!same || !/^https?:$/.test(next.protocol) || redirects >= mostRedirects) {
        throw new OperationalError(
          `${answer.url} redirects to ${next.origin}, which is not followed${same ? '' : ': it is another host'}`,
          { status: answer.status },
        );
      }
      current = { ...current, url: next };
    }
  }

  return {
    requests: () => sent,
    async send(target, signal) {
      try {
        const own = { 'user-agent': options.userAgent, ...target.headers };
        const proof = (await options.authorizer?.headers(signal)) ?? {};
        const answer = await follow(target, { ...own, ...proof }, signal);
        if (answer.status !== 401 || !(await options.authorizer?.renew(proof, signal))) return answer;
        const renewed = (await options.authorizer?.headers(signal)) ?? {};
        return await follow(target, { ...own, ...renewed }, signal);
      } catch (error) {
        if (signal.aborted)
          throw signal.reason instanceof Error ? signal.reason : new InterfaceError('Stopped');
        throw error;
      }
    },
  };
}

class NetworkError extends OperationalError {}

function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message || code || 'the connection failed';
}

const visible = (headers: object) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      /authorization|cookie|api-?key|token/i.test(name) ? '********' : value,
    ]),
  );

/** Milliseconds a `Retry-After` asks for: seconds or an HTTP date. */
function retryAfter(answer: HttpAnswer): number | undefined {
  const value = answer.headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Number(value) * 1000 + earlyTimer;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
