import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Bill, Catalog } from '../../modules/catalog/index.ts';
import { escapeAttribute, escapeText } from '../../platform/xml/escape.ts';
import type { NativeRoutes } from './index.ts';
import { instantOf, offsetOf } from './instants.ts';
import { defaultLimit, PageQuery } from './schemas.ts';
import { largestKey } from './subscription-schemas.ts';

const tags = ['subscriptions'];
const Subscription = Type.Integer({ minimum: 1, maximum: largestKey });

/** Bills of any period, and those that were made month by month; as JSON, XML or CSV (oscm §4.6, contract §5). */
export function billRoutes(catalog: Catalog): NativeRoutes {
  return (plain, authenticate) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      '/v1/catalog/bills',
      {
        schema: {
          tags,
          summary:
            'What a subscription costs over a period; JSON, or XML or CSV for who accepts application/xml, text/csv',
          querystring: Type.Object({
            subscription: Subscription,
            from: Type.String({
              description: 'RFC 3339, included; months, weeks and days are those of its offset',
            }),
            to: Type.String({ description: 'RFC 3339, not included' }),
            each: Type.Optional(
              Type.Enum(['month'], { description: 'One bill for every month of the period' }),
            ),
          }),
        },
      },
      async (request, reply) => {
        const { subscription, each } = request.query;
        const from = instantOf(request.query.from, '/from');
        const to = instantOf(request.query.to, '/to');
        const offsetMinutes = offsetOf(request.query.from);
        const query = { subscription, from, to, offsetMinutes, each };
        const items = await catalog.computeBills(await authenticate(request), query);
        return answer(request, reply, items, {});
      },
    );

    app.get(
      '/v1/catalog/monthly-bills',
      {
        schema: {
          tags,
          summary: 'The bills that were made at the end of each month, the latest first; JSON, XML or CSV',
          querystring: Type.Object({
            ...PageQuery,
            month: Type.Optional(
              Type.String({
                pattern: '^[1-9][0-9]{3}-(0[1-9]|1[0-2])$',
                description: '`2026-04`, in the time zone of the workspace',
              }),
            ),
            subscription: Type.Optional(Subscription),
          }),
        },
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        const query = { limit: defaultLimit, ...request.query };
        const { items, next = null } = await catalog.listMonthlyBills(caller, query);
        return answer(request, reply, items, { next });
      },
    );
  };
}

/** In the form that the request accepts; `more` goes beside the items of JSON. */
function answer(request: FastifyRequest, reply: FastifyReply, items: readonly Bill[], more: object) {
  const accept = request.headers.accept ?? '';
  if (/\btext\/csv\b/.test(accept)) return reply.type('text/csv; charset=utf-8').send(billsAsCsv(items));
  if (!/\bapplication\/xml\b|\btext\/xml\b/.test(accept)) return reply.send({ items, ...more });
  return reply.type('application/xml; charset=utf-8').send(billsAsXml(items));
}

const amounts = ['oneTime', 'recurring', 'users', 'parameters', 'events', 'total'] as const;

/** What names a bill are attributes, what it comes to elements. */
function billsAsXml(bills: readonly Bill[]): string {
  const bill = (one: Bill) => {
    const names = Object.entries(one).filter(([name]) => !(amounts as readonly string[]).includes(name));
    const attributes = names.map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`).join('');
    const lines = amounts.map((name) => `<${name}>${escapeText(one[name])}</${name}>`).join('');
    return `<bill${attributes}>${lines}</bill>`;
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n<bills>${bills.map(bill).join('')}</bills>\n`;
}

function billsAsCsv(bills: readonly Bill[]): string {
  const first = ['subscription', 'from', 'to', 'currency', ...amounts];
  const more = Object.keys(bills[0] ?? {}).filter((name) => !first.includes(name));
  return stringify([...bills], { bom: true, header: true, columns: [...first, ...more] });
}
