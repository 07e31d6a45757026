import { type Caller, isAdmin } from '../../platform/caller.ts';
import { type Database, type Sql, sql } from '../../platform/database/database.ts';
import type { App, AppField } from './app.ts';
import type { Condition } from './definition.ts';
import { errors } from './errors.ts';
import type { Registry } from './registry.ts';
import { type Access, accessOf, demand } from './rules/access.ts';
import { allOf, anyOf, conditionReferences, conditionSql } from './rules/condition-sql.ts';
import { type RecordRow, selectList } from './store/columns.ts';
import {
  countRecords,
  keywordCondition,
  listRecords,
  type Order,
  orderBy,
  type Position,
  readRecords,
} from './store/list.ts';
import { createReadTogether } from './store/read-together.ts';
import { visibleTargets } from './targets.ts';

export type ListOptions = {
  /** By names, as in the workspace file; fields the caller may not see are unknown to him. */
  filter?: Condition;
  /** Literal text, or several spellings of it, that one of `keywordFields` (default: all visible) holds. */
  keyword?: string | readonly string[];
  keywordFields?: readonly AppField[];
  /** Name of the field to sort by; default the record's id. */
  sort?: string;
  descending?: boolean;
  limit: number;
  /** What `next` of the page before said. */
  cursor?: string;
  offset?: number;
  /** Which fields are read; default all visible ones. */
  fields?: readonly AppField[];
  /** Tells for each record what the caller may do with it (`rightsOf`). */
  rights?: boolean;
};

/** Records with the fields that the caller may see. */
export type RecordPage = { fields: readonly AppField[]; rows: RecordRow[]; next: string | null };

export type ReadRecords = {
  /** Fields of an app that the caller may see, in order. @throws AppError `forbidden` when he may not view the app */
  visibleFields(caller: Caller, app: App): readonly AppField[];
  /** With `rights`, tells what the caller may do with it (`rightsOf`). */
  get(
    caller: Caller,
    app: App,
    id: number,
    options?: { rights?: boolean },
  ): Promise<{ fields: readonly AppField[]; row: RecordRow }>;
  /** The record of a process id. */
  getProcess(
    caller: Caller,
    app: App,
    processId: string,
  ): Promise<{ fields: readonly AppField[]; row: RecordRow }>;
  list(caller: Caller, app: App, options: ListOptions): Promise<RecordPage>;
  /**
   * What of rows that a save gave back the caller may see: he may be allowed to add but not to view, and a change may
   * hide a record from who made it.
   */
  afterSave(caller: Caller, app: App, rows: readonly RecordRow[]): Promise<SavedRecords>;
  count(
    caller: Caller,
    app: App,
    options: Pick<ListOptions, 'filter' | 'keyword' | 'keywordFields'>,
  ): Promise<number>;
  history(caller: Caller, app: App, id: number): Promise<HistoryItem[]>;
};

/** Of the `hidden` ones only that they were saved. */
export type SavedRecords = {
  fields: readonly AppField[];
  rows: readonly RecordRow[];
  hidden: ReadonlySet<number>;
};

export type HistoryItem = {
  revision: number;
  at: Date;
  by: number | null;
  via: string;
  /** By field name (and `state`): before and after. Fields the caller may not see are left out. */
  changes: Record<string, readonly [unknown, unknown]>;
};

