import { type Cell, type Column, Cursor, type Result, type Row, type Run } from './cursor.ts';
import { projectedRows, projectionOf } from './engine/direct.ts';
import { asConnectorError, type Engine, startEngine } from './engine/engine.ts';
import type { Batch, Executed, ResultColumn } from './engine/messages.ts';
import type { ColumnType, Row as EngineRow, Source, Value } from './engine/shape.ts';
import { unlessStopped } from './engine/unless-stopped.ts';
import { InterfaceError, NotSupportedError, OperationalError, ProgrammingError } from './errors.ts';
import type { Log } from './log.ts';
import { type ParameterList, readParameters } from './parameters.ts';
import { runProcedure } from './procedures.ts';
import type { RestConnection } from './rest/open.ts';
import type { Settings } from './settings/connection-string.ts';
import { readPlainSelect } from './sql/plain-select.ts';
import { quoted } from './sql/quoted.ts';
import { readStatement, type Statement } from './sql/statements.ts';

/** What a connection is made of. */
export interface ConnectionParts {
  /** Sources by schema; the tables of `main` need no schema name. */
  sources: Readonly<Record<string, Source>>;
  /** Other names of schemas, in lower case. */
  aliases: ReadonlyMap<string, string>;
  views: Map<string, string>;
  settings: Settings;
  log: Log;
  /** Milliseconds since 1970. */
  now(): number;
  /** Requests sent so far. */
  requests(): number;
  /** The service, for stored procedures; absent over several sources. */
  service?: RestConnection;
  close(): Promise<void>;
}

/** An open connection. There are no transactions: each write takes effect at once (connector §3.6). */
export class Connection {
  private readonly parts: ConnectionParts;
  private readonly engine: Engine;
  private readonly aborted = new AbortController();
  private closed = false;

  private constructor(parts: ConnectionParts, engine: Engine) {
    this.parts = parts;
    this.engine = engine;
  }

  /** Starts the SQL engine over sources; they are closed when it does not start. */
  static async open(parts: ConnectionParts): Promise<Connection> {
    let engine: Engine | undefined;
    try {
      engine = await startEngine(parts.sources, parts.settings.text('CacheLocation'));
      const connection = new Connection(parts, engine);
      for (const [name, query] of parts.views) await connection.defineView(name, query);
      return connection;
    } catch (error) {
      await engine?.close();
      await parts.close();
      throw error;
    }
  }

  /** A cursor that has not run anything yet. */
  cursor(): Cursor {
    this.assertOpen();
    return new Cursor(this.run);
  }

  /** Runs a statement up to its first rows and gives the cursor over them. */
  async execute(sql: string, parameters: ParameterList = []): Promise<Cursor> {
    return this.cursor().execute(sql, parameters);
  }

  /** Runs a write once for each set of parameters. */
  async executeMany(sql: string, sets: readonly ParameterList[]): Promise<Cursor> {
    return this.cursor().executeMany(sql, sets);
  }

