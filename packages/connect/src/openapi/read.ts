import type { ColumnType } from '../engine/shape.ts';
import { ProgrammingError } from '../errors.ts';
import type {
  AuthDescription,
  ColumnDescription,
  Paging,
  RouteDescription,
  SourceDescription,
  TableDescription,
} from '../rest/description.ts';
import type { Property } from '../settings/properties.ts';
import {
  createResolver,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  type PathItem,
  type Resolver,
  type Schema,
} from './document.ts';

/** Rows asked for at once where the document sets no lower maximum. */
const pageSize = 100;

/**
 * Makes tables of an OpenAPI 3 document: each GET without path parameters that answers a list of objects is
 * a table, the path below it with one parameter reads, changes and deletes one row.
 *
 * @throws ProgrammingError when no such list is found.
 */
export function readOpenApi(document: OpenApiDocument, file: string): SourceDescription {
  if (!/^3\./.test(document.openapi)) {
    throw new ProgrammingError(`${file}: OpenAPI ${document.openapi} is not supported, only 3.x`);
  }
  const resolver = createResolver(document);
  const paths = document.paths ?? {};
  const tables = Object.keys(paths).flatMap((path) => tableOf(path, paths, resolver) ?? []);
  if (tables.length === 0) {
    throw new ProgrammingError(`${file}: no GET without path parameters answers a JSON list of objects`);
  }
  const { auth, properties } = securityOf(document);
  const server = document.servers?.[0]?.url ?? '';
  return {
    name: nameOf(document.info?.title ?? 'openapi').toLowerCase(),
    baseUrl: /^https?:\/\//.test(server) ? server : '{URL}',
    format: 'json',
    auth,
    properties,
    tables,
  };
}

const nameOf = (text: string) =>
  text
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join('') || 'Source';

function tableOf(
  path: string,
  paths: Record<string, PathItem>,
  resolver: Resolver,
): TableDescription | undefined {
  const item = paths[path]!;
  if (/[{}]/.test(path) || !item.get) return undefined;
  const answer = resolver.answer(item.get);
  const list = listIn(resolver.json(answer), resolver);
  if (!list) return undefined;
  const onePath = Object.keys(paths).find(
    (other) => other.startsWith(`${path}/{`) && /^\{[^/{}]+\}$/.test(other.slice(path.length + 1)),
  );
  const one = onePath === undefined ? undefined : paths[onePath]!;
  const parameter = onePath?.slice(path.length + 2, -1);
  const names = Object.keys(list.row.properties ?? {});
  const key = [parameter, 'id', `${parameter}Id`].find((name) => name !== undefined && names.includes(name));
  const change = one?.patch ?? one?.put;
  const columns = columnsOf(list.row, key, resolver, item.post, change);
  const parameters = parametersOf(item, item.get, resolver);
  const paging = pagingOf(
    parameters,
    resolver.json(answer),
    Boolean(answer?.headers && 'Link' in answer.headers),
  );
  const routes: RouteDescription[] = [];
  const keyPath = key && onePath ? onePath.replace(`{${parameter}}`, `{${key}}`) : undefined;
  if (key && keyPath && one?.get) {
    const rows = wrapperOf(resolver.json(resolver.answer(one.get)), key, resolver);
    routes.push({ path: keyPath, rows, where: { [key]: ['='] }, single: true });
  }
  for (const { name } of parameters) {
    if (!columns.some((column) => column.name === name)) continue;
    routes.push({
      path,
      where: { [name]: ['='] },
      query: { [name]: `{${name}}` },
      ...(paging ? { paging } : {}),
    });
  }
  routes.push({ path, ...(paging ? { paging } : {}) });
  return {
    name: nameOf(path.split('/').filter(Boolean).at(-1) ?? 'Rows'),
    ...(item.get.summary ? { description: item.get.summary } : {}),
    ...(item.post || change || one?.delete ? {} : { view: true }),
    rows: list.path,
    ...(key ? { key } : {}),
    columns,
    routes,
    ...(item.post ? { insert: { path, ...rootOf(item.post, columns, resolver) } } : {}),
    ...(change && keyPath
      ? {
          update: {
            path: keyPath,
            method: one?.patch ? ('PATCH' as const) : ('PUT' as const),
            ...rootOf(change, columns, resolver),
          },
        }
      : {}),
    ...(one?.delete && keyPath ? { delete: { path: keyPath } } : {}),
  };
}

const isObject = (schema: Schema | undefined): schema is Schema => schema?.properties !== undefined;

/** Where an answer holds its list of objects: the answer itself, or its only property that is one. */
function listIn(schema: Schema | undefined, resolver: Resolver): { path: string; row: Schema } | undefined {
  const rowOf = (list: Schema | undefined) => {
    const row = resolver.schema(resolver.schema(list)?.items);
    return isObject(row) ? row : undefined;
  };
  const direct = rowOf(schema);
  if (direct) return { path: '', row: direct };
  const lists = Object.entries(schema?.properties ?? {}).flatMap(([path, property]) => {
    const row = rowOf(property);
    return row ? [{ path, row }] : [];
  });
  return lists.length === 1 ? lists[0] : undefined;
}

/** The property that wraps a single row, or nothing when the answer is the row. */
function wrapperOf(schema: Schema | undefined, key: string, resolver: Resolver): string {
  if (!schema?.properties || key in schema.properties) return '';
  const found = Object.entries(schema.properties).find(
    ([, property]) => key in (resolver.schema(property)?.properties ?? {}),
  );
  return found?.[0] ?? '';
}

