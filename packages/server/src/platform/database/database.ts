import pg from 'pg';
import sqlTag, { empty, join, raw, type Sql } from 'sql-template-tag';
import type { Logger } from '../log/log.ts';

/** A statement with its parameters apart: `` sql`SELECT … WHERE id = ${id}` ``. Values never become text. */
export const sql = sqlTag;
export { empty as emptySql, join as joinSql, raw as rawSql, type Sql };

/** A statement that PostgreSQL prepares once per connection under this name (hot paths). */
export type NamedStatement = { name: string; text: string; values: unknown[] };
export type Statement = Sql | NamedStatement;

const statementNames = new Map<string, string>();
/** Every connection keeps what it has prepared, so that the number is bounded. */
const mostPrepared = 2000;

/**
 * A statement to be prepared, once per connection and text: for texts that come often. Planning costs PostgreSQL more
 * than a read by key (0.2 to 0.9 ms against 0.1 ms).
 */
export function prepared({ text, values }: Sql): Statement {
  let name = statementNames.get(text);
  if (name === undefined) {
    if (statementNames.size >= mostPrepared) return { text, values } as Sql;
    name = `s${statementNames.size}`;
    statementNames.set(text, name);
  }
  return { name, text, values };
}

/** Quotes a name of ours (a table or column made from ids) for use in `rawSql`. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export type Queryable = {
  /** All rows of the answer. */
  rows<R>(statement: Statement): Promise<R[]>;
  /** The first row, or undefined. */
  row<R>(statement: Statement): Promise<R | undefined>;
  /** Runs a statement and tells how many rows it touched. */
  run(statement: Statement): Promise<number>;
};

export type Transaction = Queryable & {
  /** The connection itself, for COPY and cursors. */
  readonly client: pg.PoolClient;
  /** Runs once the transaction is committed; never when it is not. */
  afterCommit(action: () => void): void;
};

export type Database = Queryable & {
  /**
   * Runs `work` in one transaction; it is run again (at most five times) when PostgreSQL reports a serialization
   * failure or a deadlock, so it must have no effect outside the database.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Calls `handler` with the payload of each NOTIFY on `channel`; resolves once it listens. */
  listen(channel: string, handler: (payload: string) => void): Promise<void>;
  readonly pool: pg.Pool;
  close(): Promise<void>;
};

const types = new pg.TypeOverrides();
types.setTypeParser(20, Number); // int8: our ids and counts stay far below 2^53; exact sums are cast to text or numeric
types.setTypeParser(1082, (text: string) => text); // date: as text, a day has no time zone
types.setTypeParser(1114, (text: string) => text);

/** Codes after which the same transaction may succeed: serialization_failure, deadlock_detected. */
const retryable = new Set(['40001', '40P01']);

export type DatabaseOptions = {
  connection: pg.ClientConfig;
  log: Logger;
  /** Connections at most, from 3; default 10. Transactions never take the last two. */
  size?: number;
};

/** One pool of connections to PostgreSQL. Sessions run in UTC. */
export function createDatabase({ connection, log, size = 10 }: DatabaseOptions): Database {
  const config = { ...connection, types, application_name: 'renkei', options: '-c timezone=UTC' };
  const pool = new pg.Pool({
    ...config,
    max: size,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 15_000,
  });
  pool.on('error', (error) => log.warn({ error: error.message }, 'an idle database connection broke'));
  // a connection that breaks while lent out and idle would end the process; the next query on it fails anyway
  pool.on('connect', (client) => client.on('error', () => undefined));
  const listener = createListener(config, log);
  const seats = createSeats(size - 2);

  return {
    ...queryable(pool),
    pool,
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await seats.with(() => attemptTransaction(pool, work));
        } catch (error) {
          if (attempt >= 5 || !retryable.has(errorCode(error) ?? '')) throw error;
          await new Promise((done) => setTimeout(done, Math.random() * 20 * 2 ** attempt));
        }
      }
    },
    listen: (channel, handler) => listener.listen(channel, handler),
    async close() {
      await listener.close();
      await pool.end();
    },
  };
}

function queryable(client: pg.Pool | pg.PoolClient): Queryable {
  return {
    rows: async <R>(statement: Statement) => (await client.query(statement)).rows as R[],
    row: async <R>(statement: Statement) => (await client.query(statement)).rows[0] as R | undefined,
    run: async (statement) => (await client.query(statement)).rowCount ?? 0,
  };
}

/**
 * Lets at most `count` run at once. Work in a transaction may look something up outside of it (names of users, cached
 * definitions): were all connections in such hands, each would wait for one that the others never give back.
 */
function createSeats(count: number) {
  let free = count;
  const waiting: (() => void)[] = [];
  return {
    async with<T>(work: () => Promise<T>): Promise<T> {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}

async function attemptTransaction<T>(pool: pg.Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const afterCommit: (() => void)[] = [];
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work({
      ...queryable(client),
      client,
      afterCommit: (action) => afterCommit.push(action),
    });
    await client.query('COMMIT');
    for (const action of afterCommit) action();
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The SQLSTATE of an error that PostgreSQL answered, or undefined. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** One connection of its own for LISTEN; connected at the first use and again whenever it breaks. */
function createListener(config: pg.ClientConfig, log: Logger) {
  const handlers = new Map<string, ((payload: string) => void)[]>();
  let client: Promise<pg.Client> | undefined;
  let closed = false;

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client(config);
    fresh.on('notification', ({ channel, payload }) => {
      for (const handler of handlers.get(channel) ?? []) handler(payload ?? '');
    });
    fresh.on('error', () => {
      client = undefined;
      if (!closed) setTimeout(reconnect, 500).unref();
    });
    await fresh.connect();
    for (const channel of handlers.keys()) await fresh.query(`LISTEN ${identifier(channel)}`);
    return fresh;
  }

  function reconnect(): void {
    if (closed || client !== undefined) return;
    client = connect();
    client.then(
      () => {
        // what was announced meanwhile is unknown: everybody looks again
        for (const list of handlers.values()) for (const handler of list) handler('');
      },
      (error: Error) => {
        log.warn({ error: error.message }, 'cannot listen for database notices; trying again');
        client = undefined;
        if (!closed) setTimeout(reconnect, 1000).unref();
      },
    );
  }

  return {
    async listen(channel: string, handler: (payload: string) => void): Promise<void> {
      const list = handlers.get(channel);
      if (list) {
        list.push(handler);
        return;
      }
      handlers.set(channel, [handler]);
      if (client === undefined) {
        client = connect();
        await client;
      } else {
        await (await client).query(`LISTEN ${identifier(channel)}`);
      }
    },
    async close(): Promise<void> {
      closed = true;
      await (await client?.catch(() => undefined))?.end().catch(() => undefined);
    },
  };
}
