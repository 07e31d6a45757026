import type { OAuthDescription } from '../auth/oauth-endpoints.ts';
import type { ColumnType, Operator, Value } from '../engine/shape.ts';
import type { RateLimit } from '../http/rate-limit.ts';
import type { Property } from '../settings/properties.ts';

/**
 * A REST service as tables. Built-in sources are written in TypeScript, others in YAML
 * (docs/connect/sources.md); both end up as this.
 *
 * Texts marked "template" may hold `{Name}`: a condition's value, a key or a connection property.
 */
export interface SourceDescription {
  /** Name of the source, of its schema and of its settings folder. */
  name: string;
  /** Template of the address that paths are added to; the property `URL` replaces it. */
  baseUrl: string;
  format: 'xml' | 'json';
  /** Connection properties beside the common ones. */
  properties?: Property[];
  /** Ways to authenticate; the first is used when `AuthScheme` is not set. */
  auth: AuthDescription[];
  /** Limits that all connections to one base address keep together. */
  limits?: RateLimit[];
  /** Sent with every request. */
  headers?: Record<string, string>;
  /** Where an answer says how the call went, for services that answer failures with 200 as well. */
  envelope?: Envelope;
  tables: TableDescription[];
}

export interface Envelope {
  /** Path of the word that tells, and the words for success. */
  status: string;
  ok: string[];
  /** Path of what the service says to a failure. */
  message: string;
  /** Failures that mean "there are no rows": paths and values. */
  empty?: Record<string, string[]>;
}

export type AuthDescription = { scheme: string; needs?: string[] } & (
  | { type: 'none' }
  /** HTTP Basic; templates. */
  | { type: 'basic'; user: string; password: string }
  /** A header; the value is a template. */
  | { type: 'header'; name: string; value: string }
  /** POST of JSON fields (templates) to a path, answered with a token that is then sent as Bearer. */
  | { type: 'login'; path: string; body: Record<string, string>; token: string }
  /** OAuth tokens for a user's name and password, after a registration of its own; paths, and templates. */
  | {
      type: 'passwordGrant';
      clientPath: string;
      tokenPath: string;
      scope: string;
      user: string;
      password: string;
    }
  | ({ type: 'oauth' } & OAuthDescription)
);

export interface TableDescription {
  name: string;
  description?: string;
  /** Listed among the views: nothing can be written. */
  view?: boolean;
  /**
   * Where rows stand in an answer: element names for XML (`people/person`), property names for JSON; empty:
   * the whole answer is the list, or the one row.
   */
  rows: string;
  key?: string;
  columns: ColumnDescription[];
  /** Tried in this order where several need as few requests. */
  routes: RouteDescription[];
  /** Reads further columns from the service when a statement may mean one. */
  moreColumns?: (api: Api, signal: AbortSignal) => Promise<ColumnDescription[]>;
  /** Rows the table holds, for the choice between single reads and the whole list. */
  count?: (api: Api, signal: AbortSignal) => Promise<number | undefined>;
  /** For a copy kept by AutoCache: the column to ask for changes by, and where deleted rows are listed. */
  changes?: { column: string; deletions?: { table: string; type: string } };
  insert?: WriteDescription;
  update?: WriteDescription;
  delete?: WriteDescription;
  /** In place of `insert`, `update` and `delete`. */
  area?: AreaDescription;
  /** Said when a query gives none of the conditions the routes need. */
  needs?: string;
}

/** How rows are written where a service replaces all rows of an area at once. */
export interface AreaDescription {
  /** Columns that name the area; a route has just these conditions. */
  where: string[];
  /** Columns that tell rows apart, those of `where` included. The table's `key` is a column that holds them together. */
  key: string[];
  /** Fields of a row in the request, in order. */
  columns: string[];
  /** Template of the path, and of the POST's body, in which `{rows}` are the rows as CSV. */
  path: string;
  body: string;
  /** Words of the envelope's status for a write that was wholly done; absent: the envelope's own. */
  ok?: string[];
}

