import { MessageChannel, Worker } from 'node:worker_threads';
import {
  Error as ConnectorError,
  InterfaceError,
  InternalError,
  NotSupportedError,
  ProgrammingError,
} from '../errors.ts';
import type {
  Answer,
  Batch,
  Call,
  Command,
  Executed,
  Failure,
  Page,
  Parameters,
  Reply,
  Schemas,
  Start,
} from './messages.ts';
import { packPage } from './pages.ts';
import type { Row, Source, TableShape } from './shape.ts';
import { unlessStopped } from './unless-stopped.ts';

/** One statement's share of the main thread: what it has under way, and what went wrong. */
interface Running {
  abort: AbortController;
  scans: Map<number, AsyncIterator<Row[]>>;
  failure: unknown;
}

/** SQL over sources: the main thread's half of the engine. */
export interface Engine {
  /** Numbers a statement and gives the way to stop it. */
  begin(): number;
  execute(
    statement: number,
    sql: string,
    runs: Parameters[],
    options: { maxRows: number; cached: boolean },
  ): Promise<Executed>;
  /** Brings the copies of tables up to date, unless they were since a time (milliseconds since 1970). */
  cache(tables: string[], since: number, now: number, rebuild: boolean): Promise<void>;
  /** Says that tables were written to, so that their copies are out of date. */
  outdate(tables: string[]): Promise<void>;
  fetch(statement: number): Promise<Batch>;
  /** Stops a statement: requests under way are aborted, no further one is made. */
  end(statement: number): Promise<void>;
  /** Keeps a definition (a local view) for this engine; undefined removes it. */
  define(name: string, sql: string | undefined): Promise<void>;
  /** Names the tables (`schema.table`) a statement reads. */
  touches(sql: string): Promise<string[]>;
  close(): Promise<void>;
}

