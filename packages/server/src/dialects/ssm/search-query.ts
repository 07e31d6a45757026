import { Type } from 'typebox';
import type { Search } from '../../modules/processes/index.ts';
import type { App, AppField, Condition } from '../../modules/records/index.ts';
import { toCharacterReferences } from '../../platform/text/shift-jis.ts';
import { errors } from './errors.ts';

const text = Type.Optional(Type.String());

/** The query of a list of processes; all but `limit`, `offset`, `q` and `state` are of this server's making. */
export const SearchQuery = Type.Object(
  {
    limit: text,
    offset: text,
    q: text,
    state: text,
    created_from: text,
    created_to: text,
    updated_from: text,
    updated_to: text,
    filter: text,
  },
  { additionalProperties: false },
);
type Query = Type.Static<typeof SearchQuery>;

/** Times in ISO 8601; `from` is included, `to` is not. */
const times = [
  ['created_from', '登録日時', '>='],
  ['created_to', '登録日時', '<'],
  ['updated_from', '更新日時', '>='],
  ['updated_to', '更新日時', '<'],
] as const;

/** What a query asks for. @throws AppError `ssm.query` */
export function readSearch(app: App, query: Query): Search {
  const conditions: Condition[] = [];
  if (query.state !== undefined) conditions.push({ field: 'state', op: '=', value: query.state });
  for (const [key, field, op] of times) {
    const value = query[key];
    if (value !== undefined) conditions.push({ field, op, value });
  }
  if (query.filter !== undefined) conditions.push(readFilter(app, query.filter));
  return {
    limit: wholeNumber(query.limit, 'limit', 1, 500) ?? 50,
    offset: wholeNumber(query.offset, 'offset', 0, 1_000_000_000) ?? 0,
    ...(query.q && { text: spellings(query.q) }),
    ...(conditions.length > 0 && { filter: { all: conditions } }),
  };
}

function wholeNumber(given: string | undefined, name: string, min: number, max: number): number | undefined {
  if (given === undefined) return undefined;
  const number = /^\d{1,10}$/.test(given) ? Number(given) : Number.NaN;
  if (!(number >= min && number <= max)) {
    throw errors.query({ name, allowed: `${min}-${max}` }, `/${name}`);
  }
  return number;
}

/** Text as it was given and as this API stores it: other dialects store what they are given. */
function spellings(text: string): string[] {
  return [...new Set([text, toCharacterReferences(text)])];
}

/** A condition as in the workspace file (contract §3), in JSON, with items by alias or name. */
function readFilter(app: App, given: string): Condition {
  let condition: unknown;
  try {
    condition = JSON.parse(given);
  } catch {
    throw errors.query({ name: 'filter', allowed: '{"field","op","value"}' }, '/filter');
  }
  return byNames(app, condition) as Condition;
}

/** What is not of the right form stays as it is: the records module says what is wrong with it. */
function byNames(app: App, node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  const { all, any, ...leaf } = node as { all?: unknown; any?: unknown; field?: unknown };
  const inner = (list: unknown) => (Array.isArray(list) ? list.map((one) => byNames(app, one)) : list);
  return {
    ...(all !== undefined && { all: inner(all) }),
    ...(any !== undefined && { any: inner(any) }),
    ...byName(app, leaf),
  };
}

const literal: ReadonlySet<unknown> = new Set(['=', '!=', 'contains', 'notContains']);

function byName(app: App, leaf: { field?: unknown; op?: unknown; value?: unknown }): object {
  const field =
    app.fields.find(({ alias }) => alias !== undefined && alias === leaf.field) ??
    app.fieldsByName.get(String(leaf.field));
  const renamed = field ? { ...leaf, field: field.name } : leaf;
  if (!isText(field) || !literal.has(leaf.op) || typeof leaf.value !== 'string') return renamed;
  const values = spellings(leaf.value);
  return { ...renamed, value: values.length > 1 ? values : leaf.value };
}

function isText(field: AppField | undefined): boolean {
  return field !== undefined && ['text', 'textarea', 'richText'].includes(field.type);
}
