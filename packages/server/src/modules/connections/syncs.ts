import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import { AppError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log/log.ts';
import type { Bulk } from '../bulk/index.ts';
import type { Planning } from '../planning/index.ts';
import type { MemberSource, Records } from '../records/index.ts';
import { readPeriod, type SyncEntry } from './definition.ts';
import { errors } from './errors.ts';
import { type SqlScope, streamSql } from './run-sql.ts';
import { claim, finish, hold, readStates, type SyncOutcome, type SyncState } from './store/sync-runs.ts';
import { appSink, ledgerSink, nothingYet } from './sync-rows.ts';

/** A sync with what its last run did. */
export type SyncView = Omit<SyncState, 'definition'> & SyncEntry;

export type Syncs = {
  /** All syncs; for administrators and designers. @throws AppError `connections.forbidden` */
  list(caller: Caller): Promise<SyncView[]>;
  /** Runs what is due every second, in a worker; every sync once at the start. */
  start(): void;
  /** Stops what runs. */
  stop(): Promise<void>;
};

export type SyncsOptions = {
  database: Database;
  records: Records;
  bulk: Bulk;
  people: MemberSource;
  planning: Planning;
  systemCaller: Caller;
  timeZone: () => string;
  log: Logger;
  scope: () => Promise<SqlScope>;
};

const roundMs = 1000;
/** What a dead process held is free again after so many seconds. */
const lease = 30;
/** Runs at once in one process. */
const atOnce = 2;
/** Longest run, in seconds. */
const longest = 6 * 3600;

export function createSyncs(options: SyncsOptions): Syncs {
  const { database, log, systemCaller, timeZone } = options;
  /** Syncs that were run since this process began. */
  const begun = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();

  function isDue({ definition, startedAt, running: elsewhere }: SyncState): boolean {
    if (elsewhere || running.has(definition.name)) return false;
    if (startedAt === null || !begun.has(definition.name)) return true;
    const period = readPeriod(definition.every);
    if (period === undefined) return false;
    const now = Date.now();
    if ('seconds' in period) return now - startedAt.getTime() >= period.seconds * 1000;
    const minute = Math.floor(now / 60_000) * 60_000;
    return startedAt.getTime() < minute && period.matches(new Date(minute), timeZone());
  }

  async function look(): Promise<void> {
    for (const state of await readStates(database)) {
      const { name } = state.definition;
      if (running.size >= atOnce || stopping.signal.aborted) return;
      if (!isDue(state) || !(await claim(database, name, state.startedAt, lease))) continue;
      begun.add(name);
      running.set(
        name,
        run(state.definition).finally(() => running.delete(name)),
      );
    }
  }

  async function run(sync: SyncEntry): Promise<void> {
    const outcome = nothingYet();
    const renewal = setInterval(
      () => {
        hold(database, sync.name, lease).catch((error: Error) =>
          log.warn({ sync: sync.name, error: error.message }, 'the hold on a sync could not be renewed'),
        );
      },
      (lease * 1000) / 3,
    );
    try {
      await copy(sync, outcome);
    } catch (error) {
      outcome.error = error instanceof AppError ? error.text(systemCaller.locale) : String(error);
      log.warn({ sync: sync.name, error: String(error) }, 'a sync failed');
    } finally {
      clearInterval(renewal);
      await finish(database, sync.name, outcome).catch((error: Error) =>
        log.error({ sync: sync.name, error: error.message }, 'the outcome of a sync could not be kept'),
      );
    }
  }

  async function copy({ query, into }: SyncEntry, outcome: SyncOutcome): Promise<void> {
    const deps = { ...options, caller: systemCaller };
    const sink = 'app' in into ? await appSink(deps, into, outcome) : ledgerSink(deps, into, outcome);
    try {
      await streamSql(
        await options.scope(),
        { sql: query },
        (columns) => sink.begin(columns.map(({ name }) => name)),
        (rows) => sink.take(rows),
        { signal: stopping.signal, seconds: longest },
      );
      stopping.signal.throwIfAborted();
    } catch (error) {
      await sink.fail(error as Error);
      throw error;
    }
    await sink.end();
  }

  const tick = () => {
    round = look()
      .catch((error: Error) => log.error({ error: error.message }, 'syncs could not be looked at'))
      .then(() => {
        if (timer !== undefined) timer = setTimeout(tick, roundMs);
      });
  };

  return {
    async list(caller) {
      if (!caller.roles.has('admin') && !caller.roles.has('designer')) throw errors.forbidden();
      const states = await readStates(database);
      return states.map(({ definition, ...state }) => ({ ...definition, ...state }));
    },
    start() {
      timer = setTimeout(tick, 0);
    },
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      stopping.abort();
      await round;
      await Promise.all(running.values());
    },
  };
}
