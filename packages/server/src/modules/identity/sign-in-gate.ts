import { createHmac, randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from './errors.ts';

/**
 * Stands before the password check. Nobody is ever refused because of failures: he who guesses is made slow, and the
 * right password still passes. A refusal (`tooManySignIns`) means that more checks wait than a person or a script
 * starts.
 */
export type SignInGate = {
  /**
   * @param who login name and address: failures count for this pair alone
   * @param proof the stored hash and the given password
   */
  pass(
    who: { login: string; address: string | undefined },
    proof: { hash: string; password: string },
    verify: () => Promise<boolean>,
  ): Promise<boolean>;
};

/** Failures of one login name from one address within `memory` after which it gets the slow lane. */
const freeFailures = 100;
const memory = 10 * 60_000;
/** What a failure in the slow lane takes, in milliseconds; bounds guessing to some 5 a second. */
const slowFailure = 200;
/** Checks of one pair that wait in the slow lane. */
const slowLaneLimit = 30;
/** Checks that wait in all; each takes some 30 ms of one core. */
const waitingLimit = 2000;
/** How long a right password is known again without hashing (HTTP Basic sends it with every request). */
const knownFor = 60_000;
const rememberedPairs = 10_000;

type Pair = { failures: number; until: number; waiting: number; lane: Promise<unknown> };

export function createSignInGate(): SignInGate {
  // the memory of right passwords is keyed by a value that only this process can compute
  const processKey = randomBytes(32);
  const known = new Map<string, { verdict: Promise<boolean>; until: number }>();
  const pairs = new Map<string, Pair>();
  // argon2 takes 19 MiB and a thread each: no more at once than the processor has cores
  const free = createSlots(Math.min(4, availableParallelism()), waitingLimit);

  function pairOf(login: string, address: string | undefined): Pair {
    const key = `${address ?? ''} ${login}`;
    const now = Date.now();
    let pair = pairs.get(key);
    if (pair === undefined || (pair.until < now && pair.waiting === 0)) {
      pair = { failures: 0, until: now + memory, waiting: 0, lane: Promise.resolve() };
      if (pairs.size >= rememberedPairs) pairs.delete(pairs.keys().next().value as string);
      pairs.set(key, pair);
    }
    return pair;
  }

  async function inSlowLane(pair: Pair, check: () => Promise<boolean>): Promise<boolean> {
    if (pair.waiting >= slowLaneLimit) throw errors.tooManySignIns({ retryAfter: 10 });
    pair.waiting += 1;
    const before = pair.lane;
    const turn = (async () => {
      await before;
      const right = await check();
      if (!right) await sleep(slowFailure);
      return right;
    })();
    pair.lane = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      pair.waiting -= 1;
    }
  }

  return {
    async pass({ login, address }, { hash, password }, verify) {
      const key = createHmac('sha256', processKey).update(`${hash}\0${password}`).digest('base64');
      const before = known.get(key);
      if (before !== undefined && before.until > Date.now()) return before.verdict;
      const pair = pairOf(login, address);
      const check = () => free(verify);
      const verdict = pair.failures < freeFailures ? check() : inSlowLane(pair, check);
      // the same password again while it is being checked waits for the same answer
      known.set(key, { verdict, until: Number.POSITIVE_INFINITY });
      let right = false;
      try {
        right = await verdict;
      } finally {
        known.delete(key);
      }
      if (right) {
        pair.failures = 0;
        if (known.size >= rememberedPairs) known.delete(known.keys().next().value as string);
        known.set(key, { verdict, until: Date.now() + knownFor });
      } else {
        pair.failures += 1;
      }
      return right;
    },
  };
}

/** Runs at most `count` at once; those above wait in order, at most `limit` of them. */
function createSlots(count: number, limit: number) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= count) {
      if (waiting.length >= limit) throw errors.tooManySignIns({ retryAfter: 5 });
      await new Promise<void>((start) => waiting.push(start));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
