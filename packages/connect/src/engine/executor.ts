import { quoted } from '../sql/quoted.ts';
import { type Ask, SourceFailure } from './bridge.ts';
import { createCache } from './cache.ts';
import { createCompiler, explained, finished, RefusedError, rowReady, SqlError } from './compiler.ts';
import { declareTables, type Handle, openHandle } from './handle.ts';
import type { Batch, Command, Executed, Failure, Parameters, Schemas, Start } from './messages.ts';
import type { Row, Value } from './shape.ts';
import type { Pointer, Sqlite } from './sqlite.ts';
import { newStatement, type RunningStatement } from './statement.ts';

/** Most rows handed over at once: a page of Highrise. */
const batchSize = 500;
/** Characters of text handed over at once, so that long texts do not pile up. */
const batchCharacters = 4_000_000;
/** Batches after which a query is taken for a long one, and its rows are handed over more at a time. */
const shortQuery = 8;
const longBatch = 2000;

export interface Executor {
  run(command: Command): unknown;
  failureOf(error: unknown): Failure;
}

interface Running {
  statement: RunningStatement;
  handle: Handle;
  columns: number;
  left: number;
  batches: number;
}

/** Runs commands on SQLite; every call returns only when its work is done. */
export function createExecutor(
  sqlite: Sqlite,
  ask: Ask,
  start: Pick<Start, 'schemas' | 'cacheFile'>,
): Executor {
  const { exports } = sqlite;
  const { compile, inspect, bind, bindValue, describe } = createCompiler(sqlite);
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
      return compile(sql, handle, statement);
    } catch (error) {
      const missing = error instanceof SqlError && /no such column|has no column named/.test(error.message);
      if (!missing || !complete(statement, incompleteIn(sql))) throw error;
      return compile(sql, handle, statement);
    }
  }

  /** One step; undefined at the end. */
  function step({ statement, handle: own, columns }: Running): Row | undefined {
    current = statement;
    const code = exports.sqlite3_step!(statement.pointer);
    if (code === rowReady) {
      const values: Row = [];
      for (let i = 0; i < columns; i += 1) values.push(sqlite.column(statement.pointer, i));
      return values;
    }
    if (code === finished) return undefined;
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
    entry.batches += 1;
    const long = entry.batches > shortQuery;
    const most = long ? longBatch : batchSize;
    let characters = 0;
    while (rows.length < most && characters < batchCharacters && entry.left !== 0) {
      const next = step(entry);
      if (!next) {
        finalize(id);
        return { rows, done: true };
      }
      rows.push(next);
      for (const value of next) if (typeof value === 'string') characters += value.length;
      entry.left -= 1;
      if (!long && mayBlock(entry.statement)) break;
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
    const pointer = cached ? compile(sql, cache.handle, statement) : prepare(statement, sql);
    const on = cached ? cache.handle : handle;
    statement.pointer = pointer;
    const columns = describe(pointer);
    const entry: Running = { statement, handle: on, columns: columns.length, left: -1, batches: 0 };
    running.set(id, entry);
    on.open.add(statement);
    try {
      if ((cached || statement.touched.size > 0) && exports.sqlite3_stmt_isexplain!(pointer) === 0) {
        const { scans, aggregates } = inspect(sql, on, statement);
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
        statement.flush();
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
        batches: 0,
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
