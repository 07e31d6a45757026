import type { ColumnShape, ColumnType, Operator, PlanShape, Source, SourceRow, Value } from '@renkei/connect';
import type { Caller } from '../../platform/caller.ts';
import { AppError } from '../../platform/errors.ts';
import {
  type App,
  type AppField,
  type Comparison,
  isComputed,
  type JsonValue,
  jsonInstant,
  type MemberSource,
  memberNames,
  type RecordRow,
  type Records,
  toJson,
} from '../records/index.ts';

/** Records of one page. */
const pageSize = 1000;

const types: Readonly<Partial<Record<AppField['kind'], ColumnType>>> = {
  number: 'Double',
  date: 'Date',
  dateTime: 'Datetime',
};
const exact: ReadonlySet<AppField['kind']> = new Set(['text', 'select', 'number', 'date']);
const ordered: ReadonlySet<AppField['kind']> = new Set(['number', 'date', 'dateTime']);

type Column = { shape: ColumnShape; field?: AppField; read?: (row: RecordRow) => Value };
type Plan = { shape: PlanShape; field?: AppField };
type Table = { app: App; name: string; columns: Column[]; plans: Plan[] };

/**
 * The apps that a caller may view as tables (contract §7): named by alias (`app_ID` where there is none), columns by
 * field alias or name, `id` first; when and by whom a record was made and changed, its revision and its state are
 * columns that `*` leaves out. Everything is read and written with the caller's rights.
 */
export async function createAppsSource({
  records,
  people,
  caller,
}: {
  records: Records;
  people: MemberSource;
  caller: Caller;
}): Promise<Source> {
  const tables = new Map<string, Table>();
  for (const app of await records.apps(caller)) {
    const fields = visibleFields(records, caller, app);
    if (!fields) continue;
    const name = app.alias ?? `app_${app.id}`;
    const columns = columnsOf(app, fields);
    tables.set(name, { app, name, columns, plans: plansOf(fields, columns[0]!.shape.name) });
  }

  async function* scan(request: Parameters<Source['scan']>[0]): AsyncGenerator<SourceRow[]> {
    const table = tables.get(request.table)!;
    const { app, columns } = table;
    const plan = table.plans[request.plan]!;
    const [condition] = request.conditions;
    const wanted = request.columns && new Set(request.columns);
    const used = columns.map((column) => !wanted || wanted.has(column.shape.name));
    const fields = columns.flatMap(({ field }, i) => (field && used[i] ? [field] : []));

    const rowsOf = async (rows: readonly RecordRow[]): Promise<SourceRow[]> => {
      const savers = rows.flatMap((row) => [row.created_by, row.updated_by]);
      const names = await memberNames(people, fields, rows, savers);
      return rows.map((row) =>
        columns.map(({ field, read }, i): Value => {
          if (!used[i]) return null;
          if (field) return cellOf(toJson(field, row, names));
          const value = read!(row);
          const saver = columns[i]!.shape.name.endsWith('By') ? names.users.get(Number(value)) : undefined;
          return saver ? saver.login : value;
        }),
      );
    };

    if (condition && !plan.field) {
      const id = Number(condition.value);
      if (!Number.isSafeInteger(id) || id < 1) return;
      try {
        yield await rowsOf([(await records.get(caller, app, id)).row]);
      } catch (error) {
        if (!(error instanceof AppError) || error.kind !== 'notFound') throw error;
      }
      return;
    }
    const filter = condition && plan.field && comparison(plan.field, condition.operator, condition.value);
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await records.list(caller, app, {
        limit: pageSize,
        fields,
        ...(filter && { filter }),
        ...(cursor !== undefined && { cursor }),
      });
      if (page.rows.length > 0) yield await rowsOf(page.rows);
      cursor = page.next;
    }
  }

  return {
    tables: () =>
      [...tables.values()].map(({ name, columns, plans }) => ({
        name,
        columns: columns.map(({ shape }) => shape),
        key: columns[0]!.shape.name,
        plans: plans.map(({ shape }) => shape),
        pageSize,
        writes: { insert: true, update: true, delete: true },
        together: true,
      })),
    scan: (request) => scan(request),
    // one statement writes to one table, and does one kind of thing
    async writeAll(requests) {
      const [first] = requests;
      if (!first) return [];
      const { app, columns } = tables.get(first.table)!;
      const inputOf = (written: Record<string, Value>) => {
        const input: { values: Record<string, unknown>; state?: string } = { values: {} };
        for (const [name, value] of Object.entries(written)) {
          const { field } = columns.find(({ shape }) => shape.name === name)!;
          if (field) input.values[field.name] = given(field, value);
          else if (value !== null) input.state = String(value);
        }
        return input;
      };
      const inserts = requests.flatMap((one) => (one.kind === 'insert' ? [inputOf(one.values)] : []));
      if (inserts.length > 0) return (await records.insert(caller, app, inserts)).map(({ id }) => id);
      const updates = requests.flatMap((one) =>
        one.kind === 'update' ? [{ id: Number(one.key), ...inputOf(one.values) }] : [],
      );
      if (updates.length > 0) return (await records.update(caller, app, updates)).map(({ id }) => id);
      const keys = requests.flatMap((one) => (one.kind === 'delete' ? [{ id: Number(one.key) }] : []));
      await records.remove(caller, app, keys);
      return keys.map(({ id }) => id);
    },
  };
}

