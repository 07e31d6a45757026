import type { Value } from './engine/shape.ts';
import { ProgrammingError } from './errors.ts';

/** What a caller may give for a parameter; a Date becomes ISO 8601 text in UTC, a boolean 1 or 0. */
export type Parameter = string | number | bigint | boolean | null | Date | Uint8Array;
/** By position for `?`, or by name for `@name`, with or without the `@`. */
export type ParameterList = readonly Parameter[] | Readonly<Record<string, Parameter>>;

/** @throws ProgrammingError for a value that SQL has no type for. */
export function readParameters(given: ParameterList): Value[] | Record<string, Value> {
  if (Array.isArray(given)) return given.map((value, i) => readParameter(value, `${i + 1}`));
  if (typeof given !== 'object' || given === null) {
    throw new ProgrammingError('Parameters are given as an array, or as an object of names');
  }
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name.replace(/^[@:$]/, ''), readParameter(value, name)]),
  );
}

function readParameter(value: Parameter | undefined, place: string): Value {
  if (value === null || typeof value === 'string' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (value instanceof Date && !Number.isNaN(value.getTime()))
    return value.toISOString().replace('.000Z', 'Z');
  if (value instanceof Uint8Array) return value;
  throw new ProgrammingError(
    `Parameter ${place}: ${value === undefined ? 'undefined' : typeof value} cannot be given to SQL`,
  );
}