  /** All rows of a query, as objects whose properties are the columns. */
  async query(sql: string, parameters: ParameterList = []): Promise<Record<string, Cell>[]> {
    const cursor = await this.execute(sql, parameters);
    const names = cursor.description.map(({ name }) => name);
    if (names.length === 0) return [];
    const rows: Row[] = await cursor.fetchAll();
    return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]!])));
  }

  /** Requests sent to the service so far. */
  get requests(): number {
    return this.parts.requests();
  }

  /** Without effect: every write took effect when it was done. */
  async commit(): Promise<void> {
    this.assertOpen();
  }

  /** @throws NotSupportedError always: what was written cannot be taken back. */
  async rollback(): Promise<never> {
    throw new NotSupportedError('There are no transactions: what was written cannot be taken back');
  }

  /** Runs the desktop flow now, even when there are tokens (`renkei-connect authorize`). */
  async authorize(): Promise<void> {
    this.assertOpen();
    const oauth = this.parts.service?.oauth;
    if (!oauth) throw new ProgrammingError('Only AuthScheme=OAuth is authorized in a browser');
    await oauth.oauth.authorize(this.aborted.signal);
  }

  /** Ends running statements with an InterfaceError; closing again is no error. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.aborted.abort(new InterfaceError('The connection is closed'));
    await this.engine.close();
    await this.parts.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private assertOpen(): void {
    if (this.closed) throw new InterfaceError('The connection is closed');
  }

  private readonly run: Run = async (sql, sets, began) => {
    this.assertOpen();
    const { log } = this.parts;
    const started = performance.now();
    const runs = sets.map(readParameters);
    if (runs.length === 0) throw new ProgrammingError('executeMany was given no parameters');
    log.write('SQL', 1, sql);
    try {
      const statement = readStatement(sql, this.parts.aliases, runs[0]!);
      const result = await this.dispatch(statement, runs, began);
      log.write('SQL', 1, `${Math.round(performance.now() - started)} ms, rowCount ${result.rowCount}`);
      return result;
    } catch (error) {
      log.write('SQL', 1, `${(error as Error).name}: ${(error as Error).message}`);
      throw error;
    }
  };

  private async dispatch(
    statement: Statement,
    runs: ReturnType<typeof readParameters>[],
    began: (end: () => Promise<void>) => void,
  ): Promise<Result> {
    if (statement.kind === 'view') {
      await this.changeView(statement);
      return nothing;
    }
    if (statement.kind === 'procedure') {
      const { service } = this.parts;
      if (!service) throw new NotSupportedError('EXEC needs a connection to one service');
      const { columns, rows } = await runProcedure(
        service,
        statement.name,
        statement.inputs,
        this.aborted.signal,
      );
      return {
        columns: columns.map((name) => ({ name, type: 'String', nullable: true })),
        rowCount: -1,
        first: { rows, done: true },
        more: async () => ({ rows: [], done: true }),
      };
    }
    if (statement.kind === 'cache') {
      const tables = await this.cacheable(statement.sql);
      if (!tables) throw new ProgrammingError('CACHE: a table that cannot be read as a whole cannot be kept');
      await this.engine.cache(tables, Number.POSITIVE_INFINITY, this.parts.now(), statement.rebuild);
      return nothing;
    }
    const { engine } = this;
    const cached = statement.cacheable && (await this.useCache(statement.sql));
    const maxRows = this.parts.settings.integer('MaxRows') ?? -1;
    const direct =
      cached || runs.length > 1 ? undefined : await this.direct(statement.sql, runs[0]!, maxRows, began);
    if (direct) return direct;
    const id = engine.begin();
    began(() => engine.end(id));
    try {
      const executed = await engine.execute(id, statement.sql, runs, { maxRows, cached });
      if (executed.changes > 0 && this.parts.settings.flag('AutoCache')) {
        await engine.outdate(await engine.touches(statement.sql));
      }
      if (executed.done) await engine.end(id);
      return {
        columns: describe(executed),
        rowCount: executed.changes,
        first: executed,
        more: () => engine.fetch(id),
      };
    } catch (error) {
      await engine.end(id);
      const missing = /^no such table: (.*)/.exec((error as Error).message)?.[1];
      if (missing && cached) throw new OperationalError(`Offline: there is no local copy of ${missing}`);
      throw error;
    }
  }

  /** Answers a plain SELECT over one table from its source, past SQLite; undefined for all other statements. */
  private async direct(
    sql: string,
    parameters: ReturnType<typeof readParameters>,
    maxRows: number,
    began: (end: () => Promise<void>) => void,
  ): Promise<Result | undefined> {
    const select = Object.keys(parameters).length > 0 ? undefined : readPlainSelect(sql);
    if (!select) return undefined;
    const isView = [...this.parts.views.keys()].some(
      (name) => name.toLowerCase() === select.table.toLowerCase(),
    );
    if (isView && select.schema === undefined) return undefined;
    const stop = new AbortController();
    const close = () => stop.abort(this.aborted.signal.reason);
    this.aborted.signal.addEventListener('abort', close, { once: true });
    let rows: AsyncGenerator<Batch> | undefined;
    const end = async () => {
      this.aborted.signal.removeEventListener('abort', close);
      stop.abort(new InterfaceError('The cursor was closed'));
      rows?.return(undefined).catch(() => undefined);
    };
    began(end);
    const more = async (): Promise<Batch> => {
      try {
        const page = await unlessStopped(rows!.next(), stop.signal);
        if (page.done || page.value.done) await end();
        return page.done ? { rows: [], done: true } : page.value;
      } catch (error) {
        await end();
        throw asConnectorError(error);
      }
    };
    try {
      const projection = await projectionOf(select, this.parts.sources, stop.signal);
      if (!projection) {
        await end();
        return undefined;
      }
      const most = Math.min(
        select.limit ?? Number.POSITIVE_INFINITY,
        maxRows < 0 ? Number.POSITIVE_INFINITY : maxRows,
      );
      rows = projectedRows(projection, most, select.offset, stop.signal);
      return { columns: projection.columns, rowCount: -1, first: await more(), more };
    } catch (error) {
      await end();
      throw asConnectorError(error);
    }
  }

  /** Tables a query reads, when copies of all of them can be kept. */
  private async cacheable(sql: string): Promise<string[] | undefined> {
    const tables = await this.engine.touches(sql);
    const whole = new Set(
      this.parts.sources.main
        ?.tables()
        .filter((table) => table.plans.some((plan) => plan.uses.length === 0))
        .map((table) => `main.${table.name}`),
    );
    return tables.length > 0 && tables.every((name) => whole.has(name)) ? tables : undefined;
  }

  /** Whether a query is answered from local copies, which are brought up to date first (connector §3.8). */
  private async useCache(sql: string): Promise<boolean> {
    const { settings, log, now } = this.parts;
    if (settings.flag('Offline')) return !/\bsys_\w+/i.test(sql);
    if (!settings.flag('AutoCache')) return false;
    const tables = await this.cacheable(sql);
    if (!tables) return false;
    const tolerance = Math.max(0, settings.integer('CacheTolerance') ?? 600) * 1000;
    await this.engine.cache(tables, now() - tolerance, now(), false);
    log.write('CACHE', 2, `answered from the local copy of ${tables.join(', ')}`);
    return true;
  }

  private async changeView({ name, sql, replaces }: Statement & { kind: 'view' }): Promise<void> {
    const known = [...this.parts.views.keys()].find((view) => view.toLowerCase() === name.toLowerCase());
    if (known && !replaces) throw new ProgrammingError(`There is a view ${known} already`);
    if (!known && replaces) throw new ProgrammingError(`There is no local view ${name}`);
    if (sql !== undefined) await this.engine.touches(sql);
    await this.defineView(known ?? name, sql);
    if (sql === undefined) this.parts.views.delete(known!);
    else this.parts.views.set(known ?? name, sql);
  }

  private async defineView(name: string, query: string | undefined): Promise<void> {
    const sql = query === undefined ? undefined : `CREATE TEMP VIEW ${quoted(name)} AS ${query}`;
    await this.engine.define(name, sql);
  }
}

const nothing: Result = {
  columns: [],
  rowCount: -1,
  first: { rows: [], done: true },
  more: async () => ({ rows: [], done: true }),
};

const types: [RegExp, ColumnType][] = [
  [/^BOOLEAN/, 'Boolean'],
  [/^DATETIME/, 'Datetime'],
  [/^DATE/, 'Date'],
  [/INT/, 'Integer'],
  [/^REAL/, 'Double'],
  [/TEXT/, 'String'],
];

/** An expression has no declared type: its first value tells. */
function typeOf({ declared }: ResultColumn, first: Value | undefined): ColumnType {
  const known = types.find(([pattern]) => pattern.test(declared))?.[1];
  if (known) return known;
  if (typeof first === 'bigint' || Number.isInteger(first)) return 'Integer';
  return typeof first === 'number' ? 'Double' : 'String';
}

function describe({ columns, rows }: Executed): Column[] {
  const first: EngineRow | undefined = rows[0];
  return columns.map((column, i) => ({
    name: column.name,
    type: typeOf(column, first?.[i]),
    nullable: !column.declared.includes('REQUIRED'),
  }));
}
