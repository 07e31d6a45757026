import { type AppError, pointerStep } from '../../../platform/errors.ts';
import { fromLocalTime } from '../../../platform/time-zone.ts';
import type { AppField } from '../app.ts';
import type { FieldDefinition } from '../definition.ts';
import { errors } from '../errors.ts';

/**
 * A value as it is stored and handed to the dialects: text for text, exact numbers, days, times and options; ISO 8601
 * in UTC for instants on the way in; numbers of users, groups, files and records. Empty is always null.
 */
export type StoredValue =
  | string
  | number
  | readonly string[]
  | readonly number[]
  | readonly TableRow[]
  | null;
export type TableRow = Readonly<Record<string, StoredValue>>;

/** What a value may refer to, looked up before the values are read. */
export type Lookups = {
  timeZone: string;
  /** Number of a user given by number or login name. */
  user(reference: string | number): number | undefined;
  group(reference: string | number): number | undefined;
};

/**
 * Text fields without `maxLength` take this many characters; rich text as many as 10,000,000 bytes may grow to when the
 * SSM API writes their characters as references (ssm §1.8).
 */
const defaultLength = { text: 10_000, textarea: 1_000_000, richText: 30_000_000 } as const;
const broken = /\0|\p{Surrogate}/u;
const decimalText = /^[+-]?(\d{1,60}(\.\d{0,30})?|\.\d{1,30})$/;
const timeText = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
const localText = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)$/;
const zonedText = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})$/i;

class Fault extends Error {
  readonly error: AppError;
  constructor(error: AppError) {
    super(error.message);
    this.error = error;
  }
}

/**
 * Reads what a client gave for a field.
 * @returns the value to store, or the fault with the pointer `place`
 */
export function readValue(
  field: AppField | FieldDefinition,
  input: unknown,
  lookups: Lookups,
  place: string,
): { value: StoredValue } | { fault: AppError } {
  try {
    const value = isEmpty(input) ? null : read(field, input, lookups, place);
    if (value === null && field.required) throw new Fault(errors.required({ field: field.name }, place));
    return { value };
  } catch (error) {
    if (error instanceof Fault) return { fault: error.error };
    throw error;
  }
}

function isEmpty(input: unknown): boolean {
  return (
    input === null || input === undefined || input === '' || (Array.isArray(input) && input.length === 0)
  );
}

function read(field: FieldDefinition, input: unknown, lookups: Lookups, place: string): StoredValue {
  const params = { field: field.name };
  switch (field.type) {
    case 'text':
    case 'textarea':
    case 'richText':
      return readText(field, input, place);
    case 'number':
      return readNumber(field, input, place);
    case 'date':
      if (typeof input === 'string' && isDay(input)) return input;
      throw new Fault(errors.notDate(params, place));
    case 'time': {
      const parts = typeof input === 'string' ? timeText.exec(input) : null;
      if (!parts) throw new Fault(errors.notTime(params, place));
      return `${parts[1]}:${parts[2]}:${parts[3] ?? '00'}`;
    }
    case 'dateTime':
      return readDateTime(field, input, lookups, place);
    case 'select':
      return readOption(field, input, place);
    case 'multiSelect':
      return [...new Set(readList(field, input, place).map((one) => readOption(field, one, place)))];
    case 'users':
    case 'groups':
      return readMembers(field, input, lookups, place);
    case 'files':
      return readList(field, input, place).map((one) =>
        readId(one, () => errors.fileUnknown({ ...params, value: shown(one) }, place)),
      );
    case 'reference':
      return readId(input, () => errors.referenceUnknown({ ...params, value: shown(input) }, place));
    case 'table':
      return readTable(field, input, lookups, place);
    case 'formula':
    case 'autoNumber':
      throw new Fault(errors.computed(params, place));
  }
}