export interface ColumnDescription {
  name: string;
  type: ColumnType;
  /**
   * Where the value stands in a row: names joined by `/`, the first of each where there are several; `@name`
   * for an XML attribute; `name[]` at the end for a JSON list of all. Absent: the name itself for JSON, in
   * lower case with hyphens for XML (`FirstName`: `first-name`). Null: nowhere.
   */
  path?: string | null;
  /** `read` (default for the key): never sent. `insert`: only with INSERT. `write` (default): also with UPDATE. */
  access?: 'read' | 'insert' | 'write';
  /** INSERT must give it. */
  required?: boolean;
  /** A pseudo-column: not part of `SELECT *`. */
  hidden?: boolean;
  /** `Table.Column` it refers to. */
  references?: string;
  description?: string;
  /** The service's words for values and ours. */
  values?: { read?: Record<string, string>; write?: Record<string, string> };
  /** Takes the place of `path` for values that no path can name. */
  read?: (row: Reader) => Cell;
  /** Takes the place of `path` in the body of a write. */
  write?: (value: Value, request: WriteBody) => void;
}

export interface RouteDescription {
  /** Template. Several: their rows follow each other, or the first that exists counts (`firstFound`). */
  path: string | string[];
  firstFound?: boolean;
  /** Conditions that must be given, and with which operators. */
  where?: Record<string, Operator[]>;
  /** Query parameters; templates. In one that is a JSON text values are escaped. */
  query?: Record<string, string>;
  /** The request is a POST of this text: a template, in which values are escaped for the service's format. */
  body?: string;
  /** What stands at `rows` is CSV text: its lines, but for the first `skip`, are rows; column paths count fields from 1. */
  csv?: { skip: number };
  /** How a condition's value is written: as it is, by a table of words, or as a point in time. */
  send?: Record<string, Record<string, string> | TimeForm>;
  /** Overrides the table's `rows`. */
  rows?: string;
  /** One row at most; a 404 means none. */
  single?: boolean;
  paging?: Paging;
  /** Columns that repeat the condition's value in every row. */
  echo?: string[];
  /** Makes one request for each row of another list, whose value is then `{as}`. */
  each?: { path: string; rows: string; value: string; as: string };
}

/** `compact`: 20070310151152, one second earlier than the bound, as it is not known to be inclusive (connector §4.5). */
export type TimeForm = 'compact' | 'iso' | 'date' | 'epoch';

export type Paging =
  /** `parameter` counts rows; absent on the first page. */
  | { style: 'offset'; parameter: string; size: number; sizeParameter?: string }
  /** `parameter` counts pages, from `first` (1). */
  | { style: 'page'; parameter: string; size: number; sizeParameter?: string; first?: number }
  /** The answer holds at `next` what `parameter` must be for the next page. */
  | { style: 'cursor'; parameter: string; next: string; size: number; sizeParameter?: string }
  /** The answer's `Link` header names the next page. */
  | { style: 'link'; size: number; sizeParameter?: string };

export interface WriteDescription {
  method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Template. */
  path: string;
  /** Element, or property, that wraps the fields; absent: none for JSON. */
  root?: string;
  /** The body is a form: these fields (templates) and one for each column that is written. */
  form?: Record<string, string>;
  /** Name of a column's field in a form; `{path}` is the first name of its path. Absent: that name. */
  field?: string;
  /** Path of a new row's key in the answer; absent: the key column's. */
  newKey?: string;
  /** Takes the place of the one request. */
  special?: (write: SpecialWrite, signal: AbortSignal) => Promise<Value>;
}

export interface SpecialWrite {
  api: Api;
  key: Value;
  values: Record<string, Value>;
  /** Does the ordinary request with these values; `begin` may set fields before them. */
  ordinary(values: Record<string, Value>, begin?: (body: WriteBody) => void): Promise<Value>;
}

export type Cell = string | number | bigint | boolean | null | undefined;

/** A row, or a part of one, in an answer. */
export interface Reader {
  /** Text or value at a path; null where it is null, undefined where there is none. */
  cell(path: string): Cell;
  /** Parts at a path. */
  parts(path: string): Reader[];
}

/** The body of a write as it is put together. */
export interface WriteBody {
  table: string;
  /** Key of the row to change; undefined for INSERT. */
  key: Value | undefined;
  /** Sets a field by its path. */
  set(path: string, value: Value, type: ColumnType): void;
  /** Adds an item to a list by the list's path. */
  add(listPath: string, item: string, fields: Record<string, Value>): void;
}

/** The service behind a source, for what a description cannot say in words. */
export interface Api {
  get(path: string, signal: AbortSignal): Promise<Reader | undefined>;
  send(method: 'POST' | 'PUT' | 'DELETE', path: string, body: string, signal: AbortSignal): Promise<void>;
}