/** Undefined where the caller may not view the app. */
function visibleFields(records: Records, caller: Caller, app: App): readonly AppField[] | undefined {
  try {
    return records.visibleFields(caller, app);
  } catch (error) {
    if (error instanceof AppError && error.kind === 'forbidden') return undefined;
    throw error;
  }
}

function columnsOf(app: App, fields: readonly AppField[]): Column[] {
  const known = new Set<string>();
  const own = fields.map((field): Column => {
    const name = unused(field.alias ?? field.name, known);
    return {
      field,
      shape: { name, type: types[field.kind] ?? 'String', ...(isComputed(field) && { readOnly: true }) },
    };
  });
  const system = (name: string, type: ColumnType, read: (row: RecordRow) => Value, more = {}): Column => ({
    shape: { name: unused(name, known), type, readOnly: true, hidden: true, ...more },
    read,
  });
  return [
    system('id', 'Integer', (row) => row.id, { hidden: false, required: true }),
    ...own,
    system('revision', 'Integer', (row) => row.revision),
    system('createdAt', 'Datetime', (row) => jsonInstant(row.created_at)),
    system('createdBy', 'String', (row) => row.created_by),
    system('updatedAt', 'Datetime', (row) => jsonInstant(row.updated_at)),
    system('updatedBy', 'String', (row) => row.updated_by),
    ...(app.states
      ? [
          system('state', 'String', (row) => row.state, { readOnly: false, hidden: false }),
          system('processId', 'String', (row) => row.process_id, { hidden: false }),
        ]
      : []),
  ];
}

/** SQLite's column names do not differ by case alone; a field keeps its name, what would repeat it gets a suffix. */
function unused(name: string, known: Set<string>): string {
  let result = name;
  for (let n = 2; known.has(result.toLowerCase()); n += 1) result = `${name}_${n}`;
  known.add(result.toLowerCase());
  return result;
}

/** Single records, what the database can filter by, and whole lists; every row is looked at again. */
function plansOf(fields: readonly AppField[], key: string): Plan[] {
  const plan = (field: AppField, operators: Operator[]): Plan => ({
    field,
    shape: {
      label: `records where ${field.name} ${operators.join(' ')} ?`,
      uses: [{ column: field.alias ?? field.name, operators }],
    },
  });
  const filterable = fields.filter((field, i) => {
    const name = (field.alias ?? field.name).toLowerCase();
    return fields.findIndex((other) => (other.alias ?? other.name).toLowerCase() === name) === i;
  });
  return [
    { shape: { label: 'record ?', uses: [{ column: key, operators: ['='] }], single: true } },
    ...filterable.filter(({ kind }) => exact.has(kind)).map((field) => plan(field, ['='])),
    ...filterable.filter(({ kind }) => ordered.has(kind)).map((field) => plan(field, ['>', '>=', '<', '<='])),
    { shape: { label: 'all records', uses: [] } },
  ];
}

/** A condition that finds at least the rows SQL means; undefined where the value does not suit the field. */
function comparison(field: AppField, op: Operator, value: Value): Comparison | undefined {
  const text = String(value);
  const suits = {
    text: typeof value === 'string' && text !== '',
    select: field.type === 'select' && (field.options ?? []).includes(text),
    number: /^-?\d{1,15}(\.\d{1,10})?$/.test(text),
    date: /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
    dateTime:
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
  } as Readonly<Partial<Record<AppField['kind'], boolean>>>;
  return suits[field.kind] ? { field: field.name, op, value: text } : undefined;
}

function cellOf(value: JsonValue): Value {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  return Array.isArray(value) && value.length === 0 ? null : JSON.stringify(value);
}

/** Lists (options, users, files, rows) are written as the JSON they are read as; a single user also as his login. */
function given(field: AppField, value: Value): unknown {
  if (typeof value === 'bigint') return String(value);
  if (!/^(multiSelect|users|groups|files|table)$/.test(field.kind) || typeof value !== 'string') return value;
  if (!/^\s*[[{]/.test(value)) return [value];
  try {
    return JSON.parse(value);
  } catch {
    return value; // refused with the field's own message
  }
}
