import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { App } from '../../modules/records/index.ts';
import type { Caller } from '../../platform/caller.ts';
import { bearerToken } from './bearer-token.ts';
import type { Area, Ssm } from './index.ts';
import { processJson } from './process-json.ts';
import { storedItems } from './text-rules.ts';

const TypeParams = Type.Object({ type: Type.String() });
const ProcessParams = Type.Object({ type: Type.String(), id: Type.String() });
const Items = Type.Record(Type.String(), Type.Unknown());
const strict = { additionalProperties: false };
const Creation = Type.Object({ items: Type.Optional(Items) }, strict);
const Change = Type.Object(
  {
    revision: Type.Optional(Type.Integer({ minimum: 1 })),
    state: Type.Optional(Type.String()),
    items: Type.Optional(Items),
  },
  strict,
);

/** Processes (contract §4 and §7). */
export function processRoutes(area: Area, ssm: Ssm): void {
  const { processes, directory, disallowedTags } = ssm;

  area.decorateRequest('ssmCaller', null as unknown as Caller);
  // before the body is read: a stranger's 64 MB are not
  area.addHook('onRequest', async (request) => {
    request.ssmCaller = await ssm.tokens.authenticate(bearerToken(request), ssm.how(request));
  });

  async function appOf({ ssmCaller, params }: FastifyRequest): Promise<App> {
    return processes.type(ssmCaller, (params as Type.Static<typeof TypeParams>).type);
  }

  area.get('/process_types', async ({ ssmCaller }) => {
    const types = await processes.types(ssmCaller);
    return { process_types: types.map(({ type, name }) => ({ id: type, name })) };
  });

  const list = { params: TypeParams };
  const one = { params: ProcessParams };

  area.post(
    '/process_types/:type/processes',
    { schema: { ...list, body: Creation } },
    async (request, reply) => {
      const app = await appOf(request);
      const items = storedItems(app, request.body.items ?? {}, disallowedTags());
      const process = await processes.create(request.ssmCaller, app, items);
      return reply.code(201).send(await processJson(process, directory));
    },
  );

  area.get('/process_types/:type/processes/:id', { schema: one }, async (request) => {
    const app = await appOf(request);
    return processJson(await processes.get(request.ssmCaller, app, request.params.id), directory);
  });

  area.patch('/process_types/:type/processes/:id', { schema: { ...one, body: Change } }, async (request) => {
    const app = await appOf(request);
    const { revision, state, items = {} } = request.body;
    const change = { revision, state, items: storedItems(app, items, disallowedTags()) };
    return processJson(await processes.patch(request.ssmCaller, app, request.params.id, change), directory);
  });
}
