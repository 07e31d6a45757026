import type { Handle } from './handle.ts';
import type { Parameters, ResultColumn } from './messages.ts';
import type { Value } from './shape.ts';
import type { Pointer, Sqlite } from './sqlite.ts';
import type { RunningStatement } from './statement.ts';

/** Codes of `sqlite3_step`. */
export const rowReady = 100;
export const finished = 101;

/** A statement that SQLite does not understand, or parameters that do not fit it. */
export class SqlError extends Error {}

/** A statement that asks for what a table cannot do. */
export class RefusedError extends Error {}

/** Makes statements of SQL texts. */
export function createCompiler(sqlite: Sqlite) {
  const { exports } = sqlite;

  function compile(sql: string, on: Handle, statement: RunningStatement): Pointer {
    const text = sqlite.allocate(sql);
    const out = exports.sqlite3_malloc!(8);
    try {
      const code = exports.sqlite3_prepare_v2!(on.database, text, -1, out, out + 4);
      if (code !== 0) {
        if (statement.failure) throw statement.failure;
        if (statement.refusal) throw new RefusedError(statement.refusal);
        throw new SqlError(explained(on.message(), statement));
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

  /** Reads off the program of a statement how often it opens a table and whether it aggregates. */
  function inspect(
    sql: string,
    on: Handle,
    statement: RunningStatement,
  ): { scans: number; aggregates: boolean } {
    const pointer = compile(`EXPLAIN ${sql}`, on, statement);
    let scans = 0;
    let aggregates = false;
    while (exports.sqlite3_step!(pointer) === rowReady) {
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

  return { compile, inspect, bind, bindValue, describe };
}

/** SQLite's message, in this library's words where SQLite cannot know what was missing. */
export function explained(message: string, statement: RunningStatement): string {
  if (/no query solution/.test(message) && statement.unmet) {
    return `${statement.unmet.name} cannot be read as a whole: ${statement.unmet.needs ?? 'a condition is missing'}`;
  }
  return message;
}
