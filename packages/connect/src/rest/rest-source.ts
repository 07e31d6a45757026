import type { Row, ScanRequest, Source, Value } from '../engine/shape.ts';
import { OperationalError } from '../errors.ts';
import type { HttpAnswer, HttpClient } from '../http/client.ts';
import type { Log } from '../log.ts';
import { writeAreas } from './areas.ts';
import { converters } from './cells.ts';
import type {
  Api,
  AreaDescription,
  ColumnDescription,
  RouteDescription,
  SourceDescription,
  TableDescription,
} from './description.ts';
import { verdict } from './envelope.ts';
import { createSeen, firstPage, nextPage, readAhead } from './pages.ts';
import { refusal } from './refusals.ts';
import { createRowReader } from './rows.ts';
import { type RestTable, shapeOf } from './tables.ts';
import { fill, jsonSafe, written } from './template.ts';
import { checked, createWriter } from './writer.ts';
import { escapeXml } from './xml.ts';

export interface RestSourceOptions {
  description: SourceDescription;
  http: HttpClient;
  /** Base address, without a slash at the end; fails where a property that it needs is missing. */
  baseUrl(): string;
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

export interface RestSource extends Source {
  description: SourceDescription;
  restTables(): RestTable[];
}

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

  const { read, rowsReader } = createRowReader(format, options.log);

  async function get(address: URL, signal: AbortSignal, body?: string): Promise<HttpAnswer> {
    const media = format === 'xml' ? 'application/xml' : 'application/json';
    const headers = { accept: media, ...description.headers };
    if (body === undefined) return http.send({ method: 'GET', url: address, headers }, signal);
    const typed = { 'content-type': `${media}; charset=utf-8`, ...headers };
    return http.send({ method: 'POST', url: address, headers: typed, body }, signal);
  }

  const addressOf = (path: string, query: Record<string, string> = {}) => {
    const address = new URL(baseUrl() + path);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    return address;
  };

  /** The pages of one path of a route. */
  async function* pagesOf(
    table: RestTable,
    route: RouteDescription,
    path: string,
    query: Record<string, string>,
    body: string | undefined,
    echoed: Map<number, Value>,
    needed: ReadonlySet<string> | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Row[], 'missing' | undefined> {
    const keyAt = table.description.key ? table.positions.get(table.description.key)! : -1;
    const seen = createSeen();
    const where = route.rows ?? table.description.rows;
    const rowsIn = rowsReader(table, where, route, echoed, needed);
    let cursor: ReturnType<typeof nextPage> = firstPage(route.paging);
    let total = 0;
    for (let number = 1; cursor; number += 1) {
      const address = cursor.address
        ? sameOrigin(new URL(cursor.address, baseUrl()), baseUrl())
        : addressOf(path, { ...query, ...cursor.query });
      const answer = await get(address, signal, body);
      if (answer.status === 404 && (route.single || route.firstFound)) return 'missing';
      if (answer.status !== 200) throw refusal(answer, 'GET', options.log);
      const { rows, body: whole } = rowsIn(answer);
      const said = verdict(description.envelope, () => whole ?? read(answer), answer, 'GET', options.log);
      if (said === 'empty') return 'missing';
      if (said) throw said;
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
        () => whole ?? read(answer),
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
    for (const [name, template] of Object.entries(route.query ?? {}))
      query[name] = fill(template, variable, jsonSafe(template));

    const follow = async function* (): AsyncGenerator<Row[]> {
      for (const path of [route.path].flat()) {
        const target = fill(path, variable, encodeURIComponent);
        const body =
          route.body === undefined
            ? undefined
            : fill(route.body, variable, format === 'xml' ? escapeXml : jsonSafe(route.body));
        const outcome = yield* pagesOf(table, route, target, query, body, echoed, needed, signal);
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
        if (at !== undefined) echoed.set(at, converters[table.columns[at]!.type](value) ?? null);
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

  async function replaceArea(
    { path, body, ok }: AreaDescription,
    where: Record<string, Value>,
    rows: string,
    signal: AbortSignal,
  ): Promise<void> {
    const variable = (name: string) =>
      name === 'rows' ? rows : String(where[name] ?? options.property(name));
    const text = fill(body, variable, format === 'xml' ? escapeXml : jsonSafe(body));
    const address = addressOf(fill(path, variable, encodeURIComponent));
    const answer = await get(address, signal, text);
    if (answer.status !== 200) throw refusal(answer, 'POST', options.log);
    const envelope = description.envelope && { ...description.envelope, ...(ok ? { ok } : {}) };
    const said = verdict(envelope, () => read(answer), answer, 'POST', options.log);
    if (said) throw said === 'empty' ? refusal(answer, 'POST', options.log) : said;
  }

  return {
    description,
    restTables: () => [...tables.values()],
    tables: () =>
      [...tables.values()].map((table) => shapeOf(table, routesOf(table.description), options.shows)),
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
    writeAll(requests, signal) {
      const table = tables.get(requests[0]!.table)!;
      const access = {
        scan,
        replace: replaceArea,
        checked: (kind: 'insert' | 'update', values: Record<string, Value>) => checked(table, kind, values),
      };
      return writeAreas(table, table.description.area!, requests, access, signal);
    },
  };
}

/** Credentials go to the service only, whatever address its answers name. */
function sameOrigin(address: URL, baseUrl: string): URL {
  if (address.origin !== new URL(baseUrl).origin) {
    throw new OperationalError(`The next page lies at ${address.origin}, another host: it is not followed`);
  }
  return address;
}