export function createReadRecords({
  database,
  registry,
}: {
  database: Database;
  registry: Registry;
}): ReadRecords {
  function viewing(caller: Caller, app: App): { access: Access; fields: readonly AppField[] } {
    const access = accessOf(app, caller, app.lookups);
    demand(access, 'view');
    return { access, fields: app.fields.filter((field) => !access.hidden.has(field)) };
  }

  const readTogether = createReadTogether(database);

  async function get(caller: Caller, app: App, id: number, rights = false) {
    const { access, fields } = viewing(caller, app);
    const list = selectList(fields, visibleTargets(app, await registry.all(), caller));
    const columns = rights ? sql`${list}, ${rightsSql(access)}` : list;
    const row = await readTogether(app, columns, access.condition('view'), id);
    if (!row) throw errors.recordNotFound({ id });
    return { fields, row };
  }

  async function narrowing(
    caller: Caller,
    app: App,
    { filter, keyword, keywordFields }: Pick<ListOptions, 'filter' | 'keyword' | 'keywordFields'>,
  ): Promise<{ access: Access; fields: readonly AppField[]; where: Sql }> {
    const { access, fields } = viewing(caller, app);
    const parts = [access.condition('view')];
    if (filter) {
      const lookups = await registry.lookups(conditionReferences(filter));
      const callerSql = { user: sql`${caller.user}::integer`, groups: sql`${[...caller.groups]}` };
      const seen = access.hidden.size === 0 ? app : withoutFields(app, access.hidden);
      parts.push(conditionSql(seen, filter, { ...lookups, caller: callerSql }, '/filter'));
    }
    if (keyword) {
      const searched = (keywordFields ?? fields).filter((field) => !access.hidden.has(field));
      const spellings = typeof keyword === 'string' ? [keyword] : keyword;
      parts.push(anyOf(spellings.map((one) => keywordCondition(searched, one))));
    }
    return { access, fields, where: allOf(parts) };
  }

  return {
    visibleFields: (caller, app) => viewing(caller, app).fields,
    get: (caller, app, id, options) => get(caller, app, id, options?.rights),
    async getProcess(caller, app, processId) {
      const { access, fields } = viewing(caller, app);
      const { rows } = await listRecords(database, app, {
        fields,
        targets: visibleTargets(app, await registry.all(), caller),
        where: allOf([sql`t.process_id = ${processId}`, access.condition('view')]),
        order: { column: { name: 'id', kind: 'id', sql: 't.id' }, descending: false },
        limit: 1,
        often: true,
      });
      const [row] = rows;
      if (!row) throw errors.recordNotFound({ id: processId });
      return { fields, row };
    },
    async list(caller, app, options) {
      const { access, fields, where } = await narrowing(caller, app, options);
      const order =
        options.sort === undefined
          ? {
              column: { name: 'id', kind: 'id' as const, sql: 't.id' },
              descending: options.descending ?? false,
            }
          : orderBy(app, options.sort, options.descending ?? false, access.hidden);
      const chosen = options.fields?.filter((field) => !access.hidden.has(field)) ?? fields;
      const after = options.cursor === undefined ? undefined : readCursor(options.cursor, order);
      const { rows, last } = await listRecords(database, app, {
        fields: chosen,
        targets: visibleTargets(app, await registry.all(), caller),
        where,
        order,
        limit: options.limit,
        ...(options.rights && { extra: rightsSql(access) }),
        ...(after && { after }),
        ...(options.offset !== undefined && { offset: options.offset }),
      });
      return {
        fields: chosen,
        rows,
        next: last && rows.length === options.limit ? writeCursor(last, order) : null,
      };
    },
    async afterSave(caller, app, rows) {
      const access = accessOf(app, caller, app.lookups);
      const ids = rows.map(({ id }) => id);
      if (!access.allows('view')) return { fields: [], rows, hidden: new Set(ids) };
      const fields = app.fields.filter((field) => !access.hidden.has(field));
      // saved rows show references as they are
      const asSaved = isAdmin(caller) || !fields.some(({ kind }) => kind === 'reference');
      if (asSaved && access.everyRecord('view')) return { fields, rows, hidden: new Set() };
      const targets = visibleTargets(app, await registry.all(), caller);
      const where = access.condition('view');
      const seen = await readRecords(database, app, ids, { fields, targets, where });
      const byId = new Map(seen.map((row) => [row.id, row]));
      return {
        fields,
        rows: rows.map((row) => byId.get(row.id) ?? row),
        hidden: new Set(ids.filter((id) => !byId.has(id))),
      };
    },
    async count(caller, app, options) {
      return countRecords(database, app, (await narrowing(caller, app, options)).where);
    },
    async history(caller, app, id) {
      const { access, fields } = viewing(caller, app);
      const found = await readRecords(database, app, [id], {
        fields: [],
        targets: new Map(),
        where: access.condition('view'),
      });
      if (found.length === 0) throw errors.recordNotFound({ id });
      const rows = await database.rows<HistoryItem & { changes: Record<string, [unknown, unknown]> }>(sql`
        SELECT revision, at, by_user AS by, via, changes FROM records.history
        WHERE app = ${app.id} AND record = ${id} ORDER BY revision DESC LIMIT 1000`);
      const names = new Map([
        ...fields.map((field) => [String(field.id), field.name] as const),
        ['state', 'state'],
      ]);
      return rows.map((row) => ({
        ...row,
        changes: Object.fromEntries(
          Object.entries(row.changes).flatMap(([key, pair]) =>
            names.has(key) ? [[names.get(key)!, pair]] : [],
          ),
        ),
      }));
    },
  };
}

/** Whether the caller may change and delete each record. */
function rightsSql(access: Access): Sql {
  const may = (operation: 'change' | 'delete') =>
    access.allows(operation) ? access.condition(operation) : sql`false`;
  return sql`(${may('change')}) AS may_change, (${may('delete')}) AS may_delete`;
}

/** What the caller may do with a record that was read with `rights`. */
export function rightsOf(row: RecordRow): { change: boolean; delete: boolean } {
  return { change: row.may_change === true, delete: row.may_delete === true };
}

/** The app as somebody sees it who may not see these fields: for him they do not exist. */
function withoutFields(app: App, hidden: ReadonlySet<AppField>): App {
  return {
    ...app,
    fieldsByName: new Map([...app.fieldsByName].filter(([, field]) => !hidden.has(field))),
  };
}

/** The order goes with the position: in another one it means nothing. */
function writeCursor({ key, id }: Position, order: Order): string {
  return Buffer.from(JSON.stringify([orderName(order), key, id])).toString('base64url');
}

/** The key may still be none of ours: `listRecords` refuses it where the database cannot read it. */
function readCursor(cursor: string, order: Order): Position {
  try {
    const [name, key, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (name === orderName(order) && (key === null || typeof key === 'string') && Number.isSafeInteger(id))
      return { key, id: id as number };
  } catch {
    // not ours
  }
  throw errors.cursor({}, '/cursor');
}

function orderName({ column, descending }: Order): string {
  return `${descending ? '-' : ''}${column.sql}`;
}
