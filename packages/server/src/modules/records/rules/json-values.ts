import type { AppField } from '../app.ts';
import type { FieldDefinition } from '../definition.ts';
import { type FileInfo, type RecordRow, recordValue } from '../store/columns.ts';
import type { StoredValue, TableRow } from './values.ts';
import { compareDecimals } from './values.ts';

/** Values as the JSON dialects show them (contract §4 and §5); every one of them may be written back as it stands. */
export type JsonValue =
  | string
  | number
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** How users and groups are shown: login name (or id), number and name. */
export type JsonMember = { id: string; number: number; name: string };

/** Who the numbers of users and groups in some rows are. */
export type MemberNames = {
  users: ReadonlyMap<number, { login: string; number: number; name: string }>;
  groups: ReadonlyMap<number, { id: string; number: number; name: string }>;
};

/** What of the identity module's directory is needed here. */
export type MemberSource = {
  usersByNumber(numbers: Iterable<number>): Promise<MemberNames['users']>;
  groupsByNumber(numbers: Iterable<number>): Promise<MemberNames['groups']>;
};

/** Looks up every user and group in the rows, in two queries at most; `also` adds users of the caller's own. */
export async function memberNames(
  source: MemberSource,
  fields: readonly AppField[],
  rows: readonly RecordRow[],
  also: Iterable<number | null> = [],
): Promise<MemberNames> {
  const users = new Set<number>();
  const groups = new Set<number>();
  for (const number of also) if (number !== null) users.add(number);
  for (const field of fields) {
    if (!/^(users|groups|reference|table)$/.test(field.kind)) continue;
    for (const row of rows) collect(field, row[field.column]);
  }
  const [usersFound, groupsFound] = await Promise.all([
    users.size > 0 ? source.usersByNumber(users) : new Map<number, never>(),
    groups.size > 0 ? source.groupsByNumber(groups) : new Map<number, never>(),
  ]);
  return { users: usersFound, groups: groupsFound };

  function collect(field: AppField | FieldDefinition, value: unknown): void {
    const kind = kindOf(field);
    if (value === null || value === undefined) return;
    if (kind === 'users') for (const number of value as number[]) users.add(number);
    if (kind === 'groups') for (const number of value as number[]) groups.add(number);
    if (kind === 'reference' && (field as AppField).shown) collect((field as AppField).shown!, value);
    if (kind === 'table') {
      for (const row of value as TableRow[])
        for (const column of field.fields ?? []) collect(column, row[column.id]);
    }
  }
}

/**
 * A record's value for JSON: text, options, days as they are; numbers as JSON numbers where those are exact, else as
 * text; instants in ISO 8601, UTC, with `Z`; times as HH:MM, or HH:MM:SS where there are seconds; users and groups as
 * lists of {id, number, name}; files as lists of {id, name, type, size}; references as the other record's value; tables
 * as lists of objects by column name; automatic numbers with a prefix or digits as text. Nothing is null, or [] where
 * the value would be a list.
 */
export function toJson(field: AppField, row: RecordRow, names: MemberNames): JsonValue {
  return jsonValue(field, recordValue(row, field), names);
}

function kindOf(field: AppField | FieldDefinition): AppField['kind'] {
  return 'kind' in field ? field.kind : (field.type as AppField['kind']);
}

/** Fields and columns of table fields alike. */
function jsonValue(
  field: AppField | FieldDefinition,
  value: StoredValue | readonly FileInfo[] | Date | undefined,
  names: MemberNames,
): JsonValue {
  const kind = kindOf(field);
  switch (kind) {
    case 'multiSelect':
      return (value ?? []) as readonly string[];
    case 'files':
      return ((value ?? []) as readonly FileInfo[]).map(({ id, name, type, size }) => ({
        id,
        name,
        type,
        size,
      }));
    case 'users':
      return ((value ?? []) as readonly number[]).flatMap((number) => memberJson(names.users.get(number)));
    case 'groups':
      return ((value ?? []) as readonly number[]).flatMap((number) => memberJson(names.groups.get(number)));
    case 'table':
      return ((value ?? []) as readonly TableRow[]).map((row) =>
        Object.fromEntries(
          (field.fields ?? []).map((column) => [column.name, jsonValue(column, row[column.id], names)]),
        ),
      );
  }
  if (value === null || value === undefined) return null;
  switch (kind) {
    case 'text':
    case 'textarea':
    case 'richText':
    case 'select':
    case 'date':
      return String(value);
    case 'number':
      return jsonNumber(String(value));
    case 'time':
      return String(value).slice(0, 8).replace(/:00$/, '');
    case 'dateTime':
      return jsonInstant(value instanceof Date ? value : new Date(String(value)));
    case 'autoNumber':
      return autoNumberJson(field, Number(value));
    case 'reference': {
      const shown = (field as AppField).shown;
      return shown ? jsonValue(shown, value, names) : null;
    }
  }
}

/** A user or group as the JSON dialects show one; for created_by and updated_by too. */
export function memberJson(
  member: { login?: string; id?: string; number: number; name: string } | undefined,
): JsonMember[] {
  if (!member) return [];
  return [{ id: member.login ?? member.id ?? '', number: member.number, name: member.name }];
}

/** `2024-02-29T14:34:56Z`; milliseconds only where there are any. */
export function jsonInstant(instant: Date): string {
  return instant.toISOString().replace('.000Z', 'Z');
}

function jsonNumber(text: string): number | string {
  const number = Number(text);
  const written = String(number);
  // what has an exponent is exact as well, but small numbers alone are still written as PostgreSQL reads them
  if (!/^-?\d+(\.\d+)?$/.test(written)) return text;
  return compareDecimals(written, text) === 0 ? number : text;
}

function autoNumberJson({ prefix, digits }: AppField | FieldDefinition, value: number): number | string {
  if (prefix === undefined && digits === undefined) return value;
  return `${prefix ?? ''}${String(value).padStart(digits ?? 1, '0')}`;
}
