import { Type } from 'typebox';
import type { Planning } from '../../modules/planning/index.ts';
import type { NativeRoutes } from './index.ts';
import { answers, NoContent, strict } from './schemas.ts';

const Label = Type.String({ minLength: 1, maxLength: 100 });
const Key = Type.String({ minLength: 1, maxLength: 200 });
const tags = ['planning'];

const Edition = Type.Object({
  key: Type.String(),
  kind: Type.Union(['public', 'workspace', 'derived', 'process'].map((kind) => Type.Literal(kind))),
  createdAt: Type.String({ format: 'date-time' }),
  changedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  changedBy: Type.Union([Type.String(), Type.Null()]),
});
const Params = Type.Object({ application: Label });
const OneParams = Type.Object({ application: Label, edition: Key });
type One = { application: string; edition: string };

/** Ledger editions: what is public, what is worked on (fusion_place §4.6). */
export function planningEditionRoutes({ planning }: { planning: Planning }): NativeRoutes {
  const base = '/v1/planning/applications/:application/editions';
  return (app, authenticate) => {
    app.get<{ Params: { application: string } }>(
      base,
      {
        schema: {
          tags,
          summary: 'Editions of an application',
          params: Params,
          response: answers(200, Type.Object({ items: Type.Array(Edition), next: Type.Null() })),
        },
      },
      async (request) => {
        await authenticate(request);
        const found = await planning.listEditions(request.params.application);
        const items = found.map(({ createdAt, changedAt, ...edition }) => ({
          ...edition,
          createdAt: createdAt.toISOString(),
          changedAt: changedAt?.toISOString() ?? null,
        }));
        return { items, next: null };
      },
    );

    app.post<{ Params: { application: string }; Body: { key: string; source?: string } }>(
      base,
      {
        schema: {
          tags,
          summary: 'Derives a working edition from another one',
          params: Params,
          body: Type.Object(
            { key: Key, source: Type.Optional({ ...Key, description: 'Default WORKSPACE' }) },
            strict,
          ),
          response: answers(201, Type.Object({ key: Type.String() })),
        },
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        const key = await planning.createEdition(caller, { ...request.params, ...request.body });
        return reply.code(201).send({ key });
      },
    );

    app.post<{ Params: One; Body: { scenarios?: string[] } }>(
      `${base}/:edition/publish`,
      {
        schema: {
          tags,
          summary: "Makes the public edition's values those of this one",
          params: OneParams,
          body: Type.Object(
            { scenarios: Type.Optional(Type.Array(Label, { description: 'None: all', maxItems: 1000 })) },
            strict,
          ),
          response: answers(204, NoContent),
        },
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        const { application, edition } = request.params;
        const { scenarios = [] } = request.body;
        await planning.publishEdition(caller, { application, source: edition, scenarios });
        return reply.code(204).send(null);
      },
    );

    app.post<{ Params: One }>(
      `${base}/:edition/clear`,
      {
        schema: {
          tags,
          summary: "Makes a working edition's values those of the public edition again",
          params: OneParams,
          response: answers(204, NoContent),
        },
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        await planning.clearEdition(caller, request.params.application, request.params.edition);
        return reply.code(204).send(null);
      },
    );

    app.delete<{ Params: One }>(
      `${base}/:edition`,
      {
        schema: {
          tags,
          summary: 'Discards a derived edition',
          params: OneParams,
          response: answers(204, NoContent),
        },
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        await planning.discardEdition(caller, request.params.application, request.params.edition);
        return reply.code(204).send(null);
      },
    );
  };
}