function readText(field: FieldDefinition, input: unknown, place: string): string {
  const text = typeof input === 'number' || typeof input === 'boolean' ? String(input) : input;
  const params = { field: field.name };
  if (typeof text !== 'string') throw new Fault(errors.notText(params, place));
  if (broken.test(text)) throw new Fault(errors.controlCharacter(params, place));
  const limit = field.maxLength ?? defaultLength[field.type as keyof typeof defaultLength];
  if (text.length > limit) {
    // characters, not UTF-16 units; a reference is the one that the SSM API was given (ssm §1.8)
    const length = [...text.replaceAll(/&#\d{1,7};/g, '_')].length;
    if (length > limit) throw new Fault(errors.tooLong({ ...params, limit, length }, place));
  }
  return text;
}

function readNumber(field: FieldDefinition, input: unknown, place: string): string {
  const params = { field: field.name };
  if (typeof input === 'number' && Number.isFinite(input)) {
    if (Number.isInteger(input) && !Number.isSafeInteger(input))
      throw new Fault(errors.inexact(params, place));
  } else if (typeof input !== 'string') {
    throw new Fault(errors.notNumber(params, place));
  }
  const text = typeof input === 'number' ? plainDecimal(input) : input.trim();
  if (!decimalText.test(text)) throw new Fault(errors.notNumber(params, place));
  const { min, max } = field;
  if (min !== undefined && compareDecimals(text, String(min)) < 0) {
    throw new Fault(errors.tooSmall({ ...params, limit: min }, place));
  }
  if (max !== undefined && compareDecimals(text, String(max)) > 0) {
    throw new Fault(errors.tooLarge({ ...params, limit: max }, place));
  }
  return text.replace(/^\+/, '');
}

/** 1e-7 is written without an exponent. */
function plainDecimal(number: number): string {
  const text = String(number);
  return /e/.test(text) ? number.toFixed(20).replace(/0+$/, '') : text;
}

/** Exact order of two decimals in text form: negative, zero or positive. */
export function compareDecimals(a: string, b: string): number {
  const scale = Math.max(fraction(a).length, fraction(b).length);
  const difference = scaled(a, scale) - scaled(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function fraction(text: string): string {
  const point = text.indexOf('.');
  return point < 0 ? '' : text.slice(point + 1);
}

function scaled(text: string, scale: number): bigint {
  const [whole = '', part = ''] = text.replace(/^[+-]/, '').split('.');
  const digits = BigInt(`${whole || '0'}${part.padEnd(scale, '0')}`);
  return text.startsWith('-') ? -digits : digits;
}

/** Whether the text is `YYYY-MM-DD` of a day that exists. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '0001') return false;
  const instant = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text);
}

function readDateTime(field: FieldDefinition, input: unknown, { timeZone }: Lookups, place: string): string {
  const wrong = () => new Fault(errors.notDateTime({ field: field.name }, place));
  if (typeof input !== 'string') throw wrong();
  const local = localText.exec(input);
  const parts = local ?? zonedText.exec(input);
  if (!parts || !isDay(parts[1]!) || !timeText.test(parts[2]!)) throw wrong();
  const instant = local
    ? fromLocalTime(`${parts[1]}T${parts[2]}`, timeZone)
    : new Date(input.replace(' ', 'T').replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  if (Number.isNaN(instant.getTime())) throw wrong();
  return instant.toISOString();
}

function readOption(field: FieldDefinition, input: unknown, place: string): string {
  const options = field.options ?? [];
  if (typeof input === 'string' && options.includes(input)) return input;
  const params = { field: field.name, value: shown(input), options: options.join(', ') };
  throw new Fault(errors.notOption(params, place));
}

function readList(field: FieldDefinition, input: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(input)) throw new Fault(errors.notList({ field: field.name }, place));
  return input;
}

/** Users and groups: numbers, login names or ids, or objects that carry one of them; a single one or a list. */
function readMembers(field: FieldDefinition, input: unknown, lookups: Lookups, place: string): number[] {
  const list = Array.isArray(input) ? input : [input];
  const find = field.type === 'users' ? lookups.user : lookups.group;
  const unknown = field.type === 'users' ? errors.userUnknown : errors.groupUnknown;
  const numbers = list.map((one: unknown) => {
    const reference = memberReference(one);
    const number = reference === undefined ? undefined : find(reference);
    if (number === undefined) throw new Fault(unknown({ field: field.name, value: shown(one) }, place));
    return number;
  });
  if (field.multiple === false && numbers.length > 1)
    throw new Fault(errors.onlyOne({ field: field.name }, place));
  return [...new Set(numbers)];
}

/** The number or login name in what a client gave for a user or group. */
export function memberReference(input: unknown): string | number | undefined {
  if (typeof input === 'string' || typeof input === 'number') return input;
  if (typeof input !== 'object' || input === null) return undefined;
  const { number, id } = input as { number?: unknown; id?: unknown };
  return memberReference(number ?? id ?? null);
}

function readId(input: unknown, wrong: () => AppError): number {
  const given = typeof input === 'object' && input !== null ? (input as { id?: unknown }).id : input;
  const text = typeof given === 'number' ? String(given) : given;
  if (typeof text !== 'string' || !/^[1-9]\d{0,14}$/.test(text)) throw new Fault(wrong());
  return Number(text);
}

function readTable(field: FieldDefinition, input: unknown, lookups: Lookups, place: string): TableRow[] {
  const columns = new Map((field.fields ?? []).map((column) => [column.name, column]));
  return readList(field, input, place).map((row, index) => {
    const at = `${place}/${index}`;
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      throw new Fault(errors.notList({ field: field.name }, at));
    }
    for (const name of Object.keys(row)) {
      if (!columns.has(name)) throw new Fault(errors.fieldUnknown({ field: name }, at + pointerStep(name)));
    }
    const cells = [...columns.values()].map((column) => {
      const given = Object.hasOwn(row, column.name) ? (row as Record<string, unknown>)[column.name] : null;
      const result = readValue(column, given, lookups, at + pointerStep(column.name));
      if ('fault' in result) throw new Fault(result.fault);
      return [column.id, result.value] as const;
    });
    return Object.fromEntries(cells);
  });
}

function shown(input: unknown): string {
  const text = typeof input === 'string' ? input : (JSON.stringify(input) ?? String(input));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
