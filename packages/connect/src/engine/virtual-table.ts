import { quoted } from '../sql/quoted.ts';
import { type Choice, choose, describeChoice, type Offer } from './best-index.ts';
import type { Ask } from './bridge.ts';
import { openCursor, type TableCursor } from './cursor.ts';
import type { Operator, Row, TableShape, Value } from './shape.ts';
import type { Pointer, Sqlite } from './sqlite.ts';
import type { RunningStatement } from './statement.ts';

const ok = 0;
const failed = 1;
const constraint = 19;
const unique = 1;
/** Offset of `estimatedRows` in `sqlite3_index_info`. */
const estimatedRows = 48;

const operators = new Map<number, Operator>([
  [2, '='],
  [4, '>'],
  [8, '<='],
  [16, '<'],
  [32, '>='],
]);

/** `sqlite3_index_info` as the package gives it: its own types leave out the `$` of the names. */
interface IndexInfo {
  readonly $nConstraint: number;
  readonly $aConstraint: Pointer;
  readonly $aConstraintUsage: Pointer;
  $idxNum: number;
  $idxStr: Pointer;
  $needToFreeIdxStr: number;
  $estimatedCost: number;
  $idxFlags: number;
  readonly $colUsed: bigint | number;
  dispose(): void;
}

/** One virtual table of one database handle. */
export interface Table {
  schema: string;
  shape: TableShape;
  keyColumn: number;
  /** What scans were planned; SQLite hands back a position in this list. */
  choices: Choice[];
  positions: Map<string, number>;
}

/** SQL types by column type: the affinity comes from INT, TEXT or REAL in the name. */
const affinities = {
  Integer: 'INTEGER',
  Boolean: 'BOOLEAN_INT',
  Double: 'REAL',
  String: 'TEXT',
  Date: 'DATE_TEXT',
  Datetime: 'DATETIME_TEXT COLLATE INSTANT',
} as const;

/** The column definitions of a table, with types from which `typeOfDeclared` reads the column type back. */
export function declaration(shape: TableShape): string {
  const columns = shape.columns.map((column) => {
    const [type, ...rest] = affinities[column.type].split(' ');
    return `${quoted(column.name)} ${[type, column.hidden ? 'HIDDEN' : '', column.required ? 'REQUIRED' : '', ...rest].filter(Boolean).join(' ')}`;
  });
  return columns.join(', ');
}

/**
 * Registers the SQLite module whose tables are the sources' tables. `current` gives the statement that
 * is being prepared or stepped: SQLite calls back without saying for whom.
 */
