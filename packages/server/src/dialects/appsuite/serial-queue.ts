/** One call at a time, in the order in which they came (appsuite §2.4). */
export type SerialQueue = {
  /** Waits for its turn; the result ends it. Undefined: too many wait, answer 429. */
  enter(): Promise<() => void> | undefined;
};

const mayWait = 10;
/** How long calls are refused once too many waited, in milliseconds. */
const refusing = 10_000;

export function createSerialQueue(now: () => number = Date.now): SerialQueue {
  const waiting: (() => void)[] = [];
  let busy = false;
  let refuseUntil = 0;

  function leave(): void {
    const next = waiting.shift();
    if (next) next();
    else busy = false;
  }

  return {
    enter() {
      if (now() < refuseUntil) return undefined;
      if (!busy) {
        busy = true;
        return Promise.resolve(leave);
      }
      if (waiting.length >= mayWait) {
        refuseUntil = now() + refusing;
        return undefined;
      }
      return new Promise((resolve) => {
        waiting.push(() => resolve(leave));
      });
    },
  };
}
