import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { type Catalog, subscriptionStates } from '../../modules/catalog/index.ts';
import { defineErrors } from '../../platform/errors.ts';
import type { Authenticate } from './authenticate.ts';
import type { NativeRoutes } from './index.ts';

import { answers, defaultLimit, NoContent, PageQuery, page, strict } from './schemas.ts';
import {
  Call,
  Executed,
  largestKey,
  Operation,
  OperationForm,
  Parameters,
  ReferenceId,
  Subscription,
  User,
} from './subscription-schemas.ts';

const errors = defineErrors('native', {
  idempotencyKey: {
    kind: 'invalid',
    ja: 'Idempotency-Key は1～200文字です',
    en: 'An Idempotency-Key has 1 to 200 characters',
  },
});

const tags = ['subscriptions'];
const Key = Type.Object({ key: Type.Integer({ minimum: 1, maximum: largestKey }) });
const NewSubscription = Type.Object(
  {
    id: Type.String({ description: "The customer's name for it, unique among his" }),
    service: Type.String(),
    organization: Type.Optional(
      Type.String({ description: 'The customer, where the caller acts for several' }),
    ),
    parameters: Type.Optional(Parameters),
    users: Type.Optional(Type.Array(User, { maxItems: 10_000 })),
    referenceId: Type.Optional(ReferenceId),
    attributes: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  strict,
);

const OperationPath = Type.Object({ ...Key.properties, operation: Type.String() });

/** `/v1/catalog/subscriptions` and what belongs to them (contract §5, §7). */
export function subscriptionRoutes(catalog: Catalog): NativeRoutes {
  return (app, authenticate) => {
    const typed = app.withTypeProvider<TypeBoxTypeProvider>();
    registerSubscriptions(typed, catalog, authenticate);
    registerUse(typed, catalog, authenticate);
  };
}

type App = ReturnType<typeof typedApp>;
const typedApp = (app: FastifyInstance) => app.withTypeProvider<TypeBoxTypeProvider>();

function registerSubscriptions(app: App, catalog: Catalog, authenticate: Authenticate): void {
  app.post(
    '/v1/catalog/subscriptions',
    {
      schema: {
        tags,
        summary: 'Subscribe to a service',
        body: NewSubscription,
        response: answers(201, Subscription),
      },
    },
    async (request, reply) => {
      const options = { origin: originOf(request), requestKey: requestKeyOf(request) };
      const caller = await authenticate(request);
      return reply.code(201).send(await catalog.subscribe(caller, request.body, options));
    },
  );

  app.get(
    '/v1/catalog/subscriptions',
    {
      schema: {
        tags,
        summary: 'Subscriptions the caller may see',
        querystring: Type.Object({
          ...PageQuery,
          state: Type.Optional(Type.Enum([...subscriptionStates])),
          service: Type.Optional(Type.String()),
          organization: Type.Optional(Type.String()),
        }),
        response: answers(200, page(Subscription)),
      },
    },
    async (request) => {
      const caller = await authenticate(request);
      const { items, next } = await catalog.listSubscriptions(caller, {
        limit: defaultLimit,
        ...request.query,
      });
      return { items, next: next ?? null };
    },
  );

  app.get(
    '/v1/catalog/subscriptions/:key',
    { schema: { tags, summary: 'A subscription', params: Key, response: answers(200, Subscription) } },
    async (request) => catalog.getSubscription(await authenticate(request), request.params.key),
  );

  app.get(
    '/v1/catalog/subscriptions/:key/offer',
    {
      schema: {
        tags,
        summary: 'What its service offers: parameters, roles, operations, in words',
        params: Key,
      },
    },
    async (request) => {
      const caller = await authenticate(request);
      const { key } = request.params;
      await catalog.getSubscription(caller, key); // refuses who may not see it
      return catalog.offerOfSubscription(caller, key);
    },
  );

  app.patch(
    '/v1/catalog/subscriptions/:key',
    {
      schema: {
        tags,
        summary: 'Change values or the reference',
        params: Key,
        body: Type.Object(
          {
            parameters: Type.Optional(Parameters),
            referenceId: Type.Optional(Type.Union([ReferenceId, Type.Null()])),
          },
          strict,
        ),
        response: answers(200, Subscription),
      },
    },
    async (request) =>
      catalog.modifySubscription(await authenticate(request), request.params.key, request.body),
  );

  app.delete(
    '/v1/catalog/subscriptions/:key',
    { schema: { tags, summary: 'End a subscription', params: Key, response: answers(204, NoContent) } },
    async (request, reply) => {
      await catalog.endSubscription(await authenticate(request), request.params.key);
      return reply.code(204).send();
    },
  );

  app.post(
    '/v1/catalog/subscriptions/:key/upgrade',
    {
      schema: {
        tags,
        summary: 'Switch to a compatible service',
        params: Key,
        body: Type.Object({ service: Type.String(), parameters: Type.Optional(Parameters) }, strict),
        response: answers(200, Subscription),
      },
    },
    async (request) =>
      catalog.upgradeSubscription(await authenticate(request), request.params.key, request.body),
  );

  app.put(
    '/v1/catalog/subscriptions/:key/payment',
    {
      schema: {
        tags,
        summary: "The supplier's word on whether the customer pays: suspends or resumes",
        params: Key,
        body: Type.Object({ valid: Type.Boolean() }, strict),
        response: answers(200, Subscription),
      },
    },
    async (request) =>
      catalog.changePayment(await authenticate(request), request.params.key, request.body.valid),
  );
}

function registerUse(app: App, catalog: Catalog, authenticate: Authenticate): void {
  app.post(
    '/v1/catalog/subscriptions/:key/users',
    {
      schema: {
        tags,
        summary: 'Assign a user, or change his role',
        params: Key,
        body: User,
        response: answers(200, Subscription),
      },
    },
    async (request, reply) => {
      const view = await catalog.assignUser(await authenticate(request), request.params.key, request.body);
      return reply.code(200).send(view);
    },
  );

  app.delete(
    '/v1/catalog/subscriptions/:key/users/:user',
    {
      schema: {
        tags,
        summary: 'Take a user off',
        params: Type.Object({ ...Key.properties, user: Type.String() }),
        response: answers(204, NoContent),
      },
    },
    async (request, reply) => {
      const { key, user } = request.params;
      await catalog.revokeUser(await authenticate(request), key, user);
      return reply.code(204).send();
    },
  );

  app.get(
    '/v1/catalog/subscriptions/:key/operations',
    {
      schema: {
        tags,
        summary: 'Records of operations, at most the 500 newest, the newest first',
        params: Key,
        response: answers(200, page(Operation)),
      },
    },
    async (request) => ({
      items: await catalog.listOperations(await authenticate(request), request.params.key),
      next: null,
    }),
  );

  app.get(
    '/v1/catalog/subscriptions/:key/operations/:operation',
    {
      schema: {
        tags,
        summary: 'The parameters of an operation, with choices',
        params: OperationPath,
        response: answers(200, OperationForm),
      },
    },
    async (request) => {
      const { key, operation } = request.params;
      const parameters = await catalog.describeOperation(await authenticate(request), key, operation);
      return { operation, parameters };
    },
  );

  app.post(
    '/v1/catalog/subscriptions/:key/operations/:operation',
    {
      schema: {
        tags,
        summary: 'Ask the application to do something',
        params: OperationPath,
        body: Type.Object({ parameters: Type.Optional(Type.Record(Type.String(), Type.String())) }, strict),
        response: answers(200, Executed),
      },
    },
    async (request) => {
      const { key, operation } = request.params;
      const { parameters = {} } = request.body;
      return catalog.executeOperation(await authenticate(request), key, operation, parameters);
    },
  );

  app.get(
    '/v1/catalog/subscriptions/:key/calls',
    {
      schema: {
        tags,
        summary: 'What was sent to the application, the newest first; secrets masked',
        params: Key,
        querystring: Type.Object(PageQuery),
        response: answers(200, page(Call)),
      },
    },
    async (request) => {
      const { key } = request.params;
      const caller = await authenticate(request);
      const { items, next } = await catalog.listCalls(caller, key, { limit: defaultLimit, ...request.query });
      return { items, next: next ?? null };
    },
  );
}

/** How this server was reached: applications get addresses below it. */
function originOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.headers.host ?? request.hostname}`;
}

function requestKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || key.length < 1 || key.length > 200) throw errors.idempotencyKey();
  return key;
}
