import { Type } from 'typebox';
import type { Traffic } from '../../modules/traffic/index.ts';
import type { NativeRoutes } from './index.ts';
import { instantOf } from './instants.ts';
import { answers, defaultLimit, PageQuery, page, strict } from './schemas.ts';

const dialects = ['ssm', 'appsuite', 'fusion_place', 'oscm', 'native'] as const;
const instant = Type.Optional(Type.String({ description: 'ISO 8601' }));
const Query = Type.Object(
  {
    ...PageQuery,
    dialect: Type.Optional(Type.Enum([...dialects])),
    status: Type.Optional(
      Type.Enum(['2xx', '3xx', '4xx', '5xx', 'none', 'errors'], {
        description: '`none`: the client left before it was answered; `errors`: that, and 400 and more',
      }),
    ),
    user: Type.Optional(Type.String({ maxLength: 200, description: 'Login name' })),
    path: Type.Optional(Type.String({ maxLength: 200, description: 'A part of the path or its query' })),
    requestId: Type.Optional(Type.String({ maxLength: 64 })),
    from: instant,
    to: instant,
  },
  strict,
);
/** First digits; 0 where there is no status. */
const classes = { '2xx': [2], '3xx': [3], '4xx': [4], '5xx': [5], none: [0], errors: [0, 4, 5] };
type Given = {
  limit?: number;
  cursor?: string;
  dialect?: string;
  status?: keyof typeof classes;
  user?: string;
  path?: string;
  requestId?: string;
  from?: string;
  to?: string;
};
const nullable = (of: ReturnType<typeof Type.String>) => Type.Union([of, Type.Null()]);
const request = {
  id: Type.Integer(),
  at: Type.String({ format: 'date-time' }),
  listener: Type.String(),
  dialect: Type.String(),
  method: Type.String(),
  path: Type.String({ description: 'With its query; secrets are `***`' }),
  status: Type.Union([Type.Integer(), Type.Null()]),
  durationMs: Type.Number(),
  requestId: Type.String(),
  user: nullable(Type.String()),
  requestBytes: Type.Integer(),
  responseBytes: Type.Integer(),
  address: Type.String(),
};
const headers = Type.Record(Type.String(), Type.String());
const Detail = Type.Object({
  ...request,
  requestHeaders: headers,
  responseHeaders: headers,
  requestBody: nullable(Type.String({ description: 'Its beginning' })),
  responseBody: nullable(Type.String({ description: 'Its beginning' })),
});
const Series = Type.Object(
  { from: instant, to: instant, step: Type.Optional(Type.Enum(['minute', 'hour'])) },
  strict,
);
const Points = Type.Object({
  from: Type.String({ format: 'date-time' }),
  to: Type.String({ format: 'date-time' }),
  step: Type.String(),
  items: Type.Array(
    Type.Object({
      at: Type.String({ format: 'date-time' }),
      dialect: Type.String(),
      requests: Type.Integer(),
      errors: Type.Integer(),
    }),
  ),
});

/** What went over the wire, for administrators. */
export function trafficRoutes({ traffic }: { traffic: Traffic }): NativeRoutes {
  const tags = ['traffic'];
  return (app, authenticate) => {
    app.get<{ Querystring: Given }>(
      '/v1/traffic',
      {
        schema: {
          tags,
          summary: 'Requests of all dialects, newest first',
          querystring: Query,
          response: answers(200, page(Type.Object(request))),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const { limit = defaultLimit, cursor, status, from, to, ...same } = request.query;
        const filter = {
          ...same,
          ...(status !== undefined && { classes: classes[status] }),
          ...(from !== undefined && { from: instantOf(from, '/from') }),
          ...(to !== undefined && { to: instantOf(to, '/to') }),
        };
        return traffic.list(caller, filter, { limit, cursor });
      },
    );

    app.get<{ Querystring: { from?: string; to?: string; step?: 'minute' | 'hour' } }>(
      '/v1/traffic/series',
      {
        schema: {
          tags,
          summary:
            'Requests and errors by dialect over time; the last hour by the minute unless said otherwise',
          querystring: Series,
          response: answers(200, Points),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const { step = 'minute' } = request.query;
        const to = request.query.to === undefined ? new Date() : instantOf(request.query.to, '/to');
        const from =
          request.query.from === undefined
            ? new Date(to.getTime() - 60 * 60_000)
            : instantOf(request.query.from, '/from');
        return { from, to, step, items: await traffic.series(caller, { from, to, step }) };
      },
    );

    app.get<{ Params: { id: number } }>(
      '/v1/traffic/:id',
      {
        schema: {
          tags,
          summary: 'A request with headers and the beginnings of its bodies',
          params: Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) }),
          response: answers(200, Detail),
        },
      },
      async (request) => traffic.one(await authenticate(request), request.params.id),
    );
  };
}
