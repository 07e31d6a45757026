import { type Connection, connectSources, type Source } from '@renkei/connect';

/**
 * Where a schema's tables come from: for one caller (`own`: made for each statement, and never used for another's), or
 * a service whose credentials are the same for all who may use it.
 */
export type SchemaSource =
  | { name: string; own: Source }
  | { name: string; key: string; open(): Promise<Source> };

/** SQL over some schemas; used by one statement at a time. */
export type Session = {
  connection: Connection;
  /** Gives it back for further statements, or ends it when it was left in another state than it was found. */
  leave(reusable: boolean): Promise<void>;
};

/** Idle sessions that are kept, and for how long: starting one costs a thread and 100 ms of work. */
const mostIdle = 4;
const idleMs = 60_000;

type Kept = { key: string; connection: Connection; adopt(own: ReadonlyMap<string, Source>): void };

/** Hands out sessions; those over the same tables are used again. */
export function createSessions() {
  const idle: (Kept & { timer: NodeJS.Timeout })[] = [];

  async function open(key: string, schemas: readonly SchemaSource[]): Promise<Kept> {
    const targets = new Map<string, Source>();
    const opened: Source[] = [];
    const sources: Record<string, Source> = {};
    try {
      for (const schema of schemas) {
        if ('own' in schema) sources[schema.name] = delegating(() => targets.get(schema.name)!);
        else {
          const source = await schema.open();
          opened.push(source);
          sources[schema.name] = source;
        }
      }
      const adopt = (own: ReadonlyMap<string, Source>) => {
        for (const [name, source] of own) targets.set(name, source);
      };
      adopt(ownOf(schemas));
      return { key, connection: await connectSources(sources), adopt };
    } catch (error) {
      for (const source of opened) await source.close?.();
      throw error;
    }
  }

  return {
    async take(schemas: readonly SchemaSource[]): Promise<Session> {
      const key = JSON.stringify(
        schemas.map((schema) =>
          'own' in schema ? [schema.name, schema.own.tables()] : [schema.name, schema.key],
        ),
      );
      const at = idle.findIndex((one) => one.key === key);
      const found = at < 0 ? undefined : idle.splice(at, 1)[0]!;
      if (found) {
        clearTimeout(found.timer);
        found.adopt(ownOf(schemas));
      }
      const session = found ?? (await open(key, schemas));
      return {
        connection: session.connection,
        async leave(reusable) {
          if (!reusable) return session.connection.close();
          const timer = setTimeout(() => {
            idle.splice(idle.indexOf(kept), 1);
            void session.connection.close();
          }, idleMs);
          const kept = { ...session, timer };
          timer.unref();
          idle.push(kept);
          if (idle.length <= mostIdle) return;
          const oldest = idle.shift()!;
          clearTimeout(oldest.timer);
          await oldest.connection.close();
        },
      };
    },
    async close(): Promise<void> {
      for (const { timer, connection } of idle.splice(0)) {
        clearTimeout(timer);
        await connection.close();
      }
    },
  };
}

const ownOf = (schemas: readonly SchemaSource[]): ReadonlyMap<string, Source> =>
  new Map(schemas.flatMap((schema) => ('own' in schema ? [[schema.name, schema.own]] : [])));

/** A source that stands for whatever is the target at the time; the tables of all targets are the same. */
function delegating(target: () => Source): Source {
  return {
    tables: () => target().tables(),
    scan: (request, signal) => target().scan(request, signal),
    writeAll: (requests, signal) => target().writeAll!(requests, signal),
  };
}
