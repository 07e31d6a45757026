import { Type } from 'typebox';
import { toCharacterReferences } from '../../platform/text/shift-jis.ts';
import { historyJson } from './history-json.ts';
import type { Area, Ssm } from './index.ts';
import { processesJson, processJson } from './process-json.ts';
import { readSearch, SearchQuery } from './search-query.ts';
import { storedItems } from './text-rules.ts';

export const TypeParams = Type.Object({ type: Type.String() });
export const ProcessParams = Type.Object({ type: Type.String(), id: Type.String() });
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
const Decision = Type.Object(
  {
    action: Type.Enum(['approve', 'reject']),
    // PostgreSQL stores no NUL
    comment: Type.Optional(Type.String({ maxLength: 4000, pattern: '^[^\\u0000]*$' })),
  },
  strict,
);

/** Processes (contract §4 and §7); dates and conditions of the search, and the history, are of this server's making. */
export function processRoutes(area: Area, { processes, directory, disallowedTags }: Ssm): void {
  const list = '/process_types/:type/processes';
  const one = `${list}/:id`;

  area.get('/process_types', async ({ ssmCaller }) => {
    const types = await processes.types(ssmCaller);
    return { process_types: types.map(({ type, name }) => ({ id: type, name })) };
  });

  area.get(
    list,
    { schema: { params: TypeParams, querystring: SearchQuery } },
    async ({ ssmCaller, params, query }) => {
      const app = await processes.type(ssmCaller, params.type);
      const found = await processes.search(ssmCaller, app, readSearch(app, query));
      return { total: found.total, processes: await processesJson(found.processes, directory) };
    },
  );

  area.post(
    list,
    { schema: { params: TypeParams, body: Creation } },
    async ({ ssmCaller, params, body }, reply) => {
      const app = await processes.type(ssmCaller, params.type);
      const items = storedItems(app, body.items ?? {}, disallowedTags());
      const process = await processes.create(ssmCaller, app, items);
      return reply.code(201).send(await processJson(process, directory));
    },
  );

  area.get(one, { schema: { params: ProcessParams } }, async ({ ssmCaller, params }) => {
    const app = await processes.type(ssmCaller, params.type);
    return processJson(await processes.get(ssmCaller, app, params.id), directory);
  });

  area.patch(
    one,
    { schema: { params: ProcessParams, body: Change } },
    async ({ ssmCaller, params, body }) => {
      const app = await processes.type(ssmCaller, params.type);
      const { revision, state, items = {} } = body;
      const change = { revision, state, items: storedItems(app, items, disallowedTags()) };
      return processJson(await processes.patch(ssmCaller, app, params.id, change), directory);
    },
  );

  area.post(
    `${one}/approvals`,
    { schema: { params: ProcessParams, body: Decision } },
    async ({ ssmCaller, params, body }) => {
      const app = await processes.type(ssmCaller, params.type);
      const { action, comment } = body;
      const decision = { action, comment: comment && toCharacterReferences(comment) };
      return processJson(await processes.decide(ssmCaller, app, params.id, decision), directory);
    },
  );

  area.get(`${one}/history`, { schema: { params: ProcessParams } }, async ({ ssmCaller, params }) => {
    const app = await processes.type(ssmCaller, params.type);
    const history = await processes.history(ssmCaller, app, params.id);
    return { history: await historyJson(app, history, directory) };
  });
}
