import { quoted } from '../sql/quoted.ts';
import { type Ask, SourceFailure } from './bridge.ts';
import { createCache } from './cache.ts';
import { declareTables, type Handle, openHandle } from './handle.ts';
import type {
  Batch,
  Command,
  Executed,
  Failure,
  Parameters,
  ResultColumn,
  Schemas,
  Start,
} from './messages.ts';
import type { Row, Value } from './shape.ts';
import type { Pointer, Sqlite } from './sqlite.ts';
import { newStatement, type RunningStatement } from './statement.ts';

/** Most rows handed over at once: a page of Highrise. */
const batchSize = 500;
const row = 100;
const done = 101;

/** A statement that SQLite does not understand, or parameters that do not fit it. */
class SqlError extends Error {}

/** A statement that asks for what a table cannot do. */
class RefusedError extends Error {}

export interface Executor {
  run(command: Command): unknown;
  failureOf(error: unknown): Failure;
}

interface Running {
  statement: RunningStatement;
  handle: Handle;
  columns: number;
  left: number;
}

/** Runs commands on SQLite; every call returns only when its work is done. */
export function createExecutor(
  sqlite: Sqlite,
  ask: Ask,
  start: Pick<Start, 'schemas' | 'cacheFile'>,
): Executor {
  const { exports } = sqlite;
  const running = new Map<number, Running>();
  const definitions = new Map<string, string>();
  let { schemas } = start;
  let lastKey: Value = null;
  let current: RunningStatement = newStatement(0, ask);
  let handle = open();
  const cache = createCache(sqlite, start.cacheFile);

  function open(): Handle {
    const fresh = openHandle(sqlite, () => lastKey);
    declareTables(sqlite, fresh, schemas, ask, () => current);
    for (const sql of definitions.values()) fresh.execute(sql);
    return fresh;
  }

  /** Tables a statement names, directly or in a view, whose columns are not all known yet. */
  function incompleteIn(sql: string): Record<string, string[]> {
    const whole = [sql, ...definitions.values()].join('\n');
    const entries = Object.entries(schemas).map(([schema, tables]): [string, string[]] => {
      const named = tables.filter(
        ({ name, incomplete }) => incomplete && new RegExp(`\\b${name}\\b`, 'i').test(whole),
      );
      return [schema, named.map(({ name }) => name)];
    });
    return Object.fromEntries(entries.filter(([, names]) => names.length > 0));
  }

  /** Takes over changed shapes on a new handle, as tables in use cannot be declared again. */
  function complete(statement: RunningStatement, tables: Record<string, string[]>): boolean {
    if (Object.keys(tables).length === 0) return false;
    const changed = ask({ kind: 'complete', statement: statement.id, tables }) as Schemas | undefined;
    if (!changed) return false;
    schemas = changed;
    const old = handle;
    handle = open();
    if (old.open.size === 0) old.close();
    return true;
  }

  function compile(sql: string, on: Handle = handle): Pointer {
    const text = sqlite.allocate(sql);
    const out = exports.sqlite3_malloc!(8);
    try {
      const code = exports.sqlite3_prepare_v2!(on.database, text, -1, out, out + 4);
      if (code !== 0) {
        if (current.failure) throw current.failure;
        if (current.refusal) throw new RefusedError(current.refusal);
        throw new SqlError(explained(on.message(), current));
      }
      const pointer = sqlite.readPointer(out);
      if (pointer === 0) throw new SqlError('The statement is empty');
      const rest = sqlite.text(sqlite.readPointer(out + 4)) ?? '';
      if (/[^\s;]/.test(rest.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ''))) {
        exports.sqlite3_finalize!(pointer);
        throw new SqlError('Only one statement can be run at a time');
      }
      return pointer;
    } finally {
      exports.sqlite3_free!(out);
      exports.sqlite3_free!(text);
    }
  }

  /** Whether a statement has a `*` that may stand for columns that are not known yet. */
  const hasStar = (sql: string) =>
    /\*/.test(
      [sql, ...definitions.values()]
        .join('\n')
        .replace(/'[^']*'/g, '')
        .replace(/\(\s*\*\s*\)/g, ''),
    );

  /** Prepares a statement; columns that only the service knows are read when it may mean one of them. */
  function prepare(statement: RunningStatement, sql: string): Pointer {
    current = statement;
    if (hasStar(sql)) complete(statement, incompleteIn(sql));
    try {
      return compile(sql);
    } catch (error) {
      const missing = error instanceof SqlError && /no such column|has no column named/.test(error.message);
      if (!missing || !complete(statement, incompleteIn(sql))) throw error;
      return compile(sql);
    }
  }

  /** Reads off the program of a statement how often it opens a table and whether it aggregates. */
  function inspect(sql: string, on: Handle): { scans: number; aggregates: boolean } {
    const pointer = compile(`EXPLAIN ${sql}`, on);
    let scans = 0;
    let aggregates = false;
    while (exports.sqlite3_step!(pointer) === row) {
      const opcode = sqlite.column(pointer, 1);
      if (opcode === 'VOpen') scans += 1;
      if (opcode === 'AggStep' || opcode === 'AggFinal' || opcode === 'AggStep1') aggregates = true;
    }
    exports.sqlite3_finalize!(pointer);
    return { scans, aggregates };
  }

  function bind(pointer: Pointer, parameters: Parameters): void {
    const count = exports.sqlite3_bind_parameter_count!(pointer);
    const byPosition = Array.isArray(parameters);
    if (byPosition && parameters.length !== count) {
      throw new SqlError(`The statement has ${count} parameters, ${parameters.length} were given`);
    }
    for (let i = 1; i <= count; i += 1) {
      let value: Value | undefined;
      if (byPosition) value = parameters[i - 1];
      else {
        const name = sqlite.text(exports.sqlite3_bind_parameter_name!(pointer, i))?.slice(1);
        value = name === undefined ? undefined : (parameters as Record<string, Value>)[name];
        if (value === undefined) throw new SqlError(`No value was given for parameter ${name ?? i}`);
      }
      bindValue(pointer, i, value!);
    }
  }

  function bindValue(pointer: Pointer, i: number, value: Value): void {
    if (value === null) exports.sqlite3_bind_null!(pointer, i);
    else if (typeof value === 'bigint') exports.sqlite3_bind_int64!(pointer, i, value);
    else if (typeof value === 'number') {
      if (Number.isSafeInteger(value)) exports.sqlite3_bind_int64!(pointer, i, BigInt(value));
      else exports.sqlite3_bind_double!(pointer, i, value);
    } else {
      const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
      const at = exports.sqlite3_malloc!(bytes.length || 1);
      sqlite.wasm.heap8u().set(bytes, at);
      const set = typeof value === 'string' ? exports.sqlite3_bind_text! : exports.sqlite3_bind_blob!;
      set(pointer, i, at, bytes.length, -1);
      exports.sqlite3_free!(at);
    }
  }

  function describe(pointer: Pointer): ResultColumn[] {
    return Array.from({ length: exports.sqlite3_column_count!(pointer) }, (_, i) => ({
      name: sqlite.text(exports.sqlite3_column_name!(pointer, i))!,
      declared: sqlite.text(exports.sqlite3_column_decltype!(pointer, i)) ?? '',
    }));
  }

  /** One step; undefined at the end. */
  function step({ statement, handle: own, columns }: Running): Row | undefined {
    current = statement;
    const code = exports.sqlite3_step!(statement.pointer);
    if (code === row) {
      const values: Row = [];
      for (let i = 0; i < columns; i += 1) values.push(sqlite.column(statement.pointer, i));
      return values;
    }
    if (code === done) return undefined;
    if (statement.failure) throw statement.failure;
    throw new SqlError(explained(own.message(), statement));
  }

  /**
   * Steps until a batch is full, or until rows are there and the next step may need a request: what the
   * caller does not ask for is not fetched.
   */
  function batch(id: number): Batch {
    const entry = running.get(id);
    if (!entry) return { rows: [], done: true };
    const rows: Row[] = [];
    while (rows.length < batchSize && entry.left !== 0) {
      const next = step(entry);
      if (!next) {
        finalize(id);
        return { rows, done: true };
      }
      rows.push(next);
      entry.left -= 1;
      if (mayBlock(entry.statement)) break;
    }
    if (entry.left === 0) finalize(id);
    return { rows, done: entry.left === 0 };
  }

  function finalize(id: number): void {
    const entry = running.get(id);
    if (!entry) return;
    running.delete(id);
    current = entry.statement;
    exports.sqlite3_finalize!(entry.statement.pointer);
    for (const store of entry.statement.stores.values()) store.close();
    entry.handle.open.delete(entry.statement);
    if (entry.handle !== handle && entry.handle !== cache.handle && entry.handle.open.size === 0)
      entry.handle.close();
  }

  function execute({ statement: id, sql, runs, maxRows, cached }: Command & { kind: 'execute' }): Executed {
    const statement = newStatement(id, ask);
    current = statement;
    const pointer = cached ? compile(sql, cache.handle) : prepare(statement, sql);
    const on = cached ? cache.handle : handle;
    statement.pointer = pointer;
    const columns = describe(pointer);
    const entry: Running = { statement, handle: on, columns: columns.length, left: -1 };
    running.set(id, entry);
    on.open.add(statement);
    try {
      if ((cached || statement.touched.size > 0) && exports.sqlite3_stmt_isexplain!(pointer) === 0) {
        const { scans, aggregates } = inspect(sql, on);
        statement.keep = scans > 1;
        if (maxRows >= 0 && !aggregates) entry.left = maxRows;
      }
      statement.updates = exports.sqlite3_stmt_readonly!(pointer) === 0;
      if (columns.length > 0) {
        bind(pointer, runs[0] ?? []);
        return { columns, ...batch(id), changes: -1 };
      }
      for (const parameters of runs) {
        bind(pointer, parameters);
        step(entry);
        exports.sqlite3_reset!(pointer);
        statement.stores.clear();
      }
      if (statement.lastKey !== null) lastKey = statement.lastKey;
      finalize(id);
      return { columns, rows: [], done: true, changes: statement.updates ? statement.written : -1 };
    } catch (error) {
      if (statement.lastKey !== null) lastKey = statement.lastKey;
      finalize(id);
      if (statement.written > 0) Object.assign(error as Error, { changes: statement.written });
      throw error;
    }
  }

  /** Copies tables, or what changed in them. */
  function fillCache(
    statement: RunningStatement,
    { tables, since, now, rebuild }: Command & { kind: 'cache' },
  ): void {
    const outdated = tables.filter((table) => !cache.isFresh(table, since));
    if (outdated.length === 0) return;
    current = statement;
    complete(statement, incompleteIn(outdated.join(' ')));
    const read = (sql: string, parameters: Parameters, each: (values: Row) => void) => {
      const own = newStatement(statement.id, ask);
      const pointer = prepare(own, sql);
      own.pointer = pointer;
      const entry: Running = {
        statement: own,
        handle,
        columns: exports.sqlite3_column_count!(pointer),
        left: -1,
      };
      try {
        bind(pointer, parameters);
        for (let values = step(entry); values; values = step(entry)) each(values);
      } finally {
        exports.sqlite3_finalize!(pointer);
        for (const store of own.stores.values()) store.close();
      }
    };
    for (const name of outdated) {
      const [schema, table] = name.split('.') as [string, string];
      cache.fill(schemas[schema]!.find((shape) => shape.name === table)!, name, {
        read,
        bind: bindValue,
        now,
        rebuild,
      });
    }
    cache.save();
  }

  /** Defines a view on this handle and on those that will follow; undefined removes it. */
  function define(name: string, sql: string | undefined): void {
    current = newStatement(0, ask);
    const drop = `DROP VIEW IF EXISTS temp.${quoted(name)}`;
    handle.execute(drop);
    cache.handle.execute(drop);
    definitions.delete(name);
    if (sql === undefined) return;
    try {
      handle.execute(sql);
      cache.handle.execute(sql);
    } catch (error) {
      throw new SqlError((error as Error).message);
    }
    definitions.set(name, sql);
  }

  return {
    run(command) {
      if (command.kind === 'execute') return execute(command);
      if (command.kind === 'fetch') {
        try {
          return batch(command.statement);
        } catch (error) {
          finalize(command.statement);
          throw error;
        }
      }
      if (command.kind === 'finalize') return finalize(command.statement);
      if (command.kind === 'define') {
        return define(command.name, command.sql);
      }
      if (command.kind === 'outdate') return cache.outdate(command.tables);
      const statement = newStatement(command.statement, ask);
      if (command.kind === 'cache') return fillCache(statement, command);
      exports.sqlite3_finalize!(prepare(statement, command.sql));
      return [...statement.touched];
    },
    failureOf(error) {
      const { message, changes } = error as Error & { changes?: number };
      const origin =
        error instanceof SourceFailure
          ? 'source'
          : error instanceof SqlError
            ? 'sql'
            : error instanceof RefusedError
              ? 'refused'
              : 'engine';
      return { message, origin, ...(changes === undefined ? {} : { changes }) };
    },
  };
}

function mayBlock(statement: RunningStatement): boolean {
  for (const cursor of statement.cursors) if (cursor.mayBlock()) return true;
  return false;
}

/** SQLite's message, in this library's words where SQLite cannot know what was missing. */
function explained(message: string, statement: RunningStatement): string {
  if (/no query solution/.test(message) && statement.unmet) {
    return `${statement.unmet.name} cannot be read as a whole: ${statement.unmet.needs ?? 'a condition is missing'}`;
  }
  return message;
}
