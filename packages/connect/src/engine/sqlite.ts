import init, { type Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import type { Value } from './shape.ts';

export type Pointer = number;

/**
 * SQLite's C functions as the WebAssembly module exports them. The hot paths (one call per cell) use
 * these and not the package's wrappers, whose conversions cost more than the call.
 */
export type Exports = Record<string, (...values: (number | bigint)[]) => number> & {
  sqlite3_value_int64(value: Pointer): bigint;
  sqlite3_column_int64(statement: Pointer, column: number): bigint;
};

export interface Sqlite {
  capi: Sqlite3Static['capi'];
  wasm: Sqlite3Static['wasm'];
  exports: Exports;
  /** Text of a C string, or undefined for a null pointer. */
  text(pointer: Pointer): string | undefined;
  /** Copies a text into memory allocated with `sqlite3_malloc`; SQLite frees it. */
  allocate(text: string): Pointer;
  readPointer(at: Pointer): Pointer;
  writePointer(at: Pointer, value: Pointer): void;
  /** Writes a 64-bit integer. */
  writeInteger(at: Pointer, value: bigint): void;
  /** Value of a `sqlite3_value`. */
  value(pointer: Pointer): Value;
  /** Value of a column of the current row. */
  column(statement: Pointer, column: number): Value;
  /** Sets the result of a function or of `xColumn`. */
  result(context: Pointer, value: Value): void;
}

const integer = 1;
const float = 2;
const text = 3;
const blob = 4;
/** SQLITE_TRANSIENT: SQLite copies what it is given. */
const transient = -1;

/** Loads SQLite; takes about 30 ms. */
export async function loadSqlite(): Promise<Sqlite> {
  const quiet = { print: () => {}, printErr: () => {} } as unknown as Parameters<typeof init>[0];
  const { capi, wasm } = await init(quiet);
  const exports = wasm.exports as Exports;
  // For short texts Buffer takes 75 ns to write and 71 to read, TextEncoder 80 and TextDecoder 93.
  let buffer = Buffer.from(wasm.heap8u().buffer as ArrayBuffer);
  /** The memory as a buffer; it is another one after the memory has grown. */
  const memory = () => {
    const current = wasm.heap8u().buffer as ArrayBuffer;
    if (buffer.buffer !== current) buffer = Buffer.from(current);
    return buffer;
  };
  let scratch = exports.sqlite3_malloc!(65_536);
  let room = 65_536;

  const decode = (pointer: Pointer, length: number) =>
    length === 0 ? '' : memory().toString('utf8', pointer, pointer + length);

  /** Writes a text into the scratch memory and returns its length in bytes. */
  const encode = (value: string) => {
    if (value.length * 3 > room) {
      exports.sqlite3_free!(scratch);
      room = value.length * 3;
      scratch = exports.sqlite3_malloc!(room);
    }
    return memory().write(value, scratch, room, 'utf8');
  };

  const safe = (approximate: number, exact: () => bigint): Value =>
    Number.isSafeInteger(approximate) ? approximate : exact();

  return {
    capi,
    wasm,
    exports,
    text: (pointer) => (pointer === 0 ? undefined : wasm.cstrToJs(pointer)) as string | undefined,
    allocate(value) {
      const length = encode(value);
      const pointer = exports.sqlite3_malloc!(length + 1);
      wasm.heap8u().copyWithin(pointer, scratch, scratch + length);
      wasm.heap8u()[pointer + length] = 0;
      return pointer;
    },
    readPointer: (at) => wasm.heap32()[at >> 2]!,
    writePointer(at, value) {
      wasm.heap32()[at >> 2] = value;
    },
    writeInteger(at, value) {
      wasm.heap32()[at >> 2] = Number(BigInt.asIntN(32, value));
      wasm.heap32()[(at >> 2) + 1] = Number(BigInt.asIntN(32, value >> 32n));
    },
    value(pointer) {
      const type = exports.sqlite3_value_type!(pointer);
      if (type === integer) {
        return safe(exports.sqlite3_value_double!(pointer), () => exports.sqlite3_value_int64(pointer));
      }
      if (type === float) return exports.sqlite3_value_double!(pointer);
      if (type === text) {
        const at = exports.sqlite3_value_text!(pointer);
        return decode(at, exports.sqlite3_value_bytes!(pointer));
      }
      if (type !== blob) return null;
      const at = exports.sqlite3_value_blob!(pointer);
      return wasm.heap8u().slice(at, at + exports.sqlite3_value_bytes!(pointer));
    },
    column(statement, column) {
      const type = exports.sqlite3_column_type!(statement, column);
      if (type === integer) {
        return safe(exports.sqlite3_column_double!(statement, column), () =>
          exports.sqlite3_column_int64(statement, column),
        );
      }
      if (type === float) return exports.sqlite3_column_double!(statement, column);
      if (type === text) {
        const at = exports.sqlite3_column_text!(statement, column);
        return decode(at, exports.sqlite3_column_bytes!(statement, column));
      }
      if (type !== blob) return null;
      const at = exports.sqlite3_column_blob!(statement, column);
      return wasm.heap8u().slice(at, at + exports.sqlite3_column_bytes!(statement, column));
    },
    result(context, value) {
      if (value === null) exports.sqlite3_result_null!(context);
      else if (typeof value === 'string') {
        const length = encode(value);
        exports.sqlite3_result_text!(context, scratch, length, transient);
      } else if (typeof value === 'bigint') exports.sqlite3_result_int64!(context, value);
      else if (typeof value === 'number') {
        if ((value | 0) === value) exports.sqlite3_result_int!(context, value);
        else if (Number.isSafeInteger(value)) exports.sqlite3_result_int64!(context, BigInt(value));
        else exports.sqlite3_result_double!(context, value);
      } else {
        const at = exports.sqlite3_malloc!(value.length || 1);
        wasm.heap8u().set(value, at);
        exports.sqlite3_result_blob!(context, at, value.length, transient);
        exports.sqlite3_free!(at);
      }
    },
  };
}
