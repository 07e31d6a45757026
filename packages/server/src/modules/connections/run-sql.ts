import * as connectErrors from '@renkei/connect';
import { openSource, type Parameter, type ParameterList, type Source } from '@renkei/connect';
import { AppError } from '../../platform/errors.ts';
import { errors } from './errors.ts';
import type { createSessions, SchemaSource, Session } from './sessions.ts';

/** What one statement gives; integers beyond 2^53 are text. */
export type SqlAnswer = {
  columns: { name: string; type: string }[];
  rows: SqlCell[][];
  /** Rows a write touched; absent for a query. */
  rowCount?: number;
};
export type SqlCell = string | number | boolean | null;
export type SqlRequest = { sql: string; params?: ParameterList };

/** Rows and bytes that an answer may have: it is held in memory until it is sent. */
const mostRows = 100_000;
const mostBytes = 64 * 2 ** 20;
/** Longest a statement may take. */
const longestSeconds = 60;

/** The schemas a statement may name, made when it does, and the sessions to run it in. */
export type SqlScope = {
  schemas: ReadonlyMap<string, () => Promise<SchemaSource>>;
  sessions: ReturnType<typeof createSessions>;
};

/** Runs one statement over the sources it names and gives all its rows. */
export async function runSql(scope: SqlScope, request: SqlRequest, signal?: AbortSignal): Promise<SqlAnswer> {
  const answer: SqlAnswer = { columns: [], rows: [] };
  let bytes = 0;
  const rowCount = await streamSql(
    scope,
    request,
    (columns) => {
      answer.columns = columns;
    },
    async (rows) => {
      for (const row of rows) {
        const cells = row.map(plain);
        for (const cell of cells) bytes += typeof cell === 'string' ? cell.length + 2 : 8;
        answer.rows.push(cells);
      }
      if (answer.rows.length > mostRows || bytes > mostBytes)
        throw errors.tooManyRows({ rows: mostRows, megabytes: mostBytes / 2 ** 20 });
    },
    { ...(signal && { signal }), seconds: longestSeconds },
  );
  return rowCount < 0 ? answer : { ...answer, rowCount };
}

/**
 * Runs one statement and hands its rows over as they come; gives the rows a write touched, or -1.
 * @throws AppError `connections.statement` for wrong SQL, `connections.service` for what a service refused, and what
 * the modules behind apps and ledgers throw
 */
export async function streamSql(
  scope: SqlScope,
  { sql, params = [] }: SqlRequest,
  begin: (columns: SqlAnswer['columns']) => void,
  take: (rows: connectErrors.Row[]) => Promise<void>,
  { signal, seconds }: { signal?: AbortSignal; seconds: number },
): Promise<number> {
  let session: Session | undefined;
  let reusable = false;
  let timedOut = false;
  const stop = () => void session?.connection.close();
  const timer = setTimeout(() => {
    timedOut = true;
    stop();
  }, seconds * 1000);
  signal?.addEventListener('abort', stop);
  try {
    if (/^\s*(CREATE|ALTER|DROP|CACHE)\b/i.test(sql)) throw errors.lasting();
    const named: SchemaSource[] = [];
    for (const [name, make] of scope.schemas) if (names(sql, name)) named.push(await make());
    session = await scope.sessions.take(named);
    if (signal?.aborted) return -1;
    const cursor = await session.connection.execute(sql, params as readonly Parameter[]);
    begin(cursor.description.map(({ name, type }) => ({ name, type })));
    if (cursor.description.length === 0) return cursor.rowCount;
    for (let rows = await cursor.fetchMany(500); rows.length > 0; rows = await cursor.fetchMany(500)) {
      await take(rows);
    }
    // what else than a query may leave something behind that is not meant for the next caller
    reusable = /^\s*(SELECT|WITH)\b/i.test(sql) && !signal?.aborted && !timedOut;
    return -1;
  } catch (error) {
    if (timedOut) throw errors.timeout({ seconds });
    throw asAppError(error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    await session?.leave(reusable);
  }
}

/** Whether a statement may mean a schema: its name stands there as a word, quoted or not. */
function names(sql: string, schema: string): boolean {
  return new RegExp(`(?<![\\w$])${schema}(?![\\w$])`, 'i').test(sql);
}

function asAppError(error: unknown): unknown {
  if (!(error instanceof connectErrors.Error)) return error;
  if (error.cause instanceof AppError) return error.cause;
  const text = error.message;
  if (error instanceof connectErrors.OperationalError) return errors.service({ text });
  if (error instanceof connectErrors.InternalError) return error;
  return errors.statement({ text }, '/sql');
}

function plain(cell: connectErrors.Cell): SqlCell {
  if (typeof cell === 'bigint') return String(cell);
  return cell instanceof Uint8Array ? Buffer.from(cell).toString('base64') : cell;
}

/** A saved connection as a source; requests go through the server's guarded connections. */
export function openConnection(
  connectionString: string,
  dispatcher: NonNullable<connectErrors.ConnectOptions['dispatcher']>,
): Promise<Source> {
  return openSource(connectionString, {
    dispatcher,
    openBrowser: () => undefined,
    userAgent: 'Renkei (self-hosted integration server)',
  }).catch((error) => Promise.reject(asAppError(error)));
}
