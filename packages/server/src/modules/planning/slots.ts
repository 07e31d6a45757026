/** Lets so many run at once and the others wait in line. */
export type Slots = {
  /** Resolves with what gives the slot back; calling that twice does no harm. */
  take(): Promise<() => void>;
};

/**
 * A stream from or to a client holds a database connection for as long as the client likes; without a limit a few
 * slow ones would hold all that there are.
 */
export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    async take() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      };
    },
  };
}