/** The property that wraps the fields of a request body. */
function rootOf(operation: Operation, columns: ColumnDescription[], resolver: Resolver): { root?: string } {
  const properties = Object.entries(resolver.json(operation.requestBody)?.properties ?? {});
  const [only] = properties;
  if (properties.length !== 1 || columns.some(({ name }) => name === only![0])) return {};
  return isObject(resolver.schema(only![1])) ? { root: only![0] } : {};
}

function fieldsOf(operation: Operation | undefined, resolver: Resolver): Schema | undefined {
  const schema = resolver.json(operation?.requestBody);
  const inner = Object.values(schema?.properties ?? {}).map((property) => resolver.schema(property));
  return inner.length === 1 && isObject(inner[0]) ? inner[0] : schema;
}

function columnsOf(
  row: Schema,
  key: string | undefined,
  resolver: Resolver,
  create: Operation | undefined,
  change: Operation | undefined,
): ColumnDescription[] {
  const inserted = fieldsOf(create, resolver);
  const updated = fieldsOf(change, resolver);
  return Object.entries(row.properties ?? {}).map(([name, property]): ColumnDescription => {
    const schema = resolver.schema(property) ?? {};
    const inUpdate = name in (updated?.properties ?? {});
    const inInsert = name in (inserted?.properties ?? {});
    const access =
      schema.readOnly || name === key || (!inUpdate && !inInsert) ? 'read' : inUpdate ? 'write' : 'insert';
    return {
      name,
      type: typeOf(schema),
      access: name === key && inInsert && !schema.readOnly ? 'insert' : access,
      ...(inInsert && inserted?.required?.includes(name) ? { required: true } : {}),
      ...(schema.description ? { description: schema.description } : {}),
    };
  });
}

function typeOf({ type, format }: Schema): ColumnType {
  const name = [type].flat().find((one) => one !== 'null');
  if (name === 'integer') return 'Integer';
  if (name === 'number') return 'Double';
  if (name === 'boolean') return 'Boolean';
  if (format === 'date-time') return 'Datetime';
  return format === 'date' ? 'Date' : 'String';
}

const parametersOf = (item: PathItem, operation: Operation, resolver: Resolver): Parameter[] =>
  [...(item.parameters ?? []), ...(operation.parameters ?? [])]
    .map((parameter) => resolver.at(parameter)!)
    .filter((parameter) => parameter?.in === 'query');

/** Recognises the usual ways of paging by the names of parameters. */
function pagingOf(parameters: Parameter[], answer: Schema | undefined, hasLink: boolean): Paging | undefined {
  const find = (...names: string[]) => parameters.find(({ name }) => names.includes(name.toLowerCase()));
  const size = find('limit', 'per_page', 'perpage', 'page_size', 'pagesize', 'size', '$top');
  const sized = {
    size: Math.min(pageSize, size?.schema?.maximum ?? pageSize),
    ...(size ? { sizeParameter: size.name } : {}),
  };
  if (hasLink) return { style: 'link', ...sized };
  const cursor = find('cursor', 'page_token', 'pagetoken', 'after');
  const next = Object.keys(answer?.properties ?? {}).find((name) =>
    /^next(_?(cursor|page_?token))?$/i.test(name),
  );
  if (cursor && next) return { style: 'cursor', parameter: cursor.name, next, ...sized };
  const offset = find('offset', 'skip', 'start', '$skip');
  if (offset && size) return { style: 'offset', parameter: offset.name, ...sized };
  const page = find('page', 'page_number');
  const first = page?.schema?.default === 0 ? { first: 0 } : {};
  return page && size ? { style: 'page', parameter: page.name, ...first, ...sized } : undefined;
}

function securityOf(document: OpenApiDocument): { auth: AuthDescription[]; properties: Property[] } {
  const names = new Map<string, boolean>();
  const auth = Object.entries(document.components?.securitySchemes ?? {}).flatMap(
    ([scheme, given]): AuthDescription[] => {
      if (given.type === 'http' && given.scheme?.toLowerCase() === 'bearer') {
        names.set('Token', true);
        return [{ scheme, type: 'header', name: 'Authorization', value: 'Bearer {Token}', needs: ['Token'] }];
      }
      if (given.type === 'http' && given.scheme?.toLowerCase() === 'basic') {
        names.set('User', false).set('Password', true);
        return [{ scheme, type: 'basic', user: '{User}', password: '{Password}', needs: ['User'] }];
      }
      if (given.type === 'apiKey' && given.in === 'header' && given.name) {
        names.set('APIKey', true);
        return [{ scheme, type: 'header', name: given.name, value: '{APIKey}', needs: ['APIKey'] }];
      }
      const flow = given.type === 'oauth2' ? given.flows?.authorizationCode : undefined;
      if (!flow) return [];
      const scope = Object.keys(flow.scopes ?? {}).join(' ');
      return [
        {
          scheme,
          type: 'oauth',
          authorizationUrl: flow.authorizationUrl,
          tokenUrl: flow.tokenUrl,
          style: 'standard',
          ...(scope ? { scope } : {}),
        },
      ];
    },
  );
  return {
    auth: [...auth, { scheme: 'None', type: 'none' }],
    properties: [...names].map(([name, secret]) => ({
      name,
      group: 'Authentication',
      type: 'string',
      default: '',
      description: `${name} for the service`,
      ...(secret ? { secret: true as const } : {}),
    })),
  };
}
