import { isNode, LineCounter, parseDocument } from 'yaml';
import { ProgrammingError } from '../errors.ts';
import type { OpenApiDocument } from '../openapi/document.ts';
import { readOpenApi } from '../openapi/read.ts';
import type {
  AuthDescription,
  ColumnDescription,
  RouteDescription,
  SourceDescription,
  TableDescription,
  WriteDescription,
} from '../rest/description.ts';
import type { Property } from '../settings/properties.ts';
import {
  amount,
  count,
  either,
  flag,
  list,
  map,
  name,
  object,
  oneOf,
  type Path,
  pattern,
  text,
} from './schema.ts';

const columnType = oneOf('Integer', 'String', 'Boolean', 'Datetime', 'Date', 'Double');
const operator = oneOf('=', '>', '>=', '<', '<=');
const words = map(text);
const write = object({
  path: name,
  'method?': oneOf('POST', 'PUT', 'PATCH', 'DELETE'),
  'root?': name,
  'form?': words,
  'field?': name,
  'newKey?': name,
});

const column = object({
  type: columnType,
  'path?': text,
  'access?': oneOf('read', 'insert', 'write'),
  'required?': flag,
  'hidden?': flag,
  'references?': name,
  'description?': text,
  'values?': object({ 'read?': words, 'write?': words }),
});

const paging = either(
  object({
    style: oneOf('page'),
    parameter: name,
    size: count,
    'sizeParameter?': name,
    'first?': either(count, oneOf('0')),
  }),
  object({ style: oneOf('cursor'), parameter: name, next: name, size: count, 'sizeParameter?': name }),
  object({ style: oneOf('link'), size: count, 'sizeParameter?': name }),
  object({
    style: oneOf('offset', 'page', 'cursor', 'link'),
    parameter: name,
    size: count,
    'sizeParameter?': name,
  }),
);

const route = object({
  path: either(list(name), name),
  'where?': map(either(list(operator), operator)),
  'query?': words,
  'body?': name,
  'csv?': object({ skip: amount }),
  'send?': map(either(words, oneOf('compact', 'iso', 'date', 'epoch'))),
  'rows?': text,
  'single?': flag,
  'firstFound?': flag,
  'paging?': paging,
  'echo?': list(name),
  'each?': object({ path: name, rows: text, value: name, as: name }),
});

const source = object({
  name,
  baseUrl: name,
  format: oneOf('json', 'xml'),
  'properties?': list(object({ name, 'description?': text, 'default?': text, 'secret?': flag })),
  'auth?': list(
    either(
      object({ scheme: name, type: oneOf('none') }),
      object({ scheme: name, type: oneOf('basic'), user: text, password: text, 'needs?': list(name) }),
      object({ scheme: name, type: oneOf('header'), name, value: text, 'needs?': list(name) }),
      object({
        scheme: name,
        type: oneOf('login'),
        path: name,
        body: words,
        token: name,
        'needs?': list(name),
      }),
      object({
        scheme: name,
        type: oneOf('passwordGrant'),
        clientPath: name,
        tokenPath: name,
        scope: name,
        user: text,
        password: text,
        'needs?': list(name),
      }),
      object({
        scheme: name,
        type: oneOf('none', 'basic', 'header', 'login', 'passwordGrant', 'oauth'),
        authorizationUrl: name,
        tokenUrl: name,
        style: oneOf('standard', 'draft5'),
        'scope?': text,
      }),
    ),
  ),
  'limits?': list(object({ requests: count, seconds: count, 'match?': pattern })),
  'headers?': words,
  'envelope?': object({
    status: name,
    ok: list(name),
    message: name,
    'empty?': map(list(name)),
  }),
  tables: list(
    object({
      name,
      'description?': text,
      'view?': flag,
      'rows?': text,
      'key?': name,
      columns: map(either(columnType, column)),
      routes: list(route),
      'changes?': object({ column: name }),
      'insert?': write,
      'update?': write,
      'delete?': write,
      'area?': object({
        where: list(name),
        key: list(name),
        columns: list(name),
        path: name,
        body: name,
        'ok?': list(name),
      }),
      'needs?': text,
    }),
  ),
});

type Written<T> = T & Record<string, never>;
type WrittenRoute = Omit<RouteDescription, 'where'> & { where?: Record<string, string | string[]> };
type WrittenTable = Omit<TableDescription, 'columns' | 'routes'> & {
  columns: Record<string, string | Omit<ColumnDescription, 'name'>>;
  routes: WrittenRoute[];
};

/**
 * Reads the description of a REST service (docs/connect/sources.md), or an OpenAPI document.
 *
 * @throws ProgrammingError that names file, line, column and what is wrong there.
 */
