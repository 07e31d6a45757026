import { emptySql, joinSql, rawSql, type Sql, sql } from '../../../platform/database/database.ts';
import { type AppError, collectErrors } from '../../../platform/errors.ts';
import type { App, AppField } from '../app.ts';
import { type Comparison, type Condition, type ConditionOperator, systemFields } from '../definition.ts';
import { errors } from '../errors.ts';
import { type Lookups, memberReference, readValue } from './values.ts';

/** Conditions become SQL over the app's table, whoever asks: lists, access rights, and automations (in RETURNING). */

export const maxConditionDepth = 8;

/** Stands in for whoever the condition is judged for. */
export const loginUser = '$loginUser';
export const loginUserGroups = '$loginUserGroups';

export type ConditionContext = Lookups & {
  /** What `$loginUser` and his groups are in the statement; absent where no user is at hand (periodic automations). */
  caller?: { user: Sql; groups: Sql };
  /** Alias of the app's table in the statement. */
  alias?: string;
};

/** A column that conditions, sorting and keyword search can use: an entered or computed field, or a system one. */
export type Column = { name: string; kind: AppField['kind'] | 'id' | 'user'; sql: string; field?: AppField };

const ordered: ConditionOperator[] = ['=', '!=', '<', '<=', '>', '>='];
const presence: ConditionOperator[] = ['isEmpty', 'isNotEmpty'];
const substring: ConditionOperator[] = ['contains', 'notContains'];
const operatorsOf: Record<Column['kind'], ConditionOperator[]> = {
  text: [...ordered, ...substring, ...presence],
  textarea: ['=', '!=', ...substring, ...presence],
  richText: ['=', '!=', ...substring, ...presence],
  select: ['=', '!=', ...substring, ...presence],
  number: [...ordered, ...presence],
  autoNumber: [...ordered, ...presence],
  date: [...ordered, ...presence],
  time: [...ordered, ...presence],
  dateTime: [...ordered, ...presence],
  multiSelect: ['=', '!=', ...substring, ...presence],
  users: ['=', '!=', ...substring, ...presence],
  groups: ['=', '!=', ...substring, ...presence],
  reference: ['=', '!=', ...presence],
  files: presence,
  table: presence,
  id: ordered,
  user: ['=', '!=', ...presence],
};

/** The column of a field's name (system fields and the state of a process included), or undefined. */
export function columnOf(app: App, name: string, alias = 't'): Column | undefined {
  const field = app.fieldsByName.get(name);
  if (field) return { name, kind: field.kind, sql: `${alias}.${field.column}`, field };
  const system = systemFields.find((one) => one.name === name);
  if (system) {
    const kind = system.column === 'id' ? 'id' : system.column.endsWith('_at') ? 'dateTime' : 'user';
    return { name, kind, sql: `${alias}.${system.column}` };
  }
  if (name === 'state' && app.states) return { name, kind: 'text', sql: `${alias}.state` };
  return undefined;
}

/** All that is wrong with a condition, with pointers below `place`. */
export function conditionFaults(
  app: App,
  condition: unknown,
  lookups: ConditionContext,
  place: string,
): AppError[] {
  const faults: AppError[] = [];
  walk(condition, place, 1);
  return faults;

  function walk(node: unknown, at: string, depth: number): void {
    if (depth > maxConditionDepth) {
      faults.push(errors.conditionDepth({ limit: maxConditionDepth }, at));
      return;
    }
    const { all, any, ...leaf } = (node ?? {}) as Record<string, unknown>;
    const list = all ?? any;
    if (list !== undefined) {
      if (!Array.isArray(list) || (all !== undefined && any !== undefined) || Object.keys(leaf).length > 0) {
        faults.push(errors.conditionShape({}, at));
        return;
      }
      const key = all === undefined ? 'any' : 'all';
      for (const [index, inner] of list.entries()) walk(inner, `${at}/${key}/${index}`, depth + 1);
      return;
    }
    if (typeof leaf.field !== 'string' || typeof leaf.op !== 'string') {
      faults.push(errors.conditionShape({}, at));
      return;
    }
    try {
      comparisonSql(app, leaf as Comparison, lookups, at);
    } catch (error) {
      faults.push(error as AppError);
    }
  }
}

/** A condition as SQL. @throws AppError where it does not fit the app */
export function conditionSql(app: App, condition: Condition, context: ConditionContext, place = ''): Sql {
  const faults = conditionFaults(app, condition, context, place);
  const error = collectErrors(faults);
  if (error) throw error;
  return nodeSql(app, condition, context);
}

function nodeSql(app: App, node: Condition, context: ConditionContext): Sql {
  if ('all' in node) return allOf(node.all.map((inner) => nodeSql(app, inner, context)));
  if ('any' in node) return anyOf(node.any.map((inner) => nodeSql(app, inner, context)));
  return comparisonSql(app, node, context, '');
}

/** Nothing to meet is met; an empty `any` is not. */
export function allOf(parts: readonly Sql[]): Sql {
  return parts.length === 0 ? sql`true` : sql`(${joinSql(parts, ' AND ')})`;
}

export function anyOf(parts: readonly Sql[]): Sql {
  return parts.length === 0 ? sql`false` : sql`(${joinSql(parts, ' OR ')})`;
}

