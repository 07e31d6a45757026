import { instantOf, instantText } from '../engine/instants.ts';
import type { ColumnType, Value, WriteRequest } from '../engine/shape.ts';
import { DataError, NotSupportedError, ProgrammingError } from '../errors.ts';
import type { HttpAnswer, HttpClient } from '../http/client.ts';
import type { Log } from '../log.ts';
import { type Body, createBody, formBody } from './bodies.ts';
import type {
  Api,
  ColumnDescription,
  Reader,
  SourceDescription,
  SpecialWrite,
  WriteDescription,
} from './description.ts';
import { verdict } from './envelope.ts';
import { refusal } from './refusals.ts';
import { accessOf, pathOf, type RestTable } from './tables.ts';
import { fill } from './template.ts';

export interface WriterOptions {
  description: SourceDescription;
  http: HttpClient;
  addressOf(path: string): URL;
  read(answer: HttpAnswer): Reader;
  api: Api;
  property(name: string): string;
  log: Log;
}

/** Does writes one by one; what cannot be written is refused before any request. */
export function createWriter(options: WriterOptions) {
  const { description, http, log } = options;
  const { format } = description;

  const variables = (table: RestTable, key: Value) => (name: string) =>
    name === table.description.key ? String(key) : options.property(name);

  return async function write(table: RestTable, request: WriteRequest, signal: AbortSignal): Promise<Value> {
    const { name } = table.description;
    const how = table.description[request.kind];
    if (!how || table.description.view) {
      throw new NotSupportedError(
        `${request.kind.toUpperCase()} is not supported for ${name}${table.description.view ? ', which is a view' : ''}`,
      );
    }
    const key = request.kind === 'insert' ? null : request.key;
    const values = request.kind === 'delete' ? {} : checked(table, request.kind, request.values);
    if (request.kind === 'update' && Object.keys(values).length === 0) return key;

    const ordinary: SpecialWrite['ordinary'] = async (given, begin) => {
      const body = bodyFor(table, how, request.kind, key);
      if (body) begin?.(body);
      for (const column of body && request.kind !== 'delete' ? table.columns : []) {
        const value = given[column.name];
        if (value === undefined) continue;
        const word = typeof value === 'string' ? (column.values?.write?.[value] ?? value) : value;
        if (column.write) column.write(word, body!);
        else body!.set(pathOf(column, format)!, word, column.type);
      }
      return send(table, how, request.kind, key, body, signal);
    };
    if (how.special) return how.special({ api: options.api, key, values, ordinary }, signal);
    return ordinary(values);
  };

  function bodyFor(
    table: RestTable,
    how: WriteDescription,
    kind: WriteRequest['kind'],
    key: Value,
  ): Body | undefined {
    const { name } = table.description;
    const own = kind === 'insert' ? undefined : key;
    if (how.form) {
      const fixed = Object.entries(how.form).map(([field, template]): [string, string] => [
        field,
        fill(template, variables(table, key)),
      ]);
      return formBody(Object.fromEntries(fixed), how.field, name, own);
    }
    return kind === 'delete' ? undefined : createBody(format, how.root, name, own);
  }

  async function send(
    table: RestTable,
    how: WriteDescription,
    kind: WriteRequest['kind'],
    key: Value,
    body: Body | undefined,
    signal: AbortSignal,
  ): Promise<Value> {
    const usual = ({ insert: 'POST', update: 'PUT', delete: 'DELETE' } as const)[kind];
    const method = how.method ?? (how.form ? 'POST' : usual);
    const url = options.addressOf(fill(how.path, variables(table, key), encodeURIComponent));
    const accept = format === 'xml' ? 'application/xml' : 'application/json';
    const headers: Record<string, string> = { accept, ...description.headers };
    if (body) headers['content-type'] = body.media;
    const answer = await http.send({ method, url, headers, ...(body ? { body: body.text() } : {}) }, signal);
    if (answer.status < 200 || answer.status > 299) throw refusal(answer, method, log);
    const said = verdict(description.envelope, () => options.read(answer), answer, method, log);
    if (said) throw said === 'empty' ? refusal({ ...answer, status: 404 }, method, log) : said;
    return kind === 'insert' ? newKey(table, how, answer) : key;
  }

  /** The key of a new row: from the record in the answer, or from its address. */
  function newKey(table: RestTable, how: WriteDescription, answer: HttpAnswer): Value {
    const column = table.columns.find(({ name }) => name === table.description.key);
    if (!column) return null;
    const path = how.newKey ?? pathOf(column, format) ?? column.name;
    if (answer.body.trim() !== '') {
      const parts = options.read(answer).parts(how.root ?? '');
      const cell = parts[0]?.cell(path);
      if (cell !== undefined && cell !== null)
        return column.type === 'Integer' ? integer(String(cell)) : String(cell);
    }
    const last = /\/([^/?]+?)(?:\.\w+)?(?:\?.*)?$/.exec(String(answer.headers.location ?? ''))?.[1];
    if (last === undefined) return null;
    return column.type === 'Integer' ? integer(last) : decodeURIComponent(last);
  }
}

function integer(text: string): Value {
  if (!/^-?\d+$/.test(text)) return null;
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
}

/** Refuses what may not be written, and gives the values as their columns' types have them. */
export function checked(
  table: RestTable,
  kind: 'insert' | 'update',
  values: Record<string, Value>,
): Record<string, Value> {
  const { name } = table.description;
  const result: Record<string, Value> = {};
  for (const [given, value] of Object.entries(values)) {
    const column = table.columns[table.positions.get(given)!]!;
    const access = accessOf(table.description, column);
    if (access === 'read' || (access === 'insert' && kind === 'update')) {
      throw new NotSupportedError(
        `${name}.${column.name} is read-only${access === 'insert' ? ' after INSERT' : ''}`,
      );
    }
    result[given] = fitting(name, column, value);
  }
  const missing = table.columns.filter((column) => column.required && (result[column.name] ?? null) === null);
  if (kind === 'insert' && missing.length > 0) {
    throw new ProgrammingError(
      `INSERT INTO ${name} needs ${missing.map((column) => column.name).join(', ')}`,
    );
  }
  return result;
}

function fitting(table: string, { name, type }: ColumnDescription, value: Value): Value {
  if (value === null) return null;
  const text = String(value).trim();
  const fail = (): never => {
    throw new DataError(`${table}.${name} takes a ${type}, not "${text}"`);
  };
  const by: Record<ColumnType, () => Value> = {
    String: () => (typeof value === 'object' ? fail() : String(value)),
    Integer: () =>
      integer(text) ??
      (Number.isInteger(Number(text)) && text !== '' ? integer(String(Number(text))) : null) ??
      fail(),
    Double: () => (text !== '' && Number.isFinite(Number(text)) ? Number(text) : fail()),
    Boolean: () => (/^(1|true)$/i.test(text) ? 1 : /^(0|false)$/i.test(text) ? 0 : fail()),
    Datetime: () => {
      const time = instantOf(text);
      return time === undefined ? fail() : instantText(time);
    },
    Date: () => {
      const time = instantOf(text);
      return time === undefined ? fail() : instantText(time).slice(0, 10);
    },
  };
  return by[type]();
}
