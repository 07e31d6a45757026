import { Counter, type Registry } from 'prom-client';
import { type Caller, type Dialect, isAdmin } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import { defineErrors } from '../../platform/errors.ts';
import type { Exchange, ExchangeObserver } from '../../platform/http/exchanges.ts';
import type { Logger } from '../../platform/log/log.ts';
import { createCollector } from './collect.ts';
import { keptBytes } from './rules/body-text.ts';
import { dialectOf } from './rules/dialect-of.ts';
import {
  type Point,
  type RequestDetail,
  type RequestItem,
  readRequest,
  readRequests,
  readSeries,
  type TrafficFilter,
} from './store/read.ts';
import { forgetOld } from './store/write.ts';

export type { Point, RequestDetail, RequestItem, TrafficFilter } from './store/read.ts';

/** What a listener keeps of its requests: with bodies, without, or nothing. */
export const trafficModes = ['full', 'headers', 'off'] as const;
export type TrafficMode = (typeof trafficModes)[number];

export type Traffic = {
  /** Looks at the requests of a listener; undefined where they are not recorded. */
  observer(listener: string, mode: TrafficMode): ExchangeObserver | undefined;
  /** Somebody was recognised: the request with his id is his. */
  recognised(caller: Caller): void;
  /** The newest first. Administrators only, as all below. @throws forbidden, cursor */
  list(
    caller: Caller,
    filter: TrafficFilter,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: RequestItem[]; next: string | null }>;
  /** @throws forbidden, notFound */
  one(caller: Caller, id: number): Promise<RequestDetail>;
  /** Requests and errors (status 400 and more) by dialect; at most 1,500 steps. @throws forbidden, range */
  series(caller: Caller, range: { from: Date; to: Date; step: 'minute' | 'hour' }): Promise<Point[]>;
  /** Adds what is dropped to a process's metrics. */
  measure(metrics: Registry): void;
  /** Removes what is too old; for a daily job. */
  cleanUp(): Promise<void>;
  /** Writes what is not yet written. */
  stop(): Promise<void>;
};

const errors = defineErrors('traffic', {
  forbidden: {
    kind: 'forbidden',
    ja: '通信履歴を見られるのは管理者だけです',
    en: 'Only administrators may see the traffic',
  },
  notFound: {
    kind: 'notFound',
    ja: '通信履歴に {id} 番の要求はありません。古いものは削除されます',
    en: 'There is no request {id} in the traffic; old ones are removed',
  },
  cursor: { kind: 'invalid', ja: 'cursor が正しくありません', en: 'The cursor is not one of ours' },
  range: {
    kind: 'invalid',
    ja: 'from は to より前で、期間は {steps} 区間以内にしてください',
    en: 'from must be before to, at most {steps} steps apart',
  },
});

const mostSteps = 1500;
const stepMs = { minute: 60_000, hour: 3_600_000 };
const end = {};
const sizes = { keptBytes: 0 };
const beginnings = { keptBytes };

/** Every request of every dialect: how many there were, and of as many as is cheap enough what was said. */
export function createTraffic(deps: {
  database: Database;
  log: Logger;
  /** Names of password parameters, whose values are never kept. */
  secretNames: () => Promise<ReadonlySet<string>>;
  /** Told after more was written. */
  onWritten: () => void;
}): Traffic {
  const { database } = deps;
  const collector = createCollector(deps);
  /** Requests that run, by their id. */
  const active = new Map<string, { exchange: Exchange; login: string | undefined }>();

  function demand(caller: Caller): void {
    if (!isAdmin(caller)) throw errors.forbidden();
  }

  return {
    observer(listener, mode) {
      if (mode === 'off') return undefined;
      return {
        begins(url) {
          if (dialectOf(url) === undefined) return undefined;
          if (!collector.hasRoom()) return end;
          return mode === 'full' ? beginnings : sizes;
        },
        begun(exchange) {
          // clients may give two requests one id: then nobody is taken for the other
          if (!active.delete(exchange.id)) active.set(exchange.id, { exchange, login: undefined });
        },
        ended(exchange) {
          const known = active.get(exchange.id);
          const mine = known?.exchange === exchange;
          if (mine) active.delete(exchange.id);
          const dialect = dialectOf(exchange.url) as Dialect;
          collector.take({ exchange, listener, dialect, login: mine ? known.login : undefined });
        },
      };
    },
    recognised({ requestId, login }) {
      const known = active.get(requestId);
      if (known) known.login = login;
    },
    async list(caller, filter, { limit, cursor }) {
      demand(caller);
      if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw errors.cursor({}, '/cursor');
      const before = cursor === undefined ? undefined : Number(cursor);
      const items = await readRequests(database, filter, { limit, before });
      return { items, next: items.length === limit ? String(items.at(-1)!.id) : null };
    },
    async one(caller, id) {
      demand(caller);
      const found = await readRequest(database, id);
      if (!found) throw errors.notFound({ id });
      return found;
    },
    async series(caller, range) {
      demand(caller);
      const steps = (range.to.getTime() - range.from.getTime()) / stepMs[range.step];
      if (!(steps > 0 && steps <= mostSteps)) throw errors.range({ steps: mostSteps }, '/from');
      return readSeries(database, range);
    },
    measure(metrics) {
      new Counter({
        name: 'renkei_traffic_dropped_total',
        help: 'Requests that were counted but not kept in the traffic, so as not to slow down others',
        registers: [metrics],
        collect() {
          this.reset();
          this.inc(collector.dropped());
        },
      });
    },
    cleanUp: () => forgetOld(database),
    stop: () => collector.stop(),
  };
}
