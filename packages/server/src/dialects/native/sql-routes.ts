import { Type } from 'typebox';
import type { Connections, SqlRequest } from '../../modules/connections/index.ts';
import type { NativeRoutes } from './index.ts';
import { answers, strict } from './schemas.ts';

const Cell = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);
const Body = Type.Object(
  {
    sql: Type.String({ minLength: 1, maxLength: 100_000, description: 'One statement, SQLite’s SQL' }),
    params: Type.Optional(
      Type.Union([Type.Array(Cell), Type.Record(Type.String(), Cell)], {
        description: 'Values for ? in order, or for @name by name',
      }),
    ),
  },
  strict,
);
const Answer = Type.Object({
  columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String() })),
  rows: Type.Array(Type.Array(Type.Unknown())),
  rowCount: Type.Optional(Type.Integer({ description: 'Rows a write touched; absent for a query' })),
});

const Instant = Type.Union([Type.String({ format: 'date-time' }), Type.Null()]);
const Sync = Type.Object({
  name: Type.String(),
  query: Type.String(),
  into: Type.Unknown(),
  every: Type.String(),
  running: Type.Boolean(),
  startedAt: Instant,
  finishedAt: Instant,
  outcome: Type.Unknown({ description: 'rows, added, changed, unchanged, failed, and an error' }),
});

/** SQL over connections, apps and ledgers, and what the syncs did (contract §5). */
export function sqlRoutes(connections: Connections): NativeRoutes {
  const tags = ['sql'];
  return (app, authenticate) => {
    app.post<{ Body: SqlRequest }>(
      '/v1/sql',
      {
        schema: {
          tags,
          summary:
            'One SQL statement over connections, apps (apps.ALIAS) and ledgers (ledgers.APPLICATION_LEDGER)',
          body: Body,
          response: answers(200, Answer),
        },
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        return connections.sql(caller, request.body, gone.signal);
      },
    );

    app.get(
      '/v1/syncs',
      {
        schema: {
          tags,
          summary: 'Syncs with the outcome of their last runs; for administrators and designers',
          response: answers(200, Type.Object({ items: Type.Array(Sync), next: Type.Null() })),
        },
      },
      async (request) => {
        const items = await connections.syncs.list(await authenticate(request));
        return {
          items: items.map(({ startedAt, finishedAt, ...sync }) => ({
            ...sync,
            startedAt: startedAt?.toISOString() ?? null,
            finishedAt: finishedAt?.toISOString() ?? null,
          })),
          next: null,
        };
      },
    );
  };
}
