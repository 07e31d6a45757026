import { instantOf } from './instants.ts';
import type { ColumnType, Value } from './shape.ts';

/** What may be compared with a column's cells: a hash key, or why none can be made. */
export type Probe = string | number | bigint | typeof nothing | typeof anything;
/** No cell of the column can equal the value. */
export const nothing = Symbol('nothing');
/** Equality is not decided by this hash: every row has to be looked at. */
export const anything = Symbol('anything');

const small = (value: bigint) =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

/**
 * The hash key under which SQLite would find a value in a column: virtual tables get values without the
 * column's affinity applied (connector §4.3 no. 10), so `CompanyId = '3'` arrives as text.
 */
export function probe(type: ColumnType, value: Value): Probe {
  if (value === null) return nothing;
  if (typeof value === 'object') return anything;
  if (type === 'String' || type === 'Date') return typeof value === 'string' ? value : anything;
  if (type === 'Datetime') {
    if (typeof value !== 'string') return anything;
    return instantOf(value) ?? value;
  }
  if (typeof value === 'bigint') return small(value);
  if (typeof value === 'number') return value;
  const text = value.trim();
  if (/^[+-]?\d+$/.test(text)) return small(BigInt(text.replace('+', '')));
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  return nothing;
}

/** The hash key of a stored cell; undefined for null, which equals nothing. */
export function cellKey(type: ColumnType, cell: Value): string | number | bigint | undefined {
  const key = probe(type, cell);
  return typeof key === 'symbol' ? undefined : key;
}