/** Starts the engine over sources, each with its schema name; the tables of `main` need no schema name. */
export async function startEngine(
  sources: Readonly<Record<string, Source>>,
  cacheFile = '',
): Promise<Engine> {
  const { port1: own, port2: port } = new MessageChannel();
  const flag = new SharedArrayBuffer(4);
  const cell = new Int32Array(flag);
  const start: Start = { port, flag, schemas: shapesOf(sources), cacheFile };
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: start,
    transferList: [port],
    // Flags of the host process (--input-type, loaders) are not meant for the engine.
    execArgv: [],
  });
  const waiting = new Map<
    number,
    { resolve(value: unknown): void; reject(error: unknown): void; statement: number }
  >();
  const running = new Map<number, Running>();
  let lastId = 0;
  let lastStatement = 0;
  let closed: InterfaceError | InternalError | undefined;

  const stop = (error: InterfaceError | InternalError) => {
    closed ??= error;
    for (const entry of running.values()) entry.abort.abort(closed);
    for (const { reject } of waiting.values()) reject(closed);
    waiting.clear();
    running.clear();
    own.close();
  };

  worker.on('message', (answer: Answer) => {
    const asked = waiting.get(answer.id);
    if (!asked) return;
    waiting.delete(answer.id);
    if (waiting.size === 0) worker.unref();
    if ('value' in answer) asked.resolve(answer.value);
    else asked.reject(errorOf(answer.failure, running.get(asked.statement)));
  });
  worker.on('error', (error) =>
    stop(new InternalError(`The SQL engine failed: ${error.message}`, { cause: error })),
  );

  const ready = new Promise((resolve, reject) => waiting.set(0, { resolve, reject, statement: 0 }));
  own.on('message', async (call: Call) => {
    const reply = await answerCall(call);
    own.postMessage(reply);
    Atomics.store(cell, 0, 1);
    Atomics.notify(cell, 0);
  });

  async function answerCall(call: Call): Promise<Reply> {
    const entry = running.get(call.statement);
    if (!entry) return { failed: 'The statement was closed' };
    try {
      entry.abort.signal.throwIfAborted();
      return { value: await serve(call, entry) };
    } catch (error) {
      entry.failure ??= error;
      return { failed: error instanceof Error ? error.message : String(error) };
    }
  }

  async function serve(call: Call, entry: Running): Promise<unknown> {
    const { signal } = entry.abort;
    if (call.kind === 'next') return nextPage(entry, call.scan);
    if (call.kind === 'close') {
      const scan = entry.scans.get(call.scan);
      entry.scans.delete(call.scan);
      await scan?.return?.();
      return undefined;
    }
    if (call.kind === 'complete') {
      const changed = await Promise.all(
        Object.entries(call.tables).map(([schema, tables]) => sources[schema]!.complete?.(tables, signal)),
      );
      return changed.some(Boolean) ? shapesOf(sources) : undefined;
    }
    const source = sources[call.schema]!;
    if (call.kind === 'open') {
      entry.scans.set(call.scan, source.scan(call.request, signal));
      return nextPage(entry, call.scan);
    }
    if (call.kind === 'size') return source.size?.(call.table, call.lookups, signal);
    if (call.kind === 'writeAll') return source.writeAll!(call.requests, signal);
    if (!source.write) throw new NotSupportedError(`${call.request.table} cannot be written to`);
    return source.write(call.request, signal);
  }

  async function nextPage(entry: Running, number: number): Promise<Page> {
    const scan = entry.scans.get(number)!;
    const { signal } = entry.abort;
    const page = await unlessStopped(scan.next(), signal);
    if (page.done) entry.scans.delete(number);
    return packPage(page.done ? [] : page.value, Boolean(page.done));
  }

  function send<T>(command: Command, statement: number): Promise<T> {
    if (closed) return Promise.reject(closed);
    const id = ++lastId;
    return new Promise<T>((resolve, reject) => {
      // Only a connection with work under way keeps the process alive.
      worker.ref();
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, statement });
      worker.postMessage({ id, command });
    });
  }

  const begin = () => {
    lastStatement += 1;
    running.set(lastStatement, { abort: new AbortController(), scans: new Map(), failure: undefined });
    return lastStatement;
  };

  const end = async (statement: number) => {
    const entry = running.get(statement);
    if (!entry) return;
    entry.abort.abort(new InterfaceError('The cursor was closed'));
    await send({ kind: 'finalize', statement }, statement).catch(() => undefined);
    running.delete(statement);
    await Promise.all([...entry.scans.values()].map((scan) => scan.return?.().catch(() => undefined)));
  };

  /** Runs what leaves no statement behind. */
  async function alone<T>(work: (statement: number) => Promise<T>): Promise<T> {
    const statement = begin();
    try {
      return await work(statement);
    } finally {
      running.delete(statement);
    }
  }

  await ready;
  own.unref();
  return {
    begin,
    end,
    execute: (statement, sql, runs, options) =>
      send({ kind: 'execute', statement, sql, runs, ...options }, statement),
    fetch: (statement) => send({ kind: 'fetch', statement }, statement),
    define: async (name, sql) => {
      await send({ kind: 'define', name, sql }, 0);
    },
    touches: (sql) => alone((statement) => send<string[]>({ kind: 'touches', statement, sql }, statement)),
    cache: (tables, since, now, rebuild) =>
      alone((statement) => send({ kind: 'cache', statement, tables, since, now, rebuild }, statement)),
    outdate: (tables) => send({ kind: 'outdate', tables }, 0),
    async close() {
      stop(new InterfaceError('The connection is closed'));
      await worker.terminate();
    },
  };
}

function shapesOf(sources: Readonly<Record<string, Source>>): Schemas {
  const entries = Object.entries(sources).map(([name, source]): [string, TableShape[]] => [
    name,
    source.tables(),
  ]);
  return Object.fromEntries(entries);
}

/** What a source threw, as one of this library's errors. */
export function asConnectorError(met: unknown): ConnectorError {
  if (met instanceof ConnectorError) return met;
  return new InternalError(met instanceof Error ? met.message : String(met), { cause: met });
}

/** The error a caller gets: the one met on the main thread, or one for what SQLite said. */
function errorOf(failure: Failure, entry: Running | undefined): unknown {
  const met = entry?.failure;
  const rowCount = failure.changes;
  if (failure.origin === 'source' && met !== undefined) {
    const error = asConnectorError(met);
    if (rowCount !== undefined) error.rowCount = rowCount;
    return error;
  }
  const details = rowCount === undefined ? {} : { rowCount };
  if (failure.origin === 'engine') return new InternalError(failure.message, details);
  if (failure.origin === 'refused') return new NotSupportedError(failure.message, details);
  return new ProgrammingError(failure.message, details);
}
