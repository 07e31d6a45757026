import { quoted } from '../sql/quoted.ts';
import type { Ask } from './bridge.ts';
import { compareInstants } from './instants.ts';
import type { Schemas } from './messages.ts';
import type { TableShape, Value } from './shape.ts';
import type { Pointer, Sqlite } from './sqlite.ts';
import type { RunningStatement } from './statement.ts';
import { registerModule } from './virtual-table.ts';

const utf8 = 1;
const deterministic = 0x800;

/** SQLITE_LIMIT_LENGTH: bytes of a text or blob. */
const lengthLimit = 0;
const longestValue = 64 * 2 ** 20;

/** A database handle of SQLite on which all tables of all sources are declared. */
export interface Handle {
  database: Pointer;
  /** Statements that still use it; a handle that was replaced is closed when none is left. */
  open: Set<RunningStatement>;
  execute(sql: string): void;
  message(): string;
  close(): void;
}

/** Opens an empty in-memory database with the functions and the collation of this library's SQL. */
export function openHandle(sqlite: Sqlite, lastKey: () => Value): Handle {
  const { capi, exports, wasm } = sqlite;
  const out = exports.sqlite3_malloc!(4);
  const name = sqlite.allocate(':memory:');
  exports.sqlite3_open_v2!(name, out, 6, 0);
  exports.sqlite3_free!(name);
  const database = sqlite.readPointer(out);
  exports.sqlite3_free!(out);

  // A single statement must not take the process's memory: `hex(zeroblob(400000000))` took 2 GB.
  exports.sqlite3_limit!(database, lengthLimit, longestValue);

  const compare = (_context: Pointer, n: number, a: Pointer, m: number, b: Pointer) => {
    const heap = wasm.heap8u();
    // Both of the form 2007-03-10T15:11:52Z: the bytes are in the order of the instants.
    if (n === 20 && m === 20 && heap[a + 19] === 90 && heap[b + 19] === 90) {
      for (let i = 0; i < 19; i += 1) {
        const difference = heap[a + i]! - heap[b + i]!;
        if (difference !== 0) return difference;
      }
      return 0;
    }
    const decoder = new TextDecoder();
    const text = (at: Pointer, length: number) => decoder.decode(heap.subarray(at, at + length));
    return Math.sign(compareInstants(text(a, n), text(b, m)));
  };
  capi.sqlite3_create_collation_v2(
    database as never,
    'INSTANT',
    utf8,
    0 as never,
    compare as never,
    0 as never,
  );

  const define = (label: string, count: number, flags: number, work: (...values: Value[]) => Value) => {
    const call = (context: Pointer, given: number, argv: Pointer) => {
      const values: Value[] = [];
      for (let i = 0; i < given; i += 1) values.push(sqlite.value(sqlite.readPointer(argv + 4 * i)));
      sqlite.result(context, work(...values));
    };
    capi.sqlite3_create_function_v2(
      database as never,
      label,
      count,
      (utf8 | flags) as 1,
      0 as never,
      wasm.installFunction('v(pip)', call as never) as never,
      0 as never,
      0 as never,
      0 as never,
    );
  };
  const contains = (whole: Value | undefined, part: Value | undefined): Value => {
    if (whole === null || part === null) return null;
    return String(whole).toLowerCase().includes(String(part).toLowerCase()) ? 1 : 0;
  };
  define('SCOPE_IDENTITY', 0, 0, lastKey);
  define('CONTAINS', 2, deterministic, contains);
  // `a CONTAINS b` reaches SQLite as `a MATCH b`, which is match(b, a).
  define('MATCH', 2, deterministic, (part, whole) => contains(whole, part));

  const handle: Handle = {
    database,
    open: new Set(),
    execute(sql) {
      const text = sqlite.allocate(sql);
      const code = exports.sqlite3_exec!(database, text, 0, 0, 0);
      exports.sqlite3_free!(text);
      if (code !== 0) throw new Error(handle.message());
    },
    message: () => sqlite.text(exports.sqlite3_errmsg!(database)) ?? '',
    close: () => {
      exports.sqlite3_close_v2!(database);
    },
  };
  return handle;
}

const insert = 18;
const update = 23;
const remove = 9;
const deny = 1;
const kinds = new Map<number, 'insert' | 'update' | 'delete'>([
  [insert, 'insert'],
  [update, 'update'],
  [remove, 'delete'],
]);

/**
 * Lets SQLite ask, while a statement is prepared, whether it may write: what cannot be written is refused
 * before any request is made.
 */
function guardWrites(
  sqlite: Sqlite,
  handle: Handle,
  find: (schema: string, table: string) => TableShape | undefined,
  current: () => RunningStatement,
): void {
  const ask = (_: Pointer, action: number, table: string, column: string, schema: string) => {
    const kind = kinds.get(action);
    const shape = kind && find(schema, table);
    if (!kind || !shape) return 0;
    const refuse = (why: string) => {
      current().refusal ??= why;
      return deny;
    };
    const verb = kind.toUpperCase();
    if (shape.refusal) return refuse(`${verb} on ${table} is refused: ${shape.refusal}`);
    if (!shape.writes) return refuse(`${verb} is not supported for ${table}, which is a view`);
    if (!shape.writes[kind]) return refuse(`${verb} is not supported for ${table}`);
    const named =
      kind === 'update'
        ? shape.columns.find(({ name }) => name.toLowerCase() === column.toLowerCase())
        : undefined;
    if (named?.readOnly) return refuse(`${table}.${named.name} is read-only`);
    return 0;
  };
  sqlite.capi.sqlite3_set_authorizer(handle.database as never, ask as never, 0 as never);
}

/** Declares the tables of every schema; those of `main` can be named without their schema. */
export function declareTables(
  sqlite: Sqlite,
  handle: Handle,
  schemas: Schemas,
  ask: Ask,
  current: () => RunningStatement,
): void {
  const shapes = new Map<string, TableShape>();
  for (const [schema, tables] of Object.entries(schemas)) {
    for (const shape of tables) shapes.set(`${schema}.${shape.name}`, shape);
  }
  registerModule(sqlite, handle.database, (schema, table) => shapes.get(`${schema}.${table}`)!, ask, current);
  for (const [schema, tables] of Object.entries(schemas)) {
    if (schema !== 'main') handle.execute(`ATTACH ':memory:' AS ${quoted(schema)}`);
    for (const shape of tables) {
      handle.execute(`CREATE VIRTUAL TABLE ${quoted(schema)}.${quoted(shape.name)} USING source`);
    }
  }
  guardWrites(sqlite, handle, (schema, table) => shapes.get(`${schema}.${table}`), current);
}
