import Fraction from 'fraction.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { computeBill, type Terms, toAmount, type Usage } from '../../src/modules/catalog/billing/bill.ts';
import { createCalendar } from '../../src/modules/catalog/billing/units.ts';
import type { Definition } from '../../src/modules/catalog/definition/model.ts';
import type { PriceModel } from '../../src/modules/catalog/services/model.ts';
import { soapCall } from '../oscm/soap-call.ts';
import { event, options, parameter, role } from './definition-files.ts';
import { openShop, type Shop } from './offers.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const at = (text: string) => new Date(`${text.includes('T') ? text : `${text}T00:00:00`}Z`).getTime();

/** Moves a subscription's use into the past, as if it had been activated then. */
async function backdate(key: number, since: string, until?: string): Promise<void> {
  for (const [table, condition] of [
    ['terms', ''],
    ['assignments', ''],
  ]) {
    await shop.opened.test.database.run({
      name: `backdate ${table}`,
      text: `UPDATE catalog.${table} SET since = $2, until = coalesce($3, until) WHERE subscription = $1 ${condition}`,
      values: [key, `${since}Z`, until === undefined ? null : `${until}Z`],
    });
  }
  await shop.opened.test.database.run({
    name: 'backdate subscription',
    text: 'UPDATE catalog.subscriptions SET activated_at = $2 WHERE key = $1',
    values: [key, `${since}Z`],
  });
}

async function bill(
  key: number,
  from = '2024-04-01T00:00:00Z',
  to = '2024-05-01T00:00:00Z',
  user = 'customer',
) {
  const query = new URLSearchParams({ subscription: String(key), from, to });
  return shop.opened.call('GET', `/v1/catalog/bills?${query}`, undefined, user);
}

test('oscm §7 case 18: events in steps, counted inside the period alone', async () => {
  const steps = [{ limit: 10, price: 1 }, { limit: 50, price: '0.80' }, { price: 0.5 }];
  const prices = { currency: 'EUR', events: { FILE_DOWNLOAD: { steps } } };
  const { key } = await shop.subscribe(await shop.offer({}, event('FILE_DOWNLOAD'), { prices }));
  await backdate(key, '2024-03-01T00:00:00');
  const record = (time: string, multiplier: number) =>
    soapCall(
      shop.opened,
      'EventService',
      'recordEventForSubscription',
      `<subscriptionKey>${key}</subscriptionKey><event><o:eventId>FILE_DOWNLOAD</o:eventId><o:multiplier>${multiplier}</o:multiplier><o:occurrenceTime>${at(time)}</o:occurrenceTime></event>`,
    );
  await record('2024-04-01', 10);
  await record('2024-04-10', 20);
  await record('2024-04-30T23:59:59', 30);
  await record('2024-05-01', 1000);
  const { body } = await bill(key);
  expect(body.items).toEqual([
    {
      subscription: String(key),
      from: '2024-04-01T00:00:00.000Z',
      to: '2024-05-01T00:00:00.000Z',
      currency: 'EUR',
      oneTime: '0.00',
      recurring: '0.00',
      users: '0.00',
      parameters: '0.00',
      events: '47.00',
      total: '47.00',
    },
  ]);
});

test('oscm §7 case 18: PRO_RATA and PER_UNIT', async () => {
  for (const [type, amount] of [
    ['PRO_RATA', '15.00'],
    ['PER_UNIT', '30.00'],
  ]) {
    const prices = { type, currency: 'EUR', oneTime: '9.99', recurring: { amount: 30, period: 'month' } };
    const { key } = await shop.subscribe(await shop.offer({}, '', { prices }));
    await backdate(key, '2024-04-16T00:00:00');
    expect((await bill(key)).body.items[0]).toMatchObject({ recurring: amount, oneTime: '9.99' });
    expect((await bill(key, '2024-05-01T00:00:00Z', '2024-06-01T00:00:00Z')).body.items[0]).toMatchObject({
      recurring: '30.00',
      oneTime: '0.00',
    });
    const local = await bill(key, '2024-05-01T00:00:00+09:00', '2024-06-01T00:00:00+09:00');
    expect(local.body.items[0].recurring).toBe('30.00');
  }
});

test('oscm §7 case 18: users by the time they had, roles by the time they held them', async () => {
  const prices = { currency: 'EUR', perUser: { amount: 10, period: 'month', roles: { ADMIN: 4 } } };
  const { key } = await shop.subscribe(await shop.offer({}, role('ADMIN') + role('GUEST'), { prices }), {
    users: [
      { user: 'member', role: 'GUEST' },
      { user: 'customer', role: 'ADMIN' },
    ],
  });
  await backdate(key, '2024-04-01T00:00:00');
  await shop.opened.test.database.run({
    name: 'half a month',
    text: `UPDATE catalog.assignments SET until = '2024-04-16Z' WHERE subscription = $1 AND role = 'ADMIN'`,
    values: [key],
  });
  expect((await bill(key)).body.items[0]).toMatchObject({ users: '17.00', total: '17.00' });
});

