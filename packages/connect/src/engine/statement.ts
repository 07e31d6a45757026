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
  lastKey: Value;
  write(table: Table, request: WriteRequest): Value;
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
    lastKey: null,
    write(table, request) {
      const key = ask({ kind: 'write', statement: id, schema: table.schema, request }) as Value;
      statement.written += 1;
      if (request.kind === 'insert') statement.lastKey = key;
      return key;
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
