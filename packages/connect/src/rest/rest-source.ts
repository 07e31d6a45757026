import type { Operator, PlanShape, Row, ScanRequest, Source, TableShape, Value } from '../engine/shape.ts';
import { DataError, InternalError, OperationalError } from '../errors.ts';
import type { HttpAnswer, HttpClient } from '../http/client.ts';
import type { Log } from '../log.ts';
import { typed } from './cells.ts';
import type {
  Api,
  Cell,
  ColumnDescription,
  Reader,
  RouteDescription,
  SourceDescription,
  TableDescription,
} from './description.ts';
import { parseJson } from './json.ts';
import { createSeen, firstPage, nextPage, readAhead } from './pages.ts';
import { refusal } from './refusals.ts';
import { fill, written } from './template.ts';
import { createWriter } from './writer.ts';
import { parseXml, parseXmlRows } from './xml.ts';

export interface RestSourceOptions {
  description: SourceDescription;
  http: HttpClient;
  /** Base address, without a slash at the end. */
  baseUrl: string;
  /** Value of a connection property, for templates. */
  property(name: string): string;
  /** Tables for which nothing but whole lists is asked, unless a list needs conditions. */
  pushesDown(table: string): boolean;
  /** Whether a pseudo-column is shown as a column. */
  shows(table: string, column: string): boolean;
  log: Log;
}

/** Pages after which the next one is fetched while the current one is read: short queries ask for nothing in vain. */
const aheadAfter = 8;

/** A table of a REST source, with the columns the service added. */
export interface RestTable {
  description: TableDescription;
  columns: ColumnDescription[];
  /** Column names in lower case and their positions. */
  positions: Map<string, number>;
  complete: boolean;
  /** Rows seen when the whole list was last read. */
  size: number | undefined;
}

export interface RestSource extends Source {
  description: SourceDescription;
  restTables(): RestTable[];
}

export const pathOf = (column: ColumnDescription, format: 'xml' | 'json'): string | null => {
  if (column.path !== undefined) return column.path;
  if (format === 'json') return column.name;
  return column.name.replace(/(?<=[a-z0-9])([A-Z])/g, '-$1').toLowerCase();
};

/** How a column may be written; keys are given out by the service unless a description says otherwise. */
export const accessOf = (table: TableDescription, column: ColumnDescription) =>
  column.access ?? (column.name === table.key ? 'read' : 'write');