test('oscm §4.6: parameters and options by their values, the free period spares what goes by time', async () => {
  const prices = {
    currency: 'EUR',
    oneTime: 5,
    freePeriod: 10,
    parameters: {
      C: { period: 'day', options: { 2: { amount: '1.10' } } },
      N: { period: 'day', amount: { steps: [{ limit: 2, price: 3 }, { price: 1 }] } },
      B: { period: 'day', amount: 2 },
    },
  };
  const declared =
    parameter({ id: 'C', valueType: 'ENUMERATION', default: '2' }, options('1', '2')) +
    parameter({ id: 'N', valueType: 'INTEGER', default: '3' }) +
    parameter({ id: 'B', valueType: 'BOOLEAN', default: 'false' });
  const { key } = await shop.subscribe(await shop.offer({}, declared, { prices }));
  await backdate(key, '2024-04-01T00:00:00');
  // 20 days: 1.10 for the option, 2 × 3 + 1 for the number, nothing for false
  expect((await bill(key)).body.items[0]).toMatchObject({
    parameters: '162.00',
    oneTime: '5.00',
    total: '167.00',
  });
});

test('contract §7: bills for the supplier, the customer and admin; as XML too; nothing for free services', async () => {
  const prices = { currency: 'JPY', recurring: { amount: 500, period: 'month' } };
  const { key } = await shop.subscribe(await shop.offer({}, '', { prices }));
  await backdate(key, '2024-03-01T00:00:00');
  for (const [user, status] of [
    ['customer', 200],
    ['seller', 200],
    ['admin', 200],
    ['rival', 403],
    ['stranger', 403],
  ] as const) {
    expect([user, (await bill(key, undefined, undefined, user)).status]).toEqual([user, status]);
  }
  expect((await bill(key, 'yesterday')).status).toBe(422);
  expect((await bill(key, '2024-02-30T00:00:00Z')).status).toBe(422);
  expect((await bill(key, '2024-05-01T00:00:00Z', '2024-05-01T00:00:00Z')).status).toBe(422);
  expect((await bill(999_999)).status).toBe(404);
  const xml = await fetch(
    `${shop.opened.url}/v1/catalog/bills?subscription=${key}&from=2024-04-01T00:00:00Z&to=2024-05-01T00:00:00Z`,
    {
      headers: {
        accept: 'application/xml',
        authorization: `Bearer ${await shop.opened.tokenOf('customer')}`,
      },
    },
  );
  expect(xml.headers.get('content-type')).toContain('application/xml');
  expect(await xml.text()).toContain(`currency="JPY"><oneTime>0.00</oneTime><recurring>500.00</recurring>`);
  const free = await shop.subscribe(await shop.offer());
  expect((await bill(free.key)).body.items).toEqual([]);
});

test('oscm §4.6: splitting a period in two never changes the PRO_RATA total', () => {
  let seed = 42;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  const periods = ['hour', 'day', 'week', 'month'] as const;
  const begin = at('2023-01-01');
  const year = 366 * 86_400_000;
  for (let round = 0; round < 200; round++) {
    const period = periods[random(4)]!;
    const prices: PriceModel = {
      type: 'PRO_RATA',
      currency: 'EUR',
      freePeriod: random(40),
      recurring: { amount: `${random(1000)}.${random(90) + 10}`, period },
      perUser: { price: '0.07', period, roles: { A: '0.3' } },
      parameters: { N: { period, price: '1.7', perUser: '0.1', options: {} } },
      events: {},
    };
    const instant = () => begin + random(year / 1000) * 1000 + random(1000);
    const [a, b, c, d] = [instant(), instant(), instant(), instant()].sort((x, y) => x - y) as [
      number,
      number,
      number,
      number,
    ];
    const terms: Terms[] = [
      { from: a, to: c, parameters: { N: '3' }, prices },
      { from: c, to: d, parameters: { N: '5' }, prices },
    ];
    const usage: Usage = {
      activatedAt: a,
      terms,
      users: [
        { user: 1, role: 'A', from: a, to: d },
        { user: 2, role: null, from: b, to: c },
        { user: 2, role: 'A', from: c, to: d },
      ],
      events: [],
      definition: { parameters: [{ id: 'N', valueType: 'INTEGER' }] } as unknown as Definition,
    };
    const [from, middle, to] = [instant(), instant(), instant()].sort((x, y) => x - y) as [
      number,
      number,
      number,
    ];
    const calendar = createCalendar(random(2) * 540);
    const total = (start: number, end: number) => {
      const parts = computeBill(usage, { from: start, to: end }, calendar);
      return parts === undefined
        ? new Fraction(0)
        : [parts.recurring, parts.users, parts.parameters].reduce((sum, one) => sum.add(one));
    };
    expect(total(from, middle).add(total(middle, to)).toFraction()).toBe(total(from, to).toFraction());
  }
});

test('oscm §4.6: amounts are rounded half up to two decimals', () => {
  expect(
    ['0.005', '0.0049', '1.015', '0', '12345678901234567890.125'].map((text) => toAmount(new Fraction(text))),
  ).toEqual(['0.01', '0.00', '1.02', '0.00', '12345678901234567890.13']);
});
