import {
  type App,
  type AppField,
  type FieldDefinition,
  type FileInfo,
  type MemberNames,
  type RecordRow,
  recordValue,
  type StoredValue,
  systemFields,
  type TableRow,
} from '../../modules/records/index.ts';
import { toLocalTime } from '../../platform/time-zone.ts';

/** A record as the AppSuite API and its webhooks write it: members by part, values in `val` (appsuite §2.10). */

export type Cell = { val: unknown; type?: string; deny_write?: string };
export type RecordJson = Record<string, Cell>;

export type EncodeContext = {
  people: MemberNames;
  timeZone: string;
  /** Address of a file's download. */
  fileUrl(app: App, field: AppField, file: number): string;
};

const systemNames = systemFields.map(({ name }) => name);

/** What comes before the app's own parts, in the seed's order. */
export const leadingMembers: readonly string[] = ['revision', ...systemNames];

/** The members in the order of the seed's sample: `revision`, the five system parts, then `fields`. */
export function encodeRecord(
  app: App,
  row: RecordRow,
  fields: readonly AppField[],
  context: EncodeContext,
): RecordJson {
  const cells = fields.map((field): [string, Cell] => [field.name, encodeField(app, row, field, context)]);
  return Object.fromEntries([...encodeLeading(row, context), ...cells]);
}

/** `revision` and the five system parts, by name. */
export function encodeLeading(row: RecordRow, { people, timeZone }: EncodeContext): [string, Cell][] {
  const user = (number: number | null) => users(number === null ? [] : [number], people);
  return [
    ['revision', { val: String(row.revision) }],
    ['データID', { val: String(row.id) }],
    ['登録日時', { val: toLocalTime(row.created_at, timeZone) }],
    ['登録者', { val: user(row.created_by) }],
    ['更新日時', { val: toLocalTime(row.updated_at, timeZone) }],
    ['更新者', { val: user(row.updated_by) }],
  ];
}

export function encodeField(app: App, row: RecordRow, field: AppField, context: EncodeContext): Cell {
  const value = recordValue(row, field);
  if (field.kind === 'files') {
    const files = (value ?? []) as readonly FileInfo[];
    const item = files.map((file) => ({
      id: String(file.id),
      attachdisp: file.name,
      url: context.fileUrl(app, field, file.id),
      mimetype: file.type,
      size: String(file.size),
    }));
    return { val: { attach: { item } } };
  }
  const shown = field.kind === 'reference' ? (field.shown ?? field) : field;
  const val = encodeValue(shown.kind, value as StoredValue | Date, shown, context);
  // only calculated parts tell their type (appsuite §1.2 fact 8)
  return field.type === 'formula' ? { val, type: field.kind.toLowerCase() } : { val };
}

function encodeValue(
  kind: AppField['kind'],
  value: StoredValue | Date,
  field: FieldDefinition,
  context: EncodeContext,
): unknown {
  switch (kind) {
    case 'users':
      return users((value ?? []) as number[], context.people);
    case 'groups':
      return groups((value ?? []) as number[], context.people);
    case 'table':
      return {
        list: { item: ((value ?? []) as TableRow[]).map((row) => encodeTableRow(row, field, context)) },
      };
  }
  if (value === null || value === undefined) return '';
  switch (kind) {
    case 'dateTime':
      return toLocalTime(value instanceof Date ? value : new Date(value as string), context.timeZone);
    case 'date': {
      const [year, month, day] = String(value).split('-').map(Number);
      return { year, month, day };
    }
    case 'time':
      // seconds only where there are any, as everywhere
      return String(value).slice(0, 8).replace(/:00$/, '');
    case 'multiSelect':
      return (value as string[]).join('\n');
    case 'autoNumber':
      return (field.prefix ?? '') + String(value).padStart(field.digits ?? 1, '0');
    default:
      return Array.isArray(value) ? value.join('\n') : String(value);
  }
}

function encodeTableRow(row: TableRow, field: FieldDefinition, context: EncodeContext): RecordJson {
  return Object.fromEntries(
    (field.fields ?? []).map((column): [string, Cell] => {
      const kind = column.type as AppField['kind'];
      return [column.name, { val: encodeValue(kind, row[String(column.id)] ?? null, column, context) }];
    }),
  );
}

function users(numbers: readonly number[], people: MemberNames) {
  const item = numbers.map((number) => ({ id: String(number), Name: people.users.get(number)?.name ?? '' }));
  return { users: { item } };
}

function groups(numbers: readonly number[], people: MemberNames) {
  const item = numbers.map((number) => ({ id: String(number), Name: people.groups.get(number)?.name ?? '' }));
  return { groups: { item } };
}
