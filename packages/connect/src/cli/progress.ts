import type { Connection } from '../connection.ts';

/** Milliseconds between two updates: enough to see that it goes on. */
const every = 200;

export interface Progress {
  /** One more row was written. */
  count(): void;
  /** Removes the line; further calls do nothing. */
  end(): void;
}

/** A line with rows and requests so far, on a terminal only, where the rows themselves go elsewhere. */
export function createProgress(connection: Connection): Progress {
  let rows = 0;
  const shown = Boolean(process.stderr.isTTY) && !process.stdout.isTTY;
  const draw = () => process.stderr.write(`\r\u001b[2K${rows} rows, ${connection.requests} requests`);
  const timer = shown ? setInterval(draw, every) : undefined;
  let open = shown;
  return {
    count() {
      rows += 1;
    },
    end() {
      clearInterval(timer);
      if (open) process.stderr.write('\r\u001b[2K');
      open = false;
    },
  };
}
