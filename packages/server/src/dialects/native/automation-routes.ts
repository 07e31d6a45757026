import { Type } from 'typebox';
import { type Automations, type DeliveryState, deliveryStates } from '../../modules/automations/index.ts';
import type { Records } from '../../modules/records/index.ts';
import type { NativeRoutes } from './index.ts';
import { answers, defaultLimit, PageQuery, page, strict } from './schemas.ts';

const DeliveryParams = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) });
const DeliveriesQuery = Type.Object(
  {
    ...PageQuery,
    app: Type.Optional(Type.String({ maxLength: 100, description: 'Id or alias' })),
    state: Type.Optional(Type.Enum([...deliveryStates])),
  },
  strict,
);
type Paging = { limit?: number; cursor?: string };
type DeliveryPath = { Params: { id: number } };

const ErrorLogItem = Type.Object({
  id: Type.Integer(),
  at: Type.String({ format: 'date-time' }),
  automation: Type.String(),
  record: Type.Union([Type.Integer(), Type.Null()]),
  operation: Type.String(),
  status: Type.Union([Type.Integer(), Type.Null()]),
  message: Type.String(),
});
const delivery = {
  id: Type.Integer(),
  at: Type.String({ format: 'date-time' }),
  app: Type.Integer(),
  record: Type.Integer(),
  automation: Type.String(),
  operation: Type.String(),
  state: Type.Enum([...deliveryStates]),
  tries: Type.Integer(),
  nextAttemptAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
};
const Delivery = Type.Object(delivery);
const Attempt = Type.Object({
  at: Type.String({ format: 'date-time' }),
  durationMs: Type.Integer(),
  status: Type.Union([Type.Integer(), Type.Null()]),
  error: Type.Union([Type.String(), Type.Null()]),
  response: Type.Union([Type.String(), Type.Null()]),
});
const DeliveryWithAttempts = Type.Object({ ...delivery, body: Type.String(), attempts: Type.Array(Attempt) });
/** What automations did and met: error logs, deliveries, replays (contract §5). */
export function automationRoutes(deps: { automations: Automations; records: Records }): NativeRoutes {
  const { automations, records } = deps;
  const tags = ['automations'];
  return (app, authenticate) => {
    app.get<{ Params: { app: string }; Querystring: Paging }>(
      '/v1/apps/:app/error-log',
      {
        schema: {
          tags,
          summary: 'What the automations of an app met, newest first',
          querystring: Type.Object(PageQuery, strict),
          response: answers(200, page(ErrorLogItem)),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const found = await records.app(caller, request.params.app);
        return automations.errorLog(caller, found, pageOf(request.query));
      },
    );

    app.get<{ Querystring: Paging & { app?: string; state?: DeliveryState } }>(
      '/v1/deliveries',
      {
        schema: {
          tags,
          summary: 'Webhook deliveries of the apps that the caller administers, newest first',
          querystring: DeliveriesQuery,
          response: answers(200, page(Delivery)),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const { app: reference, state } = request.query;
        const found = reference === undefined ? undefined : await records.app(caller, reference);
        const filter = { ...(found && { app: found }), ...(state !== undefined && { state }) };
        return automations.deliveries(caller, filter, pageOf(request.query));
      },
    );

    app.get<DeliveryPath>(
      '/v1/deliveries/:id',
      {
        schema: {
          tags,
          summary: 'A delivery with its payload and its attempts',
          params: DeliveryParams,
          response: answers(200, DeliveryWithAttempts),
        },
      },
      async (request) => automations.delivery(await authenticate(request), request.params.id),
    );

    app.post<DeliveryPath>(
      '/v1/deliveries/:id/replay',
      {
        schema: {
          tags,
          summary: 'Sends an ended delivery again',
          params: DeliveryParams,
          response: answers(202, Delivery),
        },
      },
      async (request, reply) => {
        const replayed = await automations.replay(await authenticate(request), request.params.id);
        return reply.code(202).send(replayed);
      },
    );
  };
}

function pageOf({ limit = defaultLimit, cursor }: Paging) {
  return { limit, cursor };
}