export function readYamlDescription(content: string, file: string): SourceDescription {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [broken] = document.errors;
  if (broken) throw new ProgrammingError(`${place(broken.pos[0])}: ${broken.message.split('\n')[0]}`);
  const value: unknown = document.toJS();
  if (value !== null && typeof value === 'object' && 'openapi' in value) {
    return readOpenApi(value as OpenApiDocument, file);
  }
  const at = (path: Path) => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return place(node.range[0]);
    }
    return file;
  };
  const problems = [...source(value, [])];
  const description = problems.length === 0 ? build(value as Written<SourceDescription>) : undefined;
  if (description) problems.push(...references(description));
  if (problems.length > 0) {
    const said = problems
      .slice(0, 5)
      .map(({ path, message }) => `${at(path)}: ${path.join('.') || 'the file'} ${message}`);
    throw new ProgrammingError(said.join('\n'));
  }
  return description!;
}

function build(written: Written<SourceDescription>): SourceDescription {
  const { tables, auth, properties, limits, ...rest } = written as unknown as Omit<
    SourceDescription,
    'tables'
  > & {
    tables: WrittenTable[];
  };
  return {
    ...rest,
    auth: (auth as AuthDescription[] | undefined) ?? [{ scheme: 'None', type: 'none' }],
    properties: (properties ?? []).map(
      (property): Property => ({
        ...property,
        group: 'Authentication',
        type: 'string',
        default: property.default ?? '',
        description: property.description ?? '',
      }),
    ),
    limits: (limits ?? []).map((limit) => ({
      ...limit,
      ...(limit.match ? { match: new RegExp(String(limit.match)) } : {}),
    })),
    tables: tables.map(
      (table): TableDescription => ({
        ...table,
        rows: table.rows ?? '',
        columns: Object.entries(table.columns).map(([columnName, given]) =>
          typeof given === 'string'
            ? { name: columnName, type: given as ColumnDescription['type'] }
            : { name: columnName, ...given },
        ),
        routes: table.routes.map(({ where, ...one }): RouteDescription => {
          if (!where) return one;
          const uses = Object.entries(where).map(([columnName, given]) => [columnName, [given].flat()]);
          return { ...one, where: Object.fromEntries(uses) };
        }),
      }),
    ),
  };
}

/** Names in routes and keys must be those of columns; every `{Name}` needs a value. */
function references(description: SourceDescription): { path: Path; message: string }[] {
  const properties = new Set(description.properties?.map((property) => property.name));
  return description.tables.flatMap((table, i) => {
    const columns = new Set(table.columns.map((one) => one.name));
    const problems: { path: Path; message: string }[] = [];
    const known = (columnName: string, path: Path) => {
      if (!columns.has(columnName))
        problems.push({ path, message: `names ${columnName}, which is no column of ${table.name}` });
    };
    if (table.key) known(table.key, ['tables', i, 'key']);
    table.routes.forEach((one, n) => {
      const path: Path = ['tables', i, 'routes', n];
      const given = new Set([
        ...Object.keys(one.where ?? {}),
        ...properties,
        ...(one.each ? [one.each.as] : []),
      ]);
      for (const used of [...Object.keys(one.where ?? {}), ...(one.echo ?? [])]) known(used, path);
      const templates = [...[one.path].flat(), ...Object.values(one.query ?? {}), one.body ?? ''];
      for (const [, variable] of templates.join(' ').matchAll(/\{(\w+)\}/g)) {
        if (!given.has(variable!))
          problems.push({ path, message: `uses {${variable}}, for which its where gives no value` });
      }
    });
    const { area } = table;
    if (area) {
      for (const used of [...area.where, ...area.key, ...area.columns]) known(used, ['tables', i, 'area']);
      if (!table.key) problems.push({ path: ['tables', i, 'area'], message: 'needs a key of the table' });
      const routed = table.routes.some((one) => Object.keys(one.where ?? {}).join() === area.where.join());
      if (!routed)
        problems.push({ path: ['tables', i, 'area', 'where'], message: 'needs a route with just these' });
    }
    for (const kind of ['insert', 'update', 'delete'] as const) {
      const how: WriteDescription | undefined = table[kind];
      const used = [how?.path ?? '', ...Object.values(how?.form ?? {})].join(' ');
      for (const [, variable] of used.matchAll(/\{(\w+)\}/g)) {
        if (variable !== table.key && !properties.has(variable!)) {
          problems.push({
            path: ['tables', i, kind, 'path'],
            message: `uses {${variable}}, which is not the key`,
          });
        }
      }
    }
    return problems;
  });
}
