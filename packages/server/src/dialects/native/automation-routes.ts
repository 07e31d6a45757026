import { Type } from 'typebox';
import { type Automations, type DeliveryState, deliveryStates } from '../../modules/automations/index.ts';
import type { Records } from '../../modules/records/index.ts';
import { defineErrors } from '../../platform/errors.ts';
import type { NativeRoutes } from './index.ts';
import { answers, defaultLimit, NoContent, PageQuery, page, strict } from './schemas.ts';

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
  kind: Type.Enum(['webhook', 'mail', 'write']),
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
  request: Type.Union([Type.Object({}), Type.Null()], { description: 'Without secrets' }),
  response: Type.Union([Type.String(), Type.Null()]),
});
const DeliveryWithAttempts = Type.Object({
  ...delivery,
  body: Type.Union([Type.String(), Type.Null()], {
    description: 'Null for who may not see every part and record of the app',
  }),
  attempts: Type.Array(Attempt),
});
const Outcome = Type.Object({
  at: Type.String({ format: 'date-time' }),
  ms: Type.Integer(),
  status: Type.Union([Type.Integer(), Type.Null()]),
  error: Type.Union([Type.String(), Type.Null()]),
  request: Type.Union([Type.Object({}), Type.Null()]),
  response: Type.Union([Type.String(), Type.Null()]),
});
const AutomationItem = Type.Object({
  title: Type.String(),
  enabled: Type.Boolean(),
  actions: Type.Array(Type.Enum(['webhook', 'mail', 'write'])),
  url: Type.Union([Type.String(), Type.Null()], { description: 'Of the webhook, without its query' }),
});
const Loop = Type.Object({
  app: Type.Integer(),
  automation: Type.String(),
  record: Type.Integer(),
  count: Type.Integer(),
  first: Type.String({ format: 'date-time' }),
  last: Type.String({ format: 'date-time' }),
});
const Pause = Type.Object({
  app: Type.Integer(),
  automation: Type.String(),
  since: Type.String({ format: 'date-time' }),
  reason: Type.String(),
});
const Title = Type.String({ minLength: 1, maxLength: 200, description: 'Of the automation' });
const instant = Type.Optional(Type.String({ description: 'ISO 8601' }));
const ReplayBody = Type.Object(
  {
    app: Type.String({ description: 'Id or alias' }),
    automation: Type.Optional(Title),
    state: Type.Optional(Type.Enum(['failed', 'cancelled', 'done'])),
    from: instant,
    to: instant,
    dryRun: Type.Optional(Type.Boolean({ description: 'Only tells how many would be sent' })),
  },
  strict,
);
type ReplayGiven = {
  app: string;
  automation?: string;
  state?: 'failed' | 'cancelled' | 'done';
  from?: string;
  to?: string;
  dryRun?: boolean;
};
const errors = defineErrors('native', {
  instant: {
    kind: 'invalid',
    ja: '{name} には日時を ISO 8601 で指定してください（例: 2024-04-01T00:00:00+09:00）',
    en: '{name} takes an ISO 8601 time such as 2024-04-01T00:00:00Z',
  },
});

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

    app.post<{ Body: ReplayGiven }>(
      '/v1/deliveries/replay',
      {
        schema: {
          tags,
          summary: 'Sends all ended deliveries of an app that fit again; failed ones unless said otherwise',
          body: ReplayBody,
          response: answers(202, Type.Object({ replayed: Type.Integer() })),
        },
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        const { app: reference, automation, state = 'failed', from, to, dryRun } = request.body;
        const found = await records.app(caller, reference);
        const act = dryRun ? automations.countReplays : automations.replayAll;
        const replayed = await act(caller, found, {
          state,
          ...(automation !== undefined && { automation }),
          ...(from !== undefined && { from: readInstant('from', from) }),
          ...(to !== undefined && { to: readInstant('to', to) }),
        });
        return reply.code(202).send({ replayed });
      },
    );

    app.post<{ Params: { app: string }; Body: { title: string; record: number } }>(
      '/v1/apps/:app/automations/test',
      {
        schema: {
          tags,
          summary: "Sends a record's payload to the webhook of an automation now and tells what came back",
          body: Type.Object({ title: Title, record: Type.Integer({ minimum: 1 }) }, strict),
          response: answers(200, Outcome),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const found = await records.app(caller, request.params.app);
        return automations.testSend(caller, found, request.body.title, request.body.record);
      },
    );

    app.get<{ Params: { app: string } }>(
      '/v1/apps/:app/automations',
      {
        schema: {
          tags,
          summary: 'The automations of an app, for who administers it',
          response: answers(200, page(AutomationItem)),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        return { items: automations.list(caller, await records.app(caller, request.params.app)), next: null };
      },
    );

    app.patch<{ Params: { app: string }; Body: { title: string; enabled: boolean } }>(
      '/v1/apps/:app/automations',
      {
        schema: {
          tags,
          summary: 'Switches an automation off or on; what waits of one that is off is not sent',
          body: Type.Object({ title: Title, enabled: Type.Boolean() }, strict),
          response: answers(204, NoContent),
        },
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        const found = await records.app(caller, request.params.app);
        await automations.setEnabled(caller, found, request.body.title, request.body.enabled);
        return reply.code(204).send();
      },
    );

    app.post<{ Params: { app: string }; Body: { title: string } }>(
      '/v1/apps/:app/automations/resume',
      {
        schema: {
          tags,
          summary: 'Sends what waits of a paused automation',
          body: Type.Object({ title: Title }, strict),
          response: answers(200, Type.Object({ resumed: Type.Integer() })),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const found = await records.app(caller, request.params.app);
        return { resumed: await automations.resume(caller, found, request.body.title) };
      },
    );

    app.get('/v1/automations/pauses', {
      schema: {
        tags,
        summary: 'Automations whose target kept failing',
        response: answers(200, Type.Object({ items: Type.Array(Pause) })),
      },
      handler: async (request) => ({ items: await automations.pauses(await authenticate(request)) }),
    });

    app.get<{ Querystring: { least?: number } }>('/v1/automations/loops', {
      schema: {
        tags,
        summary: 'Suspected loops: records that called the same automation again and again in ten minutes',
        querystring: Type.Object(
          { least: Type.Optional(Type.Integer({ minimum: 2, description: 'Default 10' })) },
          strict,
        ),
        response: answers(200, Type.Object({ items: Type.Array(Loop) })),
      },
      handler: async (request) => ({
        items: await automations.loops(await authenticate(request), request.query.least ?? 10),
      }),
    });
  };
}

function readInstant(name: string, text: string): Date {
  const date = new Date(/^\d{4}-\d{2}-\d{2}/.test(text) ? text : Number.NaN);
  if (Number.isNaN(date.getTime())) throw errors.instant({ name }, `/${name}`);
  return date;
}

function pageOf({ limit = defaultLimit, cursor }: Paging) {
  return { limit, cursor };
}