function comparisonSql(
  app: App,
  { field: name, op, value }: Comparison,
  context: ConditionContext,
  place: string,
): Sql {
  const column = columnOf(app, name, context.alias ?? 't');
  if (!column) throw errors.fieldUnknown({ field: name }, `${place}/field`);
  const allowed = operatorsOf[column.kind];
  if (!allowed.includes(op)) {
    throw errors.conditionOperator({ field: name, op, allowed: allowed.join(' ') }, `${place}/op`);
  }
  const it = rawSql(column.sql);
  if (op === 'isEmpty') return sql`${it} IS NULL`;
  if (op === 'isNotEmpty') return sql`${it} IS NOT NULL`;
  if (value === undefined) {
    throw errors.conditionValue({ field: name, reason: 'value' }, `${place}/value`);
  }
  const values = Array.isArray(value) ? value : [value];
  const negative = op === '!=' || op === 'notContains';
  const single = values.map(compareWith);
  const matched = anyOf(single);
  return negative ? sql`(${matched}) IS NOT TRUE` : single.length === 1 ? single[0]! : matched;

  function compareWith(one: unknown): Sql {
    const plain = op === '!=' ? '=' : op === 'notContains' ? 'contains' : op;
    return compare(column!, plain, one, context, `${place}/value`);
  }
}

function compare(
  column: Column,
  op: ConditionOperator,
  value: unknown,
  context: ConditionContext,
  place: string,
): Sql {
  const it = rawSql(column.sql);
  const sign = rawSql(op === 'contains' ? '=' : op);
  switch (column.kind) {
    case 'text':
    case 'textarea':
    case 'richText':
    case 'select': {
      const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
      if (typeof text !== 'string' || text.includes('\0')) throw wrongValue(column, place, 'text');
      if (text === '' && op === '=') return sql`${it} IS NULL`;
      if (op === 'contains') return sql`${it} LIKE ${`%${escapeLike(text)}%`}`;
      // the index is on the first characters; the whole text decides
      if (op === '=' && column.kind === 'text' && column.field) {
        return sql`(left(${it}, 200) = left(${text}, 200) AND ${it} = ${text})`;
      }
      return sql`${it} ${sign} ${text}`;
    }
    case 'id':
    case 'autoNumber':
    case 'reference': {
      const text = String(value);
      if (!/^\d{1,18}$/.test(text)) throw wrongValue(column, place, '1');
      return sql`${it} ${sign} ${text}::bigint`;
    }
    case 'number':
      return sql`${it} ${sign} ${scalar(column, 'number', value, context, place)}::numeric`;
    case 'date':
      return sql`${it} ${sign} ${scalar(column, 'date', value, context, place)}::date`;
    case 'time':
      return sql`${it} ${sign} ${scalar(column, 'time', value, context, place)}::time`;
    case 'dateTime':
      return sql`${it} ${sign} ${scalar(column, 'dateTime', value, context, place)}::timestamptz`;
    case 'multiSelect': {
      if (typeof value !== 'string') throw wrongValue(column, place, 'text');
      return sql`${it} @> ARRAY[${value}]::text[]`;
    }
    case 'users':
    case 'groups':
      return sql`${it} && ${members(column, value, context, place)}`;
    case 'user':
      return sql`${it} = ANY (${members(column, value, context, place)})`;
    case 'files':
    case 'table':
      return emptySql; // operatorsOf allows presence only
  }
}

function scalar(
  column: Column,
  type: 'number' | 'date' | 'time' | 'dateTime',
  value: unknown,
  context: Lookups,
  place: string,
) {
  const result = readValue({ id: 0, name: column.name, type }, value, context, place);
  if ('fault' in result) throw result.fault;
  if (result.value === null) throw wrongValue(column, place, type);
  return result.value;
}

function members(column: Column, value: unknown, context: ConditionContext, place: string): Sql {
  const isUser = column.kind !== 'groups';
  if (value === loginUser || value === loginUserGroups) {
    if (!context.caller) return sql`ARRAY[]::integer[]`;
    return isUser
      ? sql`ARRAY[${context.caller.user}]::integer[]`
      : sql`(${context.caller.groups})::integer[]`;
  }
  const reference = memberReference(value);
  const found =
    reference === undefined ? undefined : isUser ? context.user(reference) : context.group(reference);
  if (found === undefined) throw wrongValue(column, place, String(value));
  return sql`ARRAY[${found}]::integer[]`;
}

/** The users and groups that a condition names, to be looked up before it is compiled. */
export function conditionReferences(condition: unknown): (string | number)[] {
  if (typeof condition !== 'object' || condition === null) return [];
  const { all, any, value } = condition as Record<string, unknown>;
  const list = all ?? any;
  if (Array.isArray(list)) return list.flatMap(conditionReferences);
  return (Array.isArray(value) ? value : [value]).flatMap((one) => memberReference(one) ?? []);
}

function wrongValue({ name }: Column, place: string, reason: string): AppError {
  return errors.conditionValue({ field: name, reason }, place);
}

/** For LIKE with its default escape character: the text itself, no wildcards. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, (character) => `\\${character}`);
}
