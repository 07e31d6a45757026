import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { quoted } from '../sql/quoted.ts';
import { type Handle, openHandle } from './handle.ts';
import { instantText } from './instants.ts';
import type { Parameters } from './messages.ts';
import type { Row, TableShape, Value } from './shape.ts';
import type { Pointer, Sqlite } from './sqlite.ts';
import { declaration } from './virtual-table.ts';

/** Copies of tables in a database of their own (connector §3.8). */
export interface Cache {
  /** The same SQL runs here as on the source: the tables have the same names and columns. */
  handle: Handle;
  /** Whether a table was brought up to date at or after a time, in milliseconds since 1970. */
  isFresh(table: string, since: number): boolean;
  /** Copies a table whole, or what changed since the last time where the source can tell. */
  fill(shape: TableShape, name: string, work: CacheWork): void;
  outdate(tables: string[]): void;
  /** Writes the copy to its file. */
  save(): void;
}

export interface CacheWork {
  /** Runs a query on the source and hands over each row. */
  read(sql: string, parameters: Parameters, each: (values: Row) => void): void;
  bind(pointer: Pointer, position: number, value: Value): void;
  now: number;
  /** Whole, even where changes alone could be asked for. */
  rebuild: boolean;
}

/** Clocks differ, and a page may be older than its answer: changes are asked for from a little earlier. */
const overlap = 60_000;

/** Opens the copy kept in a file, or an empty one. */
export function createCache(sqlite: Sqlite, file: string): Cache {
  const { capi, exports, wasm } = sqlite;
  const handle = openHandle(sqlite, () => null);
  if (file !== '' && existsSync(file)) load(readFileSync(file));
  handle.execute(
    'CREATE TABLE IF NOT EXISTS renkei_cache (name TEXT PRIMARY KEY, at INTEGER, columns TEXT, outdated INTEGER)',
  );

  function load(bytes: Uint8Array): void {
    const at = exports.sqlite3_malloc!(bytes.length);
    wasm.heap8u().set(bytes, at);
    // SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE
    capi.sqlite3_deserialize(
      handle.database as never,
      'main',
      at as never,
      bytes.length,
      bytes.length,
      3 as never,
    );
  }

  function prepare(sql: string): Pointer {
    const text = sqlite.allocate(sql);
    const out = exports.sqlite3_malloc!(4);
    const code = exports.sqlite3_prepare_v2!(handle.database, text, -1, out, 0);
    const pointer = sqlite.readPointer(out);
    exports.sqlite3_free!(out);
    exports.sqlite3_free!(text);
    if (code !== 0) throw new Error(handle.message());
    return pointer;
  }

  /** Runs a statement once for each set of values that `give` hands over. */
  function run(sql: string, bind: CacheWork['bind'], give: (values: (row: Value[]) => void) => void): void {
    const pointer = prepare(sql);
    try {
      give((values) => {
        values.forEach((value, i) => void bind(pointer, i + 1, value));
        if (exports.sqlite3_step!(pointer) !== 101) throw new Error(handle.message());
        exports.sqlite3_reset!(pointer);
      });
    } finally {
      exports.sqlite3_finalize!(pointer);
    }
  }

  function known(name: string): { at: number; columns: string; outdated: number } | undefined {
    const pointer = prepare(
      `SELECT at, columns, outdated FROM renkei_cache WHERE name = '${name.replaceAll("'", "''")}'`,
    );
    try {
      if (exports.sqlite3_step!(pointer) !== 100) return undefined;
      const [at, columns, outdated] = [0, 1, 2].map((i) => sqlite.column(pointer, i));
      return { at: Number(at), columns: String(columns), outdated: Number(outdated) };
    } finally {
      exports.sqlite3_finalize!(pointer);
    }
  }

  return {
    handle,
    isFresh(name, since) {
      const found = known(name);
      return found !== undefined && found.outdated === 0 && found.at >= since;
    },
    fill(shape, name, work) {
      const table = quoted(shape.name);
      const visible = { ...shape, columns: shape.columns.filter((column) => !column.hidden) };
      const columns = declaration(visible);
      const names = visible.columns.map((column) => quoted(column.name)).join(', ');
      const before = known(name);
      const { changes, key } = shape;
      const partly = before?.columns === columns && changes && key && !work.rebuild;
      handle.execute('BEGIN');
      try {
        if (!partly) {
          handle.execute(`DROP TABLE IF EXISTS ${table}`);
          handle.execute(`CREATE TABLE ${table} (${columns}${key ? `, PRIMARY KEY (${quoted(key)})` : ''})`);
        }
        const since = partly ? instantText(before.at - overlap) : undefined;
        const condition = since === undefined ? '' : ` WHERE ${quoted(changes!.column)} >= ?`;
        const marks = visible.columns.map(() => '?').join(', ');
        run(`INSERT OR REPLACE INTO ${table} (${names}) VALUES (${marks})`, work.bind, (insert) =>
          work.read(
            `SELECT ${names} FROM main.${table}${condition}`,
            since === undefined ? [] : [since],
            insert,
          ),
        );
        const gone = changes?.deletions;
        if (since !== undefined && gone) {
          run(`DELETE FROM ${table} WHERE ${quoted(key!)} = ?`, work.bind, (remove) =>
            work.read(
              `SELECT Id FROM main.${quoted(gone.table)} WHERE Type = ? AND DeletedAt >= ?`,
              [gone.type, since],
              remove,
            ),
          );
        }
        run('INSERT OR REPLACE INTO renkei_cache VALUES (?, ?, ?, 0)', work.bind, (note) =>
          note([name, work.now, columns]),
        );
        handle.execute('COMMIT');
      } catch (error) {
        handle.execute('ROLLBACK');
        throw error;
      }
    },
    outdate(tables) {
      for (const name of tables) {
        handle.execute(`UPDATE renkei_cache SET outdated = 1 WHERE name = '${name.replaceAll("'", "''")}'`);
      }
    },
    save() {
      if (file === '') return;
      const draft = `${file}.${process.pid}`;
      writeFileSync(draft, capi.sqlite3_js_db_export(handle.database as never), { mode: 0o600 });
      renameSync(draft, file);
    },
  };
}
