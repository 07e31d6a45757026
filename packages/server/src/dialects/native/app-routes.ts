import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { type App, accessOf, type Records } from '../../modules/records/index.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Authenticate } from './authenticate.ts';
import { answers, page } from './schemas.ts';

const Field = Type.Object(
  { id: Type.Integer(), name: Type.String(), type: Type.String() },
  { description: 'As in the workspace file, without what is secret' },
);
const AppSchema = Type.Object({
  id: Type.Integer(),
  alias: Type.Union([Type.String(), Type.Null()]),
  name: Type.String(),
  allowed: Type.Array(Type.String(), { description: 'What the caller may do' }),
  states: Type.Optional(Type.Array(Type.String())),
  fields: Type.Array(Field),
});

const operations = ['view', 'add', 'change', 'delete', 'import', 'export', 'administer'] as const;

/** The apps a caller may know of, with the fields he may see. */
export function registerAppRoutes(
  app: FastifyInstance,
  deps: { records: Records; authenticate: Authenticate },
): void {
  const { records, authenticate } = deps;

  app.get(
    '/v1/apps',
    { schema: { tags: ['apps'], response: answers(200, page(AppSchema)) } },
    async (request) => {
      const caller = await authenticate(request);
      const apps = await records.apps(caller);
      return { items: await Promise.all(apps.map((one) => appJson(caller, one))), next: null };
    },
  );
  app.get<{ Params: { app: string } }>(
    '/v1/apps/:app',
    { schema: { tags: ['apps'], response: answers(200, AppSchema) } },
    async (request) => {
      const caller = await authenticate(request);
      return appJson(caller, await records.app(caller, request.params.app));
    },
  );

  async function appJson(caller: Caller, of: App) {
    const access = accessOf(of, caller, of.lookups);
    return {
      id: of.id,
      alias: of.alias ?? null,
      name: of.name,
      allowed: operations.filter((operation) => access.allows(operation)),
      ...(of.states && { states: of.states }),
      fields: await records.describeFields(caller, of),
    };
  }
}
