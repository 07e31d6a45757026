import { randomUUID } from 'node:crypto';
import type { Database } from '../../platform/database/database.ts';
import type { Logger } from '../../platform/log/log.ts';
import { beat, type Claimed, claimDue, leave } from './store/claim.ts';
import { type Result, writeResults } from './store/results.ts';

export type Worker = {
  start(): Promise<void>;
  /** Takes nothing new, lets what runs finish and writes it down, gives the rest back. */
  stop(): Promise<void>;
  /** Something may be due. */
  wake(): void;
  running(): boolean;
};

/** Deliveries of one automation that are asked for at a time where its own limit is not known yet. */
const perLane = 16;
/** And holds ready beside them, so that none waits for the next claim. */
const held = 48;
/**
 * A failed connection costs three times what an answered request costs (0.5 ms against 0.16 ms of processor time): a
 * target that keeps refusing is tried once in so many milliseconds, or its backlog would slow down everybody else's.
 */
const refusedEvery = 20;
const patience = 20;
const beatEvery = 2000;
const pollEvery = 1000;
/** NOTIFY channel for processes that save but do not send. */
export const channel = 'automations';

/** `refusals`: tries in a row that failed at once, without an answer. */
type Lane = {
  app: number;
  automation: string;
  limit: number;
  refusals: number;
  waiting: Claimed[];
  sending: number;
};

/** Sends what is due until it is stopped; one lane per automation, so that a slow receiver holds up only its own. */
export function createWorker(deps: {
  database: Database;
  log: Logger;
  /** Makes one try. Does not throw. */
  send: (delivery: Claimed) => Promise<Result>;
  /** How many deliveries of this one's automation are sent at a time. */
  limitOf: (delivery: Claimed) => Promise<number>;
  /** Told of each result once it is written. */
  onResult: (delivery: Claimed, result: Result) => Promise<void>;
  /** Runs every few seconds, in every process that sends. */
  everySoOften: () => Promise<void>;
}): Worker {
  const { database, log, send, limitOf, onResult, everySoOften } = deps;
  const lanes = new Map<string, Lane>();
  const results: { delivery: Claimed; result: Result }[] = [];
  const id = randomUUID();
  let stopping = true;
  let claiming: Promise<void> | undefined;
  let again = false;
  let flushing: Promise<void> | undefined;
  let timers: NodeJS.Timeout[] = [];
  let listening = false;
  let busy = false;

  function wake(): void {
    if (stopping) return;
    again = true;
    claiming ??= claimAll().finally(() => {
      claiming = undefined;
      if (again) wake();
    });
  }

  async function claimAll(): Promise<void> {
    while (again && !stopping) {
      again = false;
      const rooms = [...lanes.values()].map(({ app, automation, limit, waiting, sending }) => ({
        app,
        automation,
        free: Math.max(0, limit + held - waiting.length - sending),
      }));
      try {
        const claimed = await claimDue(database, id, perLane + held, rooms);
        claimed.sort((a, b) => a.id - b.id);
        for (const delivery of claimed) (await laneOf(delivery)).waiting.push(delivery);
        for (const lane of lanes.values()) pump(lane);
      } catch (error) {
        log.error({ error: (error as Error).message }, 'deliveries could not be taken; trying again');
        return; // the poll asks again
      }
    }
  }

  async function laneOf(delivery: Claimed): Promise<Lane> {
    const { app, automation } = delivery;
    const key = `${app}/${automation}`;
    let lane = lanes.get(key);
    if (!lane) {
      lane = { app, automation, limit: await limitOf(delivery), refusals: 0, waiting: [], sending: 0 };
      lanes.set(key, lane);
    }
    return lane;
  }

  function pump(lane: Lane): void {
    while (lane.sending < lane.limit && lane.waiting.length > 0 && !stopping) {
      lane.sending += 1;
      void run(lane, lane.waiting.shift()!);
    }
    if (lane.sending === 0 && lane.waiting.length === 0) lanes.delete(`${lane.app}/${lane.automation}`);
  }

  async function run(lane: Lane, delivery: Claimed): Promise<void> {
    const result = await send(delivery);
    const refused = result.error !== null && result.status === null && result.ms < 1000;
    lane.refusals = refused ? lane.refusals + 1 : 0;
    results.push({ delivery, result });
    flushing ??= flush().finally(() => {
      flushing = undefined;
    });
    if (lane.refusals > patience) await new Promise((done) => setTimeout(done, lane.limit * refusedEvery));
    lane.sending -= 1;
    pump(lane);
    // asks for more before the lane runs dry, and once more when it has
    if (lane.waiting.length === held / 2 || lane.waiting.length === 0) wake();
  }

  /** Results that arrive while a batch is being written make the next one. */
  async function flush(): Promise<void> {
    while (results.length > 0) {
      const batch = results.splice(0, 500);
      try {
        await writeResults(
          database,
          id,
          batch.map(({ result }) => result),
        );
        for (const { delivery, result } of batch) await onResult(delivery, result);
        // the next ones of these records may go now
        if (batch.some(({ delivery }) => delivery.ordered)) wake();
      } catch (error) {
        log.error(
          { error: (error as Error).message },
          'results of deliveries could not be written; trying again',
        );
        results.unshift(...batch);
        await new Promise((done) => setTimeout(done, 500));
      }
    }
  }

  async function heartbeat(): Promise<void> {
    try {
      if ((await beat(database, id)) > 0) wake();
    } catch (error) {
      log.error({ error: (error as Error).message }, 'the heartbeat of the webhook sender failed');
    }
  }

  /** One at a time, however long it takes. */
  async function sometimes(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      await everySoOften();
    } catch (error) {
      log.error({ error: (error as Error).message }, 'automations that run by the clock failed');
    } finally {
      busy = false;
    }
  }

  return {
    wake,
    running: () => !stopping,
    async start() {
      stopping = false;
      await beat(database, id);
      if (!listening) await database.listen(channel, wake);
      listening = true;
      timers = [setInterval(() => void heartbeat(), beatEvery), setInterval(wake, pollEvery)];
      timers.push(setInterval(() => void sometimes(), beatEvery));
      wake();
    },
    async stop() {
      if (stopping) return;
      stopping = true;
      await claiming;
      while ([...lanes.values()].some(({ sending }) => sending > 0)) {
        await new Promise((done) => setTimeout(done, 10));
      }
      await flushing;
      await flush();
      for (const timer of timers) clearInterval(timer);
      lanes.clear();
      await leave(database, id);
    },
  };
}
