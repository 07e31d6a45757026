import type { Choice } from './best-index.ts';
import { assumedRows } from './best-index.ts';
import type { Ask } from './bridge.ts';
import { instantOf } from './instants.ts';
import { anything, cellKey, nothing, type Probe, probe } from './probes.ts';
import { openScan, type RowStore, requestKey } from './scans.ts';
import type { Operator, PlanShape, Row, Value } from './shape.ts';
import type { RunningStatement } from './statement.ts';
import type { Table } from './virtual-table.ts';

/** Single requests a join may spend on a table of unknown size before the whole table is fetched. */
const blindLookups = 3;

/** A walk over the rows of one table, as SQLite drives it. */
export interface TableCursor {
  statement: RunningStatement;
  table: Table;
  /** Row under the cursor; undefined past the end. */
  row: Row | undefined;
  filter(choice: Choice, values: (Value | Value[])[]): void;
  next(): void;
  close(): void;
  /** Whether the next step may have to wait for a request. */
  mayBlock(): boolean;
}

export function openCursor(statement: RunningStatement, table: Table, ask: Ask): TableCursor {
  const { shape, schema } = table;
  const typeOf = (column: string) => shape.columns.find((c) => c.name === column)!.type;
  /** Requests still to be made, in order, and what is being read now. */
  let queue: (() => RowStore)[] = [];
  let store: RowStore | undefined;
  let list: Row[] | undefined;
  let position = 0;
  let only: { column: number; keys: Set<Probe> } | undefined;

  /** The columns all scans of this statement look at; rows without a key are told apart by all their cells. */
  const columnsUsed = () => {
    if (shape.key === undefined) return {};
    const used = statement.columnsUsed.get(`${schema}.${shape.name}`) ?? 0n;
    const columns = shape.columns
      .filter(({ name }, i) => name === shape.key || (used >> BigInt(Math.min(i, 63))) & 1n)
      .map(({ name }) => name);
    return { columns };
  };

  const open = (
    plan: PlanShape,
    conditions: { column: string; operator: Operator; value: Value }[],
    keep: boolean,
  ) => {
    const request = { table: shape.name, plan: shape.plans.indexOf(plan), conditions, ...columnsUsed() };
    const key = `${schema} ${requestKey(request)}`;
    const known = statement.stores.get(key);
    if (known?.keep) return known;
    // A second scan of the same rows: from now on they are kept.
    const fresh = openScan(ask, statement.id, schema, shape, request, keep || known !== undefined);
    known?.close();
    statement.stores.set(key, fresh);
    return fresh;
  };

  const pages = (lookups: number, unknown: number) => {
    if (shape.pageSize === undefined) return 1;
    const rows = ask({ kind: 'size', statement: statement.id, schema, table: shape.name, lookups }) as
      | number
      | undefined;
    return rows === undefined ? unknown : Math.max(1, Math.ceil(rows / shape.pageSize));
  };

  /** Reads a store through a hash on one column; without a usable probe, all of it. */
  const readMatching = (rows: RowStore, column: string, value: Value) => {
    const at = shape.columns.findIndex((c) => c.name === column);
    const found = rows.matching(at, probe(typeOf(column), value));
    if (found) list = found;
    else queue = [() => rows];
  };

  const readMany = (choice: Choice, column: string, values: Value[]) => {
    const type = typeOf(column);
    const keys = new Map<Probe, Value>();
    for (const value of values) {
      const key = probe(type, value);
      if (key === anything && choice.whole) return readWhole(choice.whole);
      if (key !== nothing) keys.set(key === anything ? String(value) : key, value);
    }
    if (
      choice.whole &&
      keys.size > 1 &&
      keys.size > pages(keys.size, Math.ceil(assumedRows / shape.pageSize!))
    ) {
      only = { column: shape.columns.findIndex((c) => c.name === column), keys: new Set(keys.keys()) };
      return readWhole(choice.whole);
    }
    queue = [...keys].map(([key, value]) => () => {
      const sent = typeof key === 'symbol' || typeof key === 'string' ? value : key;
      return open(choice.plan, [{ column, operator: '=', value: sent }], statement.keep);
    });
  };

  const readWhole = (whole: PlanShape) => {
    queue = [() => open(whole, [], statement.keep)];
  };

  /** Whether the whole table is the cheaper place to look a value up, from now on. */
  const prefersWhole = (whole: PlanShape) => {
    const key = `${schema} ${requestKey({ table: shape.name, plan: shape.plans.indexOf(whole), conditions: [] })}`;
    if (statement.stores.get(key)?.keep) return true;
    const spent = statement.lookups.get(key) ?? 0;
    if (spent > 0 && spent >= pages(spent, blindLookups)) return true;
    statement.lookups.set(key, spent + 1);
    return false;
  };

  const readPlanned = (choice: Choice, values: Value[]) => {
    const { plan, given, hash, whole } = choice;
    const conditions: { column: string; operator: Operator; value: Value }[] = [];
    for (const [i, offer] of given.entries()) {
      const value = values[i]!;
      const type = typeOf(offer.column);
      if (value === null) return;
      const key = probe(type, value);
      if (offer.operator === '=' && key === nothing) return;
      const unclear =
        key === anything ||
        (type === 'Datetime' && instantOf(String(value)) === undefined && offer.operator !== '=');
      if (unclear && whole) return readWhole(whole);
      const sent =
        typeof key === 'number' || typeof key === 'bigint' ? (type === 'Datetime' ? value : key) : value;
      conditions.push({ column: offer.column, operator: offer.operator, value: sent });
    }
    const hashed = hash ? values[given.length]! : null;
    if (hash && hashed === null) return;
    const known = statement.stores.get(
      `${schema} ${requestKey({ table: shape.name, plan: shape.plans.indexOf(plan), conditions })}`,
    );
    if (whole && !known?.keep && prefersWhole(whole)) {
      const rows = open(whole, [], true);
      const equality = conditions.find((condition) => condition.operator === '=');
      if (equality) readMatching(rows, equality.column, equality.value);
      else queue = [() => rows];
      return;
    }
    const rows = open(plan, conditions, statement.keep);
    // The first look at the rows streams; only when they are looked at again does a hash pay.
    if (hash && known?.keep) readMatching(rows, hash.column, hashed);
    else queue = [() => rows];
  };

  const cursor: TableCursor = {
    statement,
    table,
    row: undefined,
    filter(choice, values) {
      [queue, store, list, position, only] = [[], undefined, undefined, 0, undefined];
      const first = values[0];
      if (choice.plan.single && Array.isArray(first)) readMany(choice, choice.given[0]!.column, first);
      else readPlanned(choice, values as Value[]);
      cursor.next();
    },
    next() {
      if (list) {
        cursor.row = list[position++];
        return;
      }
      for (;;) {
        if (!store) {
          const following = queue.shift();
          if (!following) {
            cursor.row = undefined;
            return;
          }
          store = following();
          position = 0;
        }
        const row = store.at(position++);
        if (row === undefined) {
          store = undefined;
          continue;
        }
        if (only) {
          const { column, keys } = only;
          const key = cellKey(shape.columns[column]!.type, row[column]!);
          if (key === undefined || !keys.has(key)) continue;
        }
        cursor.row = row;
        return;
      }
    },
    close() {
      statement.cursors.delete(cursor);
    },
    mayBlock: () => (store ? store.blocksAfter(position - 1) : queue.length > 0),
  };
  statement.cursors.add(cursor);
  return cursor;
}
