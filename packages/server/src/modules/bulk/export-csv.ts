import { stringify } from 'csv-stringify/sync';
import type { Caller } from '../../platform/caller.ts';
import { encodeWindows31j } from '../../platform/text/windows31j.ts';
import { toLocalTime } from '../../platform/time-zone.ts';
import {
  type App,
  type AppField,
  accessOf,
  type Condition,
  type FileInfo,
  type MemberNames,
  type MemberSource,
  memberNames,
  type RecordRow,
  type Records,
  recordValue,
  referencedId,
} from '../records/index.ts';
import { errors } from './errors.ts';
import type { Encoding } from './read-csv.ts';

export type ExportOptions = {
  encoding: Encoding;
  /** Names of the fields; default all that the caller may see. */
  fields?: readonly string[];
  filter?: Condition;
};

const pageSize = 1000;

/**
 * The records that the caller may see as CSV, a page at a time, in the form that `importCsv` takes: several values on
 * lines of their own, users and groups by their ids, references by record id, tables as JSON.
 */
export async function* exportCsv(
  records: Records,
  people: MemberSource,
  caller: Caller,
  app: App,
  { encoding, fields: wanted, filter }: ExportOptions,
): AsyncGenerator<Buffer> {
  if (!accessOf(app, caller, app.lookups).allows('export')) throw errors.forbidden({ operation: 'export' });
  const visible = records.visibleFields(caller, app);
  const fields = wanted === undefined ? visible : wanted.map((name) => fieldOf(visible, name));
  const encode = (text: string) =>
    encoding === 'utf-8' ? Buffer.from(text) : encodeWindows31j(text, () => '?');
  if (encoding === 'utf-8') yield Buffer.from('\uFEFF');
  yield encode(csv([['データID', ...fields.map(({ name }) => name)]]));
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await records.list(caller, app, {
      fields,
      limit: pageSize,
      ...(filter && { filter }),
      ...(cursor !== undefined && { cursor }),
    });
    const names = await memberNames(people, fields, page.rows);
    const lines = page.rows.map((row) => [
      String(row.id),
      ...fields.map((field) => cellOf(app, row, field, names)),
    ]);
    if (lines.length > 0) yield encode(csv(lines));
    cursor = page.next;
  }
}

function csv(lines: readonly string[][]): string {
  return stringify(lines as string[][], { record_delimiter: 'windows' });
}

function fieldOf(visible: readonly AppField[], name: string): AppField {
  const field = visible.find((one) => one.name === name || one.alias === name);
  if (!field) throw errors.columnUnknown({ column: name });
  return field;
}

function cellOf(app: App, row: RecordRow, field: AppField, names: MemberNames): string {
  const value = field.kind === 'reference' ? referencedId(row, field) : recordValue(row, field);
  if (value === null || value === undefined) return '';
  switch (field.kind) {
    case 'users':
      return (value as number[]).map((number) => names.users.get(number)?.login ?? number).join('\n');
    case 'groups':
      return (value as number[]).map((number) => names.groups.get(number)?.id ?? number).join('\n');
    case 'multiSelect':
      return (value as string[]).join('\n');
    case 'files':
      return (value as readonly FileInfo[]).map(({ name }) => name).join('\n');
    case 'dateTime':
      return toLocalTime(value as unknown as Date, app.lookups.timeZone);
    case 'table':
      return JSON.stringify(tableOf(field, value as unknown as Record<string, unknown>[]));
    default:
      return String(value);
  }
}

function tableOf(field: AppField, rows: readonly Record<string, unknown>[]) {
  return rows.map((row) =>
    Object.fromEntries((field.fields ?? []).map(({ id, name }) => [name, row[String(id)] ?? null])),
  );
}