/** A source that reads and writes a REST service as its description says. */
export function createRestSource(options: RestSourceOptions): RestSource {
  const { description, http, baseUrl } = options;
  const { format } = description;
  const tables = new Map<string, RestTable>();
  for (const table of description.tables) {
    tables.set(table.name, withColumns(table, table.columns, !table.moreColumns));
  }

  function withColumns(table: TableDescription, columns: ColumnDescription[], complete: boolean): RestTable {
    const positions = new Map(columns.map((column, i) => [column.name, i]));
    return { description: table, columns, positions, complete, size: tables.get(table.name)?.size };
  }

  const routesOf = (table: TableDescription) => {
    const whole = table.routes.some((route) => !route.where);
    if (options.pushesDown(table.name) || !whole) return table.routes;
    // Conditions on pseudo-columns stay: no list holds what they ask for.
    const hidden = new Set(table.columns.filter((column) => column.hidden).map((column) => column.name));
    return table.routes.filter((route) => Object.keys(route.where ?? {}).every((name) => hidden.has(name)));
  };

  const read = (answer: HttpAnswer) => readable(answer, format === 'xml' ? parseXml : parseJson);

  function readable<T>(answer: HttpAnswer, parse: (text: string) => T): T {
    try {
      return parse(answer.body);
    } catch (error) {
      const what = options.log.masked((error as Error).message.split('\n')[0]!);
      throw new InternalError(`${answer.url}: the answer is not readable ${format.toUpperCase()}: ${what}`);
    }
  }

  async function get(address: URL, signal: AbortSignal): Promise<HttpAnswer> {
    const accept = format === 'xml' ? 'application/xml' : 'application/json';
    return http.send({ method: 'GET', url: address, headers: { accept, ...description.headers } }, signal);
  }

  const addressOf = (path: string, query: Record<string, string> = {}) => {
    const address = new URL(baseUrl + path);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    return address;
  };

  /**
   * Reads the rows of answers; columns that nobody looks at stay null. XML whose wanted columns are all
   * given by paths is read without building a tree.
   */
  function rowsReader(
    table: RestTable,
    where: string,
    single: boolean,
    echoed: ReadonlyMap<number, Value>,
    needed: ReadonlySet<string> | undefined,
  ): (answer: HttpAnswer) => { rows: Row[]; body: Reader | undefined } {
    const width = table.columns.length;
    const wanted = table.columns.flatMap((column, at) => {
      if (echoed.has(at) || (needed && !needed.has(column.name))) return [];
      return [{ at, column, path: pathOf(column, format) }];
    });
    const rowOf = (cellOf: (slot: number) => Cell, place: string): Row => {
      const row: Row = new Array(width).fill(null);
      for (const [at, value] of echoed) row[at] = value;
      for (let slot = 0; slot < wanted.length; slot += 1) {
        const { at, column } = wanted[slot]!;
        const cell = cellOf(slot);
        const words = column.values?.read;
        const value = typed(words && typeof cell === 'string' ? (words[cell] ?? cell) : cell, column.type);
        if (value === undefined) {
          const what = options.log.masked(String(cell));
          throw new DataError(
            `${place}: ${column.name} of ${table.description.name} is no ${column.type}: "${what}"`,
          );
        }
        row[at] = value;
      }
      return row;
    };
    const simple = wanted.every(({ column, path }) => !column.read && path !== null && !path.endsWith('[]'));
    if (format === 'xml' && simple) {
      const paths = wanted.map(({ path }) => path!);
      return (answer) => {
        const found = readable(answer, (text) => parseXmlRows(text, where, paths));
        const cells = single ? found.slice(0, 1) : found;
        return { rows: cells.map((own) => rowOf((slot) => own[slot], answer.url)), body: undefined };
      };
    }
    return (answer) => {
      const body = read(answer);
      const readers = body.parts(where);
      const rows = (single ? readers.slice(0, 1) : readers).map((reader) =>
        rowOf((slot) => {
          const { column, path } = wanted[slot]!;
          return column.read ? column.read(reader) : path === null ? null : reader.cell(path);
        }, answer.url),
      );
      return { rows, body };
    };
  }

  /** The pages of one path of a route. */
  async function* pagesOf(
    table: RestTable,
    route: RouteDescription,
    path: string,
    query: Record<string, string>,
    echoed: Map<number, Value>,
    needed: ReadonlySet<string> | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Row[], 'missing' | undefined> {
    const keyAt = table.description.key ? table.positions.get(table.description.key)! : -1;
    const seen = createSeen();
    const where = route.rows ?? table.description.rows;
    const rowsIn = rowsReader(table, where, route.single === true, echoed, needed);
    let cursor: ReturnType<typeof nextPage> = firstPage(route.paging);
    let total = 0;
    for (let number = 1; cursor; number += 1) {
      const address = cursor.address
        ? sameOrigin(new URL(cursor.address, baseUrl), baseUrl)
        : addressOf(path, { ...query, ...cursor.query });
      const answer = await get(address, signal);
      if (answer.status === 404 && (route.single || route.firstFound)) return 'missing';
      if (answer.status !== 200) throw refusal(answer, 'GET', options.log);
      const { rows, body } = rowsIn(answer);
      // A row that moved from one page to the next is given once.
      const fresh = keyAt < 0 || !route.paging ? rows : rows.filter((row) => !seen(row[keyAt]));
      total += rows.length;
      cursor = nextPage(
        route.paging,
        number,
        total,
        rows.length,
        fresh.length,
        answer,
        () => body ?? read(answer),
      );
      if (fresh.length > 0) yield fresh;
    }
    return undefined;
  }

  async function* scan(request: ScanRequest, signal: AbortSignal): AsyncGenerator<Row[]> {
    const table = tables.get(request.table)!;
    const route = routesOf(table.description)[request.plan]!;
    const needed = request.columns && new Set(request.columns);
    const values = new Map<string, string>();
    const echoed = new Map<number, Value>();
    for (const { column, value } of request.conditions) {
      values.set(column, written(column, value, route.send?.[column]));
      if (route.echo?.includes(column)) echoed.set(table.positions.get(column)!, value);
    }
    const variable = (name: string) => values.get(name) ?? options.property(name);
    const query: Record<string, string> = {};
    for (const [name, template] of Object.entries(route.query ?? {})) query[name] = fill(template, variable);

    const follow = async function* (): AsyncGenerator<Row[]> {
      for (const path of [route.path].flat()) {
        const target = fill(path, variable, encodeURIComponent);
        const outcome = yield* pagesOf(table, route, target, query, echoed, needed, signal);
        if (route.firstFound && outcome !== 'missing') return;
      }
    };
    let count = 0;
    if (!route.each) {
      for await (const page of follow()) {
        count += page.length;
        yield page;
      }
    } else {
      const { each } = route;
      const answer = await get(addressOf(fill(each.path, variable, encodeURIComponent)), signal);
      if (answer.status !== 200) throw refusal(answer, 'GET', options.log);
      for (const parent of read(answer).parts(each.rows)) {
        const value = parent.cell(each.value);
        values.set(each.as, String(value));
        const at = table.positions.get(each.as);
        if (at !== undefined) echoed.set(at, typed(value, table.columns[at]!.type) ?? null);
        yield* follow();
      }
    }
    if (!route.where && !route.each) table.size = count;
  }

  const api: Api = {
    async get(path, signal) {
      const answer = await get(addressOf(path), signal);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw refusal(answer, 'GET', options.log);
      return read(answer);
    },
    async send(method, path, body, signal) {
      const headers = { 'content-type': 'application/xml', ...description.headers };
      const answer = await http.send({ method, url: addressOf(path), headers, body }, signal);
      if (answer.status >= 300) throw refusal(answer, method, options.log);
    },
  };

  const writer = createWriter({
    description,
    http,
    addressOf,
    read,
    api,
    log: options.log,
    property: options.property,
  });

  return {
    description,
    restTables: () => [...tables.values()],
    tables: () => [...tables.values()].map((table) => shapeOf(table, routesOf(table.description), options)),
    async complete(names, signal) {
      let changed = false;
      for (const [name, table] of tables) {
        if (table.complete || !names.includes(name)) continue;
        const more = await table.description.moreColumns!(api, signal);
        tables.set(name, withColumns(table.description, [...table.description.columns, ...more], true));
        changed = true;
      }
      return changed;
    },
    scan(request, signal) {
      const stop = new AbortController();
      const abort = () => stop.abort(signal.reason);
      signal.addEventListener('abort', abort);
      const pages = readAhead(scan(request, stop.signal), aheadAfter);
      return {
        async next() {
          const page = await pages.next();
          if (page.done) signal.removeEventListener('abort', abort);
          return page;
        },
        async return() {
          signal.removeEventListener('abort', abort);
          stop.abort(new OperationalError('The scan was stopped'));
          pages.return(undefined).catch(() => undefined);
          return { done: true, value: undefined };
        },
      };
    },
    async size(name, lookups, signal) {
      const table = tables.get(name)!;
      const { count } = table.description;
      // One more request pays only where it may save many.
      if (table.size === undefined && count && lookups > 10) table.size = await count(api, signal);
      return table.size;
    },
    write: (request, signal) => writer(tables.get(request.table)!, request, signal),
  };
}

function shapeOf(
  { description: table, columns, complete }: RestTable,
  routes: RouteDescription[],
  options: RestSourceOptions,
): TableShape {
  const plans = routes.map((route): PlanShape => {
    const uses = Object.entries(route.where ?? {}).map(([column, operators]) => ({
      column,
      operators: operators as Operator[],
    }));
    const parameters = Object.keys(route.query ?? {}).map((name) => `${name}=?`);
    const path = [route.path].flat().join(' + ');
    return {
      label: `GET ${path}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`,
      uses,
      ...(route.single && uses.length === 1 ? { single: true } : {}),
    };
  });
  const paged = routes.find((route) => !route.where)?.paging;
  return {
    name: table.name,
    columns: columns.map((column) => ({
      name: column.name,
      type: column.type,
      ...(column.hidden && !options.shows(table.name, column.name) ? { hidden: true } : {}),
      ...(accessOf(table, column) === 'write' ? {} : { readOnly: true }),
      ...(column.name === table.key ? { required: true } : {}),
    })),
    ...(table.view
      ? {}
      : {
          writes: {
            insert: Boolean(table.insert),
            update: Boolean(table.update),
            delete: Boolean(table.delete),
          },
        }),
    plans,
    ...(table.key === undefined ? {} : { key: table.key }),
    ...(paged ? { pageSize: paged.size } : {}),
    ...(complete ? {} : { incomplete: true }),
    ...(table.changes ? { changes: table.changes } : {}),
    ...(table.needs === undefined ? {} : { needs: table.needs }),
  };
}

/** Credentials go to the service only, whatever address its answers name. */
function sameOrigin(address: URL, baseUrl: string): URL {
  if (address.origin !== new URL(baseUrl).origin) {
    throw new OperationalError(`The next page lies at ${address.origin}, another host: it is not followed`);
  }
  return address;
}
