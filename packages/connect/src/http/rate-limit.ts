import { setTimeout as sleep } from 'node:timers/promises';

/** At most `requests` within any `seconds`, for requests whose path and query match. */
export interface RateLimit {
  requests: number;
  seconds: number;
  /** Matched against path and query; absent: every request. */
  match?: RegExp;
}

/** Keeps requests under a service's limits by letting them wait for their turn. */
export interface RateLimiter {
  /** Resolves when the request may be sent. */
  turn(target: string, signal: AbortSignal): Promise<void>;
}

/** Requests sent just inside a window may arrive closer together than they left. */
const margin = 150;

/** A sliding window per limit; a request must pass all limits that match it. */
function createRateLimiter(limits: readonly RateLimit[]): RateLimiter {
  const windows = limits.map((limit) => ({ ...limit, sent: [] as number[] }));
  let queue: Promise<void> = Promise.resolve();

  async function pass(target: string, signal: AbortSignal): Promise<void> {
    const concerned = windows.filter(({ match }) => !match || match.test(target));
    for (;;) {
      const now = performance.now();
      let wait = 0;
      for (const window of concerned) {
        const span = window.seconds * 1000 + margin;
        while (window.sent.length > 0 && window.sent[0]! <= now - span) window.sent.shift();
        if (window.sent.length >= window.requests) wait = Math.max(wait, window.sent[0]! + span - now);
      }
      if (wait <= 0) {
        for (const window of concerned) window.sent.push(now);
        return;
      }
      await sleep(wait, undefined, { signal });
    }
  }

  return {
    turn(target, signal) {
      // One after the other, so that those who wait are served in order.
      const mine = queue.then(() => pass(target, signal));
      queue = mine.catch(() => undefined);
      return mine;
    },
  };
}

const shared = new Map<string, RateLimiter>();

/** The limiter that all connections of this process to one account share, as the service counts them together. */
export function sharedRateLimiter(account: string, limits: readonly RateLimit[]): RateLimiter {
  const limiter = shared.get(account) ?? createRateLimiter(limits);
  shared.set(account, limiter);
  return limiter;
}
