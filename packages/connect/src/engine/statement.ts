import type { Ask } from './bridge.ts';
import type { TableCursor } from './cursor.ts';
import type { RowStore } from './scans.ts';
import type { Row, TableShape, Value, WriteRequest } from './shape.ts';
import type { Pointer } from './sqlite.ts';
import type { Table } from './virtual-table.ts';

/** A prepared statement and what its scans have fetched so far. */
export interface RunningStatement {
  id: number;
  pointer: Pointer;
  /** Several scans: rows are kept, so that each list is fetched once per statement. */
  keep: boolean;
  /** An UPDATE: unchanged cells are left out. */
  updates: boolean;
  stores: Map<string, RowStore>;
  cursors: Set<TableCursor>;
  /** Single requests made so far, per table that could be fetched whole. */
  lookups: Map<string, number>;
  /** `schema.table` of every table planned. */
  touched: Set<string>;
  /** Bits of the columns looked at, per table. */
  columnsUsed: Map<string, bigint>;
  /** A table whose required conditions were not given. */
  unmet: TableShape | undefined;
  /** Why the statement may not be run. */
  refusal: string | undefined;
  /** What a callback threw. */
  failure: unknown;
  /** Rows written so far. */
  written: number;
  /** Writes that are done together when the statement has ended, all to one table. */
  pending: { schema: string; requests: WriteRequest[] };
  lastKey: Value;
  write(table: Table, request: WriteRequest): Value;
  /** Does what is pending. */
  flush(): void;
  /** Row number of a row whose key is no integer; the same for the same row throughout the statement. */
  numberOf(table: Table, row: Row, key: Value | undefined): bigint;
  /** The key behind a row number. */
  keyOf(table: Table, number: number | bigint): Value;
}

export function newStatement(id: number, ask: Ask): RunningStatement {
  const numbers = new Map<string, bigint>();
  const keys = new Map<string, Value>();
  const statement: RunningStatement = {
    id,
    pointer: 0,
    keep: false,
    updates: false,
    stores: new Map(),
    cursors: new Set(),
    lookups: new Map(),
    touched: new Set(),
    columnsUsed: new Map(),
    unmet: undefined,
    refusal: undefined,
    failure: undefined,
    written: 0,
    pending: { schema: '', requests: [] },
    lastKey: null,
    write(table, request) {
      if (table.shape.together) {
        statement.pending.schema = table.schema;
        statement.pending.requests.push(request);
        return null;
      }
      const key = ask({ kind: 'write', statement: id, schema: table.schema, request }) as Value;
      statement.written += 1;
      if (request.kind === 'insert') statement.lastKey = key;
      return key;
    },
    flush() {
      const { schema, requests } = statement.pending;
      if (requests.length === 0) return;
      statement.pending = { schema: '', requests: [] };
      const keys = ask({ kind: 'writeAll', statement: id, schema, requests }) as Value[];
      statement.written += requests.length;
      if (requests.at(-1)!.kind === 'insert') statement.lastKey = keys.at(-1) ?? null;
    },
    numberOf(table, row, key) {
      const name = JSON.stringify([
        table.schema,
        table.shape.name,
        key === undefined ? row.map(String) : String(key),
      ]);
      let number = numbers.get(name);
      if (number === undefined) {
        number = BigInt(numbers.size + 1);
        numbers.set(name, number);
        keys.set(`${table.schema}.${table.shape.name} ${number}`, key ?? null);
      }
      return number;
    },
    keyOf(table, number) {
      return keys.get(`${table.schema}.${table.shape.name} ${number}`) ?? number;
    },
  };
  return statement;
}
