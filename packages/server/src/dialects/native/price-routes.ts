import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { Catalog } from '../../modules/catalog/index.ts';
import type { NativeRoutes } from './index.ts';
import { instantOf, offsetOf } from './instants.ts';
import { answers, strict } from './schemas.ts';
import { largestKey, Parameters, PricePreview } from './subscription-schemas.ts';

const tags = ['subscriptions'];
const ServiceId = Type.Object({ id: Type.String() });
const Key = Type.Object({ key: Type.Integer({ minimum: 1, maximum: largestKey }) });

/** What customers look at before they decide: prices and upgrades. */
export function priceRoutes(catalog: Catalog): NativeRoutes {
  return (plain, authenticate) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();

    app.post(
      '/v1/catalog/services/:id/price',
      {
        schema: {
          tags,
          summary: 'What a choice would cost over a period; nothing is subscribed to',
          params: ServiceId,
          body: Type.Object(
            {
              parameters: Type.Optional(Parameters),
              users: Type.Optional(
                Type.Array(Type.Object({ role: Type.Optional(Type.String()) }, strict), { maxItems: 10_000 }),
              ),
              events: Type.Optional(
                Type.Record(Type.String(), Type.Integer({ minimum: 0, maximum: largestKey }), {
                  description: 'How often each event is expected',
                }),
              ),
              from: Type.Optional(
                Type.String({ description: 'RFC 3339; default: the beginning of this month, UTC' }),
              ),
              to: Type.Optional(Type.String({ description: 'Not included; default: a month after `from`' })),
            },
            strict,
          ),
          response: answers(200, PricePreview),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const { from: begin, to: end, ...choice } = request.body;
        const from = begin === undefined ? beginningOfMonth(new Date()) : instantOf(begin, '/from');
        const to = end === undefined ? monthAfter(from) : instantOf(end, '/to');
        const offsetMinutes = offsetOf(begin ?? 'Z');
        return catalog.previewPrice(caller, request.params.id, { ...choice, from, to, offsetMinutes });
      },
    );

    app.get(
      '/v1/catalog/subscriptions/:key/upgrades',
      {
        schema: {
          tags,
          summary: 'Services it may be upgraded to in its state',
          params: Key,
          response: answers(
            200,
            Type.Object({
              items: Type.Array(Type.Object({ id: Type.String(), title: Type.String() })),
              next: Type.Null(),
            }),
          ),
        },
      },
      async (request) => ({
        items: await catalog.listUpgrades(await authenticate(request), request.params.key),
        next: null,
      }),
    );
  };
}

const beginningOfMonth = (at: Date) => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1));

function monthAfter(from: Date): Date {
  const to = new Date(from);
  to.setUTCMonth(to.getUTCMonth() + 1);
  return to;
}
