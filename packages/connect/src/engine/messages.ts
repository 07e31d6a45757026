import type { Row, ScanRequest, TableShape, Value, WriteRequest } from './shape.ts';

/** Parameters of one run: by position, or by name without the leading `@`, `:` or `$`. */
export type Parameters = readonly Value[] | Readonly<Record<string, Value>>;

/** What the main thread asks of the worker; each is answered by one `Answer`. */
export type Command =
  | { kind: 'execute'; statement: number; sql: string; runs: Parameters[]; maxRows: number; cached: boolean }
  | { kind: 'fetch'; statement: number }
  | { kind: 'finalize'; statement: number }
  /** Runs a statement that defines something of this connection (a local view), also on later handles. */
  | { kind: 'define'; name: string; sql: string | undefined }
  /** Names the tables (`schema.table`) a statement reads. */
  | { kind: 'touches'; statement: number; sql: string }
  /** Brings the copies of tables up to date, unless they are younger than `since`; gives the number fetched anew. */
  | { kind: 'cache'; statement: number; tables: string[]; since: number; now: number; rebuild: boolean }
  /** The copies of these tables are out of date, whatever their age. */
  | { kind: 'outdate'; tables: string[] };

export interface ResultColumn {
  name: string;
  /** Declared type of the column behind it; empty for an expression. */
  declared: string;
}

/** Rows of a page on their way to the worker, column by column: fewer arrays to copy than row by row. */
export interface Page {
  count: number;
  width: number;
  columns: [at: number, cells: Value[]][];
  done: boolean;
}

export interface Batch {
  rows: Row[];
  done: boolean;
}

export interface Executed extends Batch {
  columns: ResultColumn[];
  /** Rows a write touched; -1 for a query. */
  changes: number;
}

export interface Failure {
  message: string;
  /**
   * `source`: the error is the one the main thread met; `sql`: the statement is wrong; `refused`: it asks
   * for what cannot be done; `engine`: a bug.
   */
  origin: 'source' | 'sql' | 'refused' | 'engine';
  /** Rows written before the failure. */
  changes?: number;
}

export type Answer = { id: number; value: unknown } | { id: number; failure: Failure };

/** What the worker asks of the main thread, blocking until the `Reply` comes. */
export type Call =
  | { kind: 'open'; statement: number; scan: number; schema: string; request: ScanRequest }
  | { kind: 'next'; statement: number; scan: number }
  | { kind: 'close'; statement: number; scan: number }
  | { kind: 'size'; statement: number; schema: string; table: string; lookups: number }
  | { kind: 'write'; statement: number; schema: string; request: WriteRequest }
  | { kind: 'writeAll'; statement: number; schema: string; requests: WriteRequest[] }
  | { kind: 'complete'; statement: number; tables: Record<string, string[]> };

export type Schemas = Record<string, TableShape[]>;

export type Reply = { value: unknown } | { failed: string };

/** What the worker is started with. */
export interface Start {
  port: import('node:worker_threads').MessagePort;
  /** One cell: 1 when a reply lies in the port. */
  flag: SharedArrayBuffer;
  schemas: Schemas;
  /** File of the local copy; empty: in memory. */
  cacheFile: string;
}
