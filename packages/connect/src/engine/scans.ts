import type { Ask } from './bridge.ts';
import type { Batch, Page } from './messages.ts';
import { unpackPage } from './pages.ts';
import { anything, cellKey, nothing, type Probe } from './probes.ts';
import type { Row, ScanRequest, TableShape } from './shape.ts';

let lastScan = 0;

/**
 * The rows of one request, fetched page by page as they are looked at. Kept rows (`keep`) can be read
 * again and hashed; otherwise only the current page is held, so that memory stays flat on long streams.
 */
export class RowStore {
  readonly keep: boolean;
  private readonly table: TableShape;
  private readonly fetch: () => Batch;
  private readonly end: () => void;
  private rows: Row[] = [];
  /** Number of rows dropped before `rows[0]`. */
  private dropped = 0;
  private done = false;
  private readonly hashes = new Map<number, Map<Probe, Row[]>>();

  constructor(table: TableShape, keep: boolean, fetch: () => Batch, end: () => void) {
    this.table = table;
    this.keep = keep;
    this.fetch = fetch;
    this.end = end;
  }

  /** The row at a position, or undefined past the last one. Positions before the current page are gone unless kept. */
  at(position: number): Row | undefined {
    while (position - this.dropped >= this.rows.length) {
      if (this.done) return undefined;
      const page = this.fetch();
      this.done = page.done;
      if (this.keep) {
        for (const row of page.rows) this.rows.push(row);
      } else {
        this.dropped += this.rows.length;
        this.rows = page.rows;
      }
    }
    return this.rows[position - this.dropped];
  }

  /** Whether looking at the row after `position` may need a request. */
  blocksAfter(position: number): boolean {
    return !this.done && position - this.dropped >= this.rows.length - 1;
  }

  /** Rows whose cell in a column equals a probe; fetches the rest of the rows. Null: all rows must be looked at. */
  matching(column: number, probe: Probe): Row[] | null {
    if (probe === nothing) return [];
    if (probe === anything) return null;
    let hash = this.hashes.get(column);
    if (!hash) {
      while (!this.done) this.at(this.rows.length);
      hash = new Map();
      const type = this.table.columns[column]!.type;
      for (const row of this.rows) {
        const key = cellKey(type, row[column]!);
        if (key === undefined) continue;
        const bucket = hash.get(key);
        if (bucket) bucket.push(row);
        else hash.set(key, [row]);
      }
      this.hashes.set(column, hash);
    }
    return hash.get(probe) ?? [];
  }

  close(): void {
    if (!this.done) this.end();
    this.done = true;
    this.rows = [];
  }
}

/** A store over a source's request; a request of one table is numbered for the main thread. */
export function openScan(
  ask: Ask,
  statement: number,
  schema: string,
  table: TableShape,
  request: ScanRequest,
  keep: boolean,
): RowStore {
  const scan = ++lastScan;
  let opened = false;
  const fetch = () => {
    if (opened) return unpackPage(ask({ kind: 'next', statement, scan }) as Page);
    opened = true;
    return unpackPage(ask({ kind: 'open', statement, scan, schema, request }) as Page);
  };
  const end = () => {
    if (opened) ask({ kind: 'close', statement, scan });
  };
  return new RowStore(table, keep, fetch, end);
}

/** A text that is the same for requests that give the same rows. */
export function requestKey(request: ScanRequest): string {
  const conditions = request.conditions.map(({ column, operator, value }) => [
    column,
    operator,
    typeof value,
    String(value),
  ]);
  return JSON.stringify([request.table, request.plan, conditions]);
}
