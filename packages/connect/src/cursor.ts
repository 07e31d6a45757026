import type { Batch } from './engine/messages.ts';
import type { ColumnType, Row as EngineRow, Value } from './engine/shape.ts';
import { InterfaceError, ProgrammingError } from './errors.ts';
import type { ParameterList } from './parameters.ts';

/** A value as a query gives it: integers beyond 2^53 as bigint, date-times as ISO 8601 text in UTC. */
export type Cell = string | number | bigint | boolean | null | Uint8Array;
/** A row as a tuple, in the order of `description`. */
export type Row = Cell[];

/** A column of a result (PEP 249 `description`). */
export interface Column {
  name: string;
  type: ColumnType;
  /** False only where the source says that there is always a value. */
  nullable: boolean;
}

/** What running a statement gave: rows still to come, or what a write did. */
export interface Result {
  /** Empty for a write. */
  columns: Column[];
  rowCount: number;
  first: Batch;
  more(): Promise<Batch>;
}

/** Runs a statement; `began` is told early how to stop it, while it may still wait for its first rows. */
export type Run = (
  sql: string,
  parameters: ParameterList[],
  began: (end: () => Promise<void>) => void,
) => Promise<Result>;

/** Batches after which the next is fetched while one is being read: who reads that far goes on. */
const readsOn = 8;

/** Rows of a statement, fetched as they are asked for (contract §6). */
export class Cursor implements AsyncIterable<Row> {
  /** Rows that `fetchMany` gives when it is not told how many. */
  arraySize = 100;
  private readonly run: Run;
  private result: Result | undefined;
  private end: (() => Promise<void>) | undefined;
  /** Positions of the columns whose 0 and 1 are false and true. */
  private booleans: number[] = [];
  private buffer: EngineRow[] = [];
  private position = 0;
  private done = true;
  private batches = 0;
  private following: Promise<Batch> | undefined;
  private closed = false;

  constructor(run: Run) {
    this.run = run;
  }

  /** Columns of the result; empty after a write, or before a statement. */
  get description(): readonly Column[] {
    return this.result?.columns ?? [];
  }

  /** Rows a write touched; -1 where unknown, as for a query. */
  get rowCount(): number {
    return this.result?.rowCount ?? -1;
  }

  /** Runs a statement up to its first rows; rows of an earlier one are given up. */
  async execute(sql: string, parameters: ParameterList = []): Promise<this> {
    return this.start(sql, [parameters]);
  }

  /** Runs a write once for each set of parameters; `rowCount` is the sum. */
  async executeMany(sql: string, sets: readonly ParameterList[]): Promise<this> {
    return this.start(sql, [...sets]);
  }

  private async start(sql: string, sets: ParameterList[]): Promise<this> {
    this.assertOpen();
    await this.end?.();
    this.result = undefined;
    this.following = undefined;
    this.batches = 0;
    this.load({ rows: [], done: true });
    this.result = await this.run(sql, sets, (end) => {
      this.end = end;
    });
    this.booleans = this.result.columns.flatMap(({ type }, i) => (type === 'Boolean' ? [i] : []));
    this.load(this.result.first);
    return this;
  }

  private load(batch: Batch): void {
    this.buffer = batch.rows;
    this.position = 0;
    this.done = batch.done;
  }

  private assertOpen(): void {
    if (this.closed) throw new InterfaceError('The cursor is closed');
  }

  /** Makes sure a row is buffered; false at the end. */
  private async fill(): Promise<boolean> {
    this.assertOpen();
    const { result } = this;
    if (!result || result.columns.length === 0)
      throw new ProgrammingError('There are no rows to fetch: no query was run');
    while (this.position >= this.buffer.length) {
      if (this.done) return false;
      const batch = await (this.following ?? result.more());
      this.assertOpen();
      this.load(batch);
      this.batches += 1;
      this.following = undefined;
      if (!batch.done && this.batches >= readsOn) {
        this.following = result.more();
        // Who stops reading here does not want to hear of it.
        this.following.catch(() => undefined);
      }
    }
    return true;
  }

  private take(): Row {
    const row = this.buffer[this.position]!;
    this.position += 1;
    return outgoing(row, this.booleans);
  }

  /** The next row, or undefined after the last one. */
  async fetchOne(): Promise<Row | undefined> {
    return (await this.fill()) ? this.take() : undefined;
  }

  /** Up to `count` rows; fewer only at the end. */
  async fetchMany(count: number = this.arraySize): Promise<Row[]> {
    const rows: Row[] = [];
    while (rows.length < count && (await this.fill())) rows.push(this.take());
    return rows;
  }

  /** All rows that are left. */
  async fetchAll(): Promise<Row[]> {
    const rows: Row[] = [];
    while (await this.fill()) {
      while (this.position < this.buffer.length) rows.push(this.take());
    }
    return rows;
  }

  /** Streams rows page by page; leaving the loop closes the cursor, and no further page is asked for. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined> {
    try {
      while (await this.fill()) {
        while (!this.closed && this.position < this.buffer.length) yield this.take();
      }
    } finally {
      await this.close();
    }
  }

  /** Stops the statement, also one that runs; closing again is no error. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.buffer = [];
    await this.end?.();
  }
}

function outgoing(row: EngineRow, booleans: readonly number[]): Row {
  for (const i of booleans) {
    if (row[i] === 0 || row[i] === 1) (row as (Value | boolean)[])[i] = row[i] === 1;
  }
  return row as Row;
}
