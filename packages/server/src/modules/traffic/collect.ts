import type { Dialect } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Beginning, Exchange } from '../../platform/http/exchanges.ts';
import type { Logger } from '../../platform/log/log.ts';
import { bodyText, storable } from './rules/body-text.ts';
import { maskHeaders, maskUrl } from './rules/secrets.ts';
import { type Count, forgetOld, type Row, writeBatch } from './store/write.ts';

export type Seen = { exchange: Exchange; listener: string; dialect: Dialect; login: string | undefined };

/**
 * Requests kept a second at most, and errors beside them; the rest is only counted. Masking a body of 4 KB was measured
 * at 28 µs; `npm run bench -- traffic` compares listeners that keep everything and nothing.
 */
const perSecond = 100;
const errorsPerSecond = 50;
const flushAfter = 400;
const forgetEvery = 60_000;

export type Collector = {
  /** Whether a request that begins now will probably be kept. */
  hasRoom(): boolean;
  take(seen: Seen): void;
  /** Requests that were not kept. */
  dropped(): number;
  stop(): Promise<void>;
};

/** Gathers requests in memory, never more than a second allows, and writes them a few times a second. */
export function createCollector(deps: {
  database: Database;
  log: Logger;
  secretNames: () => Promise<ReadonlySet<string>>;
  onWritten: () => void;
}): Collector {
  const { database, log } = deps;
  const all = createAllowance(perSecond);
  const failing = createAllowance(errorsPerSecond);
  let kept: Seen[] = [];
  let counts = new Map<string, Count>();
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  let dropped = 0;
  let forgotten = Date.now();

  function count(at: Date, dialect: Dialect, failed: boolean): void {
    const minute = Math.floor(at.getTime() / 60_000);
    const key = `${minute} ${dialect}`;
    let found = counts.get(key);
    if (!found) {
      found = { minute: new Date(minute * 60_000), dialect, requests: 0, errors: 0 };
      counts.set(key, found);
    }
    found.requests += 1;
    if (failed) found.errors += 1;
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const batch = kept;
    const counted = [...counts.values()];
    kept = [];
    counts = new Map();
    if (counted.length > 0) {
      writing = writing
        .then(() => write(batch, counted))
        .catch((error: Error) => {
          dropped += batch.length;
          log.error({ error: error.message, requests: batch.length }, 'some of the traffic was lost');
        });
    }
    return writing;
  }

  async function write(batch: readonly Seen[], counted: readonly Count[]): Promise<void> {
    const secretNames = batch.some(mayNameParameters) ? await deps.secretNames() : new Set<string>();
    await writeBatch(
      database,
      batch.map((seen) => rowOf(seen, secretNames)),
      counted,
    );
    deps.onWritten();
    if (batch.length === 0 || Date.now() - forgotten < forgetEvery) return;
    forgotten = Date.now();
    await forgetOld(database);
  }

  return {
    hasRoom: () => all.left(),
    take(seen) {
      const { at, status } = seen.exchange;
      const failed = status === undefined || status >= 400;
      count(at, seen.dialect, failed);
      if (all.take() || (failed && failing.take())) kept.push(seen);
      else dropped += 1;
      timer ??= setTimeout(() => void flush(), flushAfter).unref();
    },
    dropped: () => dropped,
    stop: flush,
  };
}

/** So many a second, and no more than one second's at once. */
function createAllowance(rate: number) {
  let left = rate;
  let filled = performance.now();
  function fill(): void {
    const now = performance.now();
    left = Math.min(rate, left + ((now - filled) / 1000) * rate);
    filled = now;
  }
  return {
    left(): boolean {
      fill();
      return left >= 1;
    },
    take(): boolean {
      fill();
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}

/** Values of password parameters pass only where the catalog is spoken of. */
function mayNameParameters({ dialect, exchange }: Seen): boolean {
  return dialect === 'oscm' || exchange.url.startsWith('/v1/catalog');
}

function rowOf({ exchange, listener, dialect, login }: Seen, secretNames: ReadonlySet<string>): Row {
  const { url, requestHeaders, requestBody, responseBody, status } = exchange;
  const responseHeaders = exchange.responseHeaders();
  const text = (body: Beginning, headers: Record<string, unknown>) =>
    bodyText(body, {
      url,
      type: one(headers['content-type']),
      encoding: one(headers['content-encoding']),
      secretNames,
    }) ?? null;
  return {
    at: exchange.at,
    listener,
    dialect,
    method: exchange.method,
    path: storable(maskUrl(url)).slice(0, 2000),
    status: status ?? null,
    ms: Math.round(exchange.ms * 100) / 100,
    request_id: exchange.id,
    login: login ?? null,
    request_bytes: exchange.requestBody.bytes,
    response_bytes: exchange.responseBody.bytes,
    address: exchange.address,
    request_headers: storableHeaders(maskHeaders(requestHeaders)),
    response_headers: storableHeaders(maskHeaders(responseHeaders)),
    request_body: text(requestBody, requestHeaders),
    response_body: text(responseBody, responseHeaders),
  };
}

function one(header: unknown): string | undefined {
  return header === undefined ? undefined : String(header);
}

function storableHeaders(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, storable(value).slice(0, 2000)]),
  );
}