export function registerModule(
  sqlite: Sqlite,
  database: Pointer,
  find: (schema: string, table: string) => TableShape,
  ask: Ask,
  current: () => RunningStatement,
): () => void {
  const { capi, exports, wasm } = sqlite;
  const tables = new Map<Pointer, Table>();
  const cursors = new Map<Pointer, TableCursor>();

  const connect = (db: Pointer, _aux: Pointer, _count: number, argv: Pointer, out: Pointer) => {
    const schema = sqlite.text(sqlite.readPointer(argv + 4))!;
    const name = sqlite.text(sqlite.readPointer(argv + 8))!;
    const shape = find(schema, name);
    const code = capi.sqlite3_declare_vtab(db, `CREATE TABLE x(${declaration(shape)})`);
    if (code !== ok) return code;
    const pointer = exports.sqlite3_malloc!(12);
    wasm.heap8u().fill(0, pointer, pointer + 12);
    sqlite.writePointer(out, pointer);
    const keyColumn = shape.columns.findIndex((column) => column.name === shape.key);
    tables.set(pointer, { schema, shape, keyColumn, choices: [], positions: new Map() });
    return ok;
  };

  const disconnect = (pointer: Pointer) => {
    tables.delete(pointer);
    exports.sqlite3_free!(pointer);
    return ok;
  };

  const bestIndex = (pointer: Pointer, at: Pointer) => {
    const table = tables.get(pointer)!;
    const statement = current();
    statement.touched.add(`${table.schema}.${table.shape.name}`);
    const plan = new capi.sqlite3_index_info(at) as unknown as IndexInfo;
    try {
      const offers: Offer[] = [];
      for (let i = 0; i < plan.$nConstraint; i += 1) {
        const offered = readConstraint(plan.$aConstraint, i);
        const column = table.shape.columns[offered.column];
        const operator = operators.get(offered.operator);
        if (!offered.usable || !column || !operator) continue;
        const collation = capi.sqlite3_vtab_collation(at, i) as unknown as string;
        if (collation !== 'BINARY' && collation !== 'INSTANT') continue;
        const list = operator === '=' && Boolean(exports.sqlite3_vtab_in!(at, i, -1));
        offers.push({ at: i, column: column.name, operator, list });
      }
      const choice = choose(table.shape, offers);
      if (!choice) {
        statement.unmet ??= table.shape;
        return constraint;
      }
      const values = choice.hash ? [...choice.given, choice.hash] : choice.given;
      values.forEach((offer, n) => {
        if (offer.list && choice.plan.single) exports.sqlite3_vtab_in!(at, offer.at, 1);
        wasm.heap32()[(plan.$aConstraintUsage + offer.at * 8) >> 2] = n + 1;
      });
      note(statement, table, BigInt.asUintN(64, BigInt(plan.$colUsed)));
      const key = JSON.stringify([table.shape.plans.indexOf(choice.plan), values]);
      let position = table.positions.get(key);
      if (position === undefined) {
        position = table.choices.push(choice) - 1;
        table.positions.set(key, position);
      }
      plan.$idxNum = position;
      plan.$idxStr = sqlite.allocate(describeChoice(choice));
      plan.$needToFreeIdxStr = 1;
      plan.$estimatedCost = choice.cost;
      // The package's setter refuses the bigint that the member needs.
      sqlite.writeInteger(at + estimatedRows, BigInt(choice.rows));
      if (choice.plan.single && !choice.given[0]!.list) plan.$idxFlags = unique;
      return ok;
    } finally {
      plan.dispose();
    }
  };

  /** Adds up the columns that the scans of a statement look at; the last bit stands for all from the 64th on. */
  const note = (statement: RunningStatement, table: Table, used: bigint) => {
    const name = `${table.schema}.${table.shape.name}`;
    statement.columnsUsed.set(name, (statement.columnsUsed.get(name) ?? 0n) | used);
  };

  /** A `sqlite3_index_constraint`: column, operator, usable; twelve bytes. */
  const readConstraint = (list: Pointer, i: number) => {
    const at = list + i * 12;
    const heap = wasm.heap8u();
    return { column: wasm.heap32()[at >> 2]!, operator: heap[at + 4]!, usable: heap[at + 5] !== 0 };
  };

  const listOf = (value: Pointer) => {
    const values: Value[] = [];
    const out = exports.sqlite3_malloc!(4);
    let code = exports.sqlite3_vtab_in_first!(value, out);
    while (code === ok && sqlite.readPointer(out) !== 0) {
      values.push(sqlite.value(sqlite.readPointer(out)));
      code = exports.sqlite3_vtab_in_next!(value, out);
    }
    exports.sqlite3_free!(out);
    return values;
  };

  /** Runs a callback; what it throws is kept for the statement, as SQLite passes on only a code. */
  const guard = (statement: RunningStatement, work: () => void) => {
    try {
      work();
      return ok;
    } catch (error) {
      statement.failure ??= error;
      return failed;
    }
  };

  const assign = (table: Table, cursor: TableCursor, row: Row): bigint => {
    const key = table.keyColumn < 0 ? undefined : row[table.keyColumn];
    if (typeof key === 'number' && Number.isSafeInteger(key)) return BigInt(key);
    if (typeof key === 'bigint') return key;
    return cursor.statement.numberOf(table, row, key ?? undefined);
  };

  const module = new capi.sqlite3_module();
  const writer = (pointer: Pointer, count: number, argv: Pointer, out: Pointer) => {
    const statement = current();
    return guard(statement, () => {
      const table = tables.get(pointer)!;
      const argument = (i: number) => sqlite.readPointer(argv + 4 * i);
      const old = sqlite.value(argument(0));
      const key = old === null ? null : statement.keyOf(table, old as number | bigint);
      let request: Parameters<RunningStatement['write']>[1];
      if (count === 1) request = { table: table.shape.name, kind: 'delete', key };
      else {
        const values: [string, Value][] = [];
        table.shape.columns.forEach((column, i) => {
          const cell = argument(i + 2);
          if (exports.sqlite3_value_nochange!(cell)) return;
          values.push([column.name, sqlite.value(cell)]);
        });
        request =
          old === null
            ? {
                table: table.shape.name,
                kind: 'insert',
                values: Object.fromEntries(values.filter(([, value]) => value !== null)),
              }
            : { table: table.shape.name, kind: 'update', key, values: Object.fromEntries(values) };
      }
      const written = statement.write(table, request);
      if (old === null && (typeof written === 'number' || typeof written === 'bigint')) {
        sqlite.writeInteger(out, BigInt(written));
      }
    });
  };
  module.installMethods(
    {
      xCreate: connect,
      xConnect: connect,
      xBestIndex: bestIndex,
      xDisconnect: disconnect,
      xDestroy: disconnect,
      xOpen: (pointer: Pointer, out: Pointer) => {
        const cursor = exports.sqlite3_malloc!(4);
        sqlite.writePointer(cursor, 0);
        sqlite.writePointer(out, cursor);
        cursors.set(cursor, openCursor(current(), tables.get(pointer)!, ask));
        return ok;
      },
      xClose: (pointer: Pointer) => {
        cursors.get(pointer)!.close();
        cursors.delete(pointer);
        exports.sqlite3_free!(pointer);
        return ok;
      },
      xFilter: (pointer: Pointer, number: number, _text: Pointer, count: number, argv: Pointer) => {
        const cursor = cursors.get(pointer)!;
        return guard(cursor.statement, () => {
          const choice = cursor.table.choices[number]!;
          const values: (Value | Value[])[] = [];
          for (let i = 0; i < count; i += 1) {
            const value = sqlite.readPointer(argv + 4 * i);
            const list = choice.plan.single && choice.given[i]?.list;
            values.push(list ? listOf(value) : sqlite.value(value));
          }
          cursor.filter(choice, values);
        });
      },
      xNext: (pointer: Pointer) => {
        const cursor = cursors.get(pointer)!;
        return guard(cursor.statement, () => cursor.next());
      },
      xEof: (pointer: Pointer) => (cursors.get(pointer)!.row === undefined ? 1 : 0),
      xColumn: (pointer: Pointer, context: Pointer, column: number) => {
        const cursor = cursors.get(pointer)!;
        // An UPDATE leaves out the cells it does not change, so that only changes are sent.
        if (cursor.statement.updates && exports.sqlite3_vtab_nochange!(context)) return ok;
        sqlite.result(context, cursor.row![column]!);
        return ok;
      },
      xRowid: (pointer: Pointer, out: Pointer) => {
        const cursor = cursors.get(pointer)!;
        sqlite.writeInteger(out, assign(cursor.table, cursor, cursor.row!));
        return ok;
      },
      xUpdate: writer,
    } as never,
    false,
  );
  (module as unknown as { $iVersion: number }).$iVersion = 1;
  const code = capi.sqlite3_create_module(database as never, 'source', module, 0 as never);
  if (code !== ok) throw new Error(`SQLite refused the module: code ${code}`);
  return () => module.dispose();
}
