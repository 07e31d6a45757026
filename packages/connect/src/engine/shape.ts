/** What a cell may hold on its way through the engine; booleans travel as 0 and 1. */
export type Value = null | number | bigint | string | Uint8Array;
export type Row = Value[];

/** Column types as `description` and the metadata tables name them (connector §3.3). */
export type ColumnType = 'Integer' | 'String' | 'Boolean' | 'Datetime' | 'Date' | 'Double';

export type Operator = '=' | '>' | '>=' | '<' | '<=';

export interface ColumnShape {
  name: string;
  type: ColumnType;
  /** Not part of `SELECT *`: a pseudo-column. */
  hidden?: boolean;
  /** UPDATE refuses it. */
  readOnly?: boolean;
  /** There is always a value. */
  required?: boolean;
}

/** One way to ask the source for rows of a table. */
export interface PlanShape {
  /** What `EXPLAIN QUERY PLAN` shows, such as `GET /people.xml?title=`. */
  label: string;
  /** Conditions that must all be given for this way to be open; none: the whole table. */
  uses: { column: string; operators: readonly Operator[] }[];
  /** Gives at most one row for each value of its one condition. */
  single?: boolean;
  /** Rows to expect, for the order of joins. */
  rows?: number;
}

/** A table as the engine sees it. Structured-cloneable, as it goes to the worker. */
export interface TableShape {
  name: string;
  columns: ColumnShape[];
  /** Name of the column that identifies a row; integer keys double as row ids. */
  key?: string;
  plans: PlanShape[];
  /** Rows on a full page, or undefined where lists are not paged. */
  pageSize?: number;
  /** Columns are still to be read from the service (custom fields). */
  incomplete?: boolean;
  /**
   * How a copy of the table is brought up to date: rows changed since a time in `column`, and where the ids
   * of deleted rows are listed.
   */
  changes?: { column: string; deletions?: { table: string; type: string } };
  /** What can be written; absent: nothing. */
  writes?: { insert: boolean; update: boolean; delete: boolean };
  /** What a statement writes is handed to `writeAll` when it has ended: all of it is done or nothing. */
  together?: boolean;
  /** Why nothing can be written, where it is not that the table is a view. */
  refusal?: string;
  /** Said when a query gives none of the conditions that the plans need. */
  needs?: string;
}

/** A request for the rows of one plan. */
export interface ScanRequest {
  table: string;
  /** Index into the table's plans. */
  plan: number;
  /** One condition per entry of the plan's `uses`, in that order. */
  conditions: { column: string; operator: Operator; value: Value }[];
  /** Columns the statement looks at; others may be left null. Absent: all. */
  columns?: string[];
}

export type WriteRequest =
  | { table: string; kind: 'insert'; values: Record<string, Value> }
  | { table: string; kind: 'update'; key: Value; values: Record<string, Value> }
  | { table: string; kind: 'delete'; key: Value };

/** Something that holds tables: a SaaS account, or whatever a host of this library adds. */
export interface Source {
  /** The tables; called again after `complete` said that columns were added. */
  tables(): TableShape[];
  /** Reads the columns of these tables that only the service knows; true when shapes changed. */
  complete?(tables: readonly string[], signal: AbortSignal): Promise<boolean>;
  /** The rows of a request, page by page; a page is asked for only when the engine needs it. */
  scan(request: ScanRequest, signal: AbortSignal): AsyncIterator<Row[]>;
  /** Rows a table is thought to hold; `lookups` is how many single reads the answer may save. */
  size?(table: string, lookups: number, signal: AbortSignal): Promise<number | undefined>;
  /** Does one write and answers the key of the row written. Without it the source is read-only. */
  write?(request: WriteRequest, signal: AbortSignal): Promise<Value>;
  /** Does all that one statement writes to a table whose shape says `together`, or nothing; answers the keys. */
  writeAll?(requests: readonly WriteRequest[], signal: AbortSignal): Promise<Value[]>;
  close?(): Promise<void> | void;
}
