import { instantOf, instantText } from '../engine/instants.ts';
import type { ColumnType, Value } from '../engine/shape.ts';
import type { Cell } from './description.ts';

const plainInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** A value of an answer as its column's type has it; undefined when it does not fit. */
export function typed(cell: Cell, type: ColumnType): Value | undefined {
  if (cell === null || cell === undefined) return null;
  if (type === 'String') return typeof cell === 'string' ? cell : String(cell);
  const text = typeof cell === 'string' ? cell.trim() : cell;
  if (text === '') return null;
  if (type === 'Boolean') {
    if (text === true || text === 'true' || text === '1' || text === 1) return 1;
    return text === false || text === 'false' || text === '0' || text === 0 ? 0 : undefined;
  }
  if (type === 'Integer') {
    if (typeof text === 'bigint') return text;
    const number = Number(text);
    if (Number.isSafeInteger(number)) return number;
    return typeof text === 'string' && /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  }
  if (type === 'Double') return Number.isFinite(Number(text)) ? Number(text) : undefined;
  const time = String(text);
  if (type === 'Datetime') {
    if (plainInstant.test(time)) return time;
    const instant = typeof text === 'number' ? text * 1000 : instantOf(time);
    return instant === undefined ? undefined : instantText(instant);
  }
  return /^\d{4}-\d\d-\d\d/.test(time) ? time.slice(0, 10) : undefined;
}
