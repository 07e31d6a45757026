/** Hands on what it is given at most once in `everyMs` milliseconds, each thing once; the first at once. */
export function gather<T>(everyMs: number, hand: (gathered: ReadonlySet<T>) => Promise<void> | void) {
  let gathered = new Set<T>();
  let timer: NodeJS.Timeout | undefined;
  let last = 0;
  let handing: Promise<void> = Promise.resolve();

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (gathered.size === 0) return;
    const things = gathered;
    gathered = new Set();
    last = performance.now();
    handing = handing.then(() => hand(things));
  }

  return {
    add(thing: T): void {
      gathered.add(thing);
      timer ??= setTimeout(flush, Math.max(0, last + everyMs - performance.now())).unref();
    },
    /** Hands on what is left. */
    async stop(): Promise<void> {
      flush();
      await handing;
    },
  };
}
