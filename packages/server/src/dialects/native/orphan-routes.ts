import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { Catalog } from '../../modules/catalog/index.ts';
import type { NativeRoutes } from './index.ts';
import { answers, defaultLimit, PageQuery, page, strict } from './schemas.ts';
import { largestKey, Orphan, OrphanAction, orphanStates } from './subscription-schemas.ts';

const tags = ['orphans'];
const Id = Type.Object({ id: Type.Integer({ minimum: 1, maximum: largestKey }) });

/** `/v1/catalog/orphans`: instances that may be left at applications, and what to do about them. */
export function orphanRoutes(catalog: Catalog): NativeRoutes {
  return (plain, authenticate) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      '/v1/catalog/orphans',
      {
        schema: {
          tags,
          summary: 'Instances that may be left at applications, the newest first',
          querystring: Type.Object({ ...PageQuery, state: Type.Optional(Type.Enum([...orphanStates])) }),
          response: answers(200, page(Orphan)),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const { items, next } = await catalog.listOrphans(caller, { limit: defaultLimit, ...request.query });
        return { items, next: next ?? null };
      },
    );

    app.get(
      '/v1/catalog/orphans/:id',
      { schema: { tags, summary: 'One of them', params: Id, response: answers(200, Orphan) } },
      async (request) => catalog.getOrphan(await authenticate(request), request.params.id),
    );

    app.post(
      '/v1/catalog/orphans/:id/:action',
      {
        schema: {
          tags,
          summary: 'Delete at the application at once, retry by itself from now on, or give up',
          description:
            '`instanceId` names the instance where the application never told it. A deletion that fails is no error of this call: `state`, `tries` and `lastError` of the answer tell.',
          params: Type.Object({ ...Id.properties, action: OrphanAction }),
          body: Type.Union([
            Type.Object({ instanceId: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) }, strict),
            Type.Null(),
          ]),
          response: answers(200, Orphan),
        },
      },
      async (request) => {
        const { id, action } = request.params;
        const { instanceId } = request.body ?? {};
        return catalog.settleOrphan(await authenticate(request), id, action, instanceId);
      },
    );
  };
}
