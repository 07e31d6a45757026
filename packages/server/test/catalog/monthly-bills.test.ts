import { afterAll, beforeAll, expect, test } from 'vitest';
import { createZoneCalendar } from '../../src/modules/catalog/billing/units.ts';
import { event, file19 } from './definition-files.ts';
import { openShop, type Shop } from './offers.ts';

/** The workspace of these tests is in Asia/Tokyo: months begin at 15:00 UTC. */
let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const prices = { currency: 'JPY', oneTime: 1000, recurring: { amount: 3000, period: 'month' } };

/** Moves a subscription into the past, as if it had been used then. */
async function inUse(key: number, since: string, until: string | null = null): Promise<void> {
  const { database } = shop.opened.test;
  const values = [key, since, until];
  for (const table of ['terms', 'assignments']) {
    const text = `UPDATE catalog.${table} SET since = $2, until = $3 WHERE subscription = $1`;
    await database.run({ name: `in use ${table}`, text, values });
  }
  const text = 'UPDATE catalog.subscriptions SET activated_at = $2, ended_at = $3 WHERE key = $1';
  await database.run({ name: 'in use', text, values });
}

async function stored(query: string, user = 'customer') {
  const { status, body } = await shop.opened.call(
    'GET',
    `/v1/catalog/monthly-bills?${query}`,
    undefined,
    user,
  );
  expect([status, body]).toEqual([200, body]);
  return body;
}

const make = (now: string) => shop.opened.catalog.makeMonthlyBills(new Date(now));

test('oscm §4.6: a bill per subscription and month, made once, when the month is over where the workspace is', async () => {
  const { key } = await shop.subscribe(await shop.offer({}, '', { prices }));
  await inUse(key, '2024-04-15T15:00:00Z'); // the 16th in Tokyo: half of April
  await make('2024-04-30T14:59:59Z');
  expect((await stored(`subscription=${key}`)).items).toEqual([]);
  await make('2024-04-30T15:00:00Z');
  const { items, next } = await stored(`subscription=${key}`);
  expect(next).toBeNull();
  expect(items).toEqual([
    {
      subscription: String(key),
      month: '2024-04',
      subscriptionId: expect.stringMatching(/^sub /),
      service: expect.any(String),
      organization: 'customer1',
      supplier: 'acme',
      from: '2024-03-31T15:00:00.000Z',
      to: '2024-04-30T15:00:00.000Z',
      currency: 'JPY',
      oneTime: '1000.00',
      recurring: '1500.00',
      users: '0.00',
      parameters: '0.00',
      events: '0.00',
      total: '2500.00',
    },
  ]);
  const asked = new URLSearchParams({
    subscription: String(key),
    from: '2024-04-01T00:00:00+09:00',
    to: '2024-05-01T00:00:00+09:00',
  });
  const { body } = await shop.opened.call('GET', `/v1/catalog/bills?${asked}`, undefined, 'customer');
  expect(body.items[0].total).toBe(items[0].total);
  // made once: what changes afterwards changes no bill
  await inUse(key, '2024-04-01T15:00:00Z');
  expect(await make('2024-05-02T00:00:00Z')).toBe(0);
  expect((await stored(`subscription=${key}`)).items).toEqual(items);
});

test('oscm §4.6: months that were missed are made up for; nothing follows the end', async () => {
  const { key } = await shop.subscribe(await shop.offer({}, '', { prices }));
  await inUse(key, '2024-01-09T15:00:00Z', '2024-03-15T15:00:00Z');
  await make('2024-06-01T00:00:00Z');
  const { items } = await stored(`subscription=${key}`);
  expect(items.map(({ month, recurring }: Record<string, string>) => [month, recurring])).toEqual([
    ['2024-03', '1451.61'], // 15 of 31 days
    ['2024-02', '3000.00'],
    ['2024-01', '2129.03'], // 22 of 31 days
  ]);
  expect(await make('2024-06-01T00:00:00Z')).toBe(0);
});

test('oscm §4.6: two workers at once make each bill once', async () => {
  const service = await shop.offer({}, '', { prices });
  const keys = [];
  for (const id of ['a', 'b', 'c']) {
    const { body } = await shop.opened.call('POST', '/v1/catalog/subscriptions', { id, service }, 'customer');
    keys.push(Number(body.key));
    await inUse(Number(body.key), '2023-01-31T15:00:00Z', '2023-02-28T15:00:00Z');
  }
  await Promise.all([
    make('2023-03-02T00:00:00Z'),
    make('2023-03-02T00:00:00Z'),
    make('2023-03-02T00:00:00Z'),
  ]);
  const first = await stored('month=2023-02&limit=2');
  const second = await stored(`month=2023-02&limit=2&cursor=${first.next}`);
  const made = [...first.items, ...second.items];
  expect(made.map(({ subscription }: { subscription: string }) => Number(subscription))).toEqual(keys);
  expect(made.map(({ recurring }: { recurring: string }) => recurring)).toEqual(Array(3).fill('3000.00'));
  expect(second.next).toBeNull();
});

test('contract §7: monthly bills for the supplier, the customer and admin; as XML and CSV too', async () => {
  const { key } = await shop.subscribe(await shop.offer({}, '', { prices }));
  await inUse(key, '2022-12-31T15:00:00Z', '2023-01-31T15:00:00Z');
  await make('2023-02-01T00:00:00Z');
  for (const [user, count] of [
    ['customer', 1],
    ['member', 1],
    ['seller', 1],
    ['admin', 1],
    ['rival', 0],
    ['stranger', 0],
  ] as const) {
    expect([user, (await stored(`subscription=${key}`, user)).items.length]).toEqual([user, count]);
  }
  const headers = async (accept: string) => ({
    accept,
    authorization: `Bearer ${await shop.opened.tokenOf('customer')}`,
  });
  const address = `${shop.opened.url}/v1/catalog/monthly-bills?subscription=${key}`;
  const xml = await (await fetch(address, { headers: await headers('application/xml') })).text();
  expect(xml).toMatch(/<bill [^>]*month="2023-01"[^>]*><oneTime>1000.00<\/oneTime>.*<total>4000.00<\/total>/);
  const csv = await (await fetch(address, { headers: await headers('text/csv') })).text();
  expect(csv.split('\n')[0]).toMatch(/^subscription,from,to,currency,.*total,/);
  for (const query of ['month=2023-13', 'month=2023', 'cursor=x', 'subscription=x', 'limit=0']) {
    const { status } = await shop.opened.call('GET', `/v1/catalog/monthly-bills?${query}`);
    expect([query, status]).toEqual([query, 422]);
  }
});

test('oscm §2.5: what an ended subscription still owes is billed before it is removed for good', async () => {
  const service = await shop.offer({}, event(), { prices });
  const { key, path } = await shop.subscribe(service);
  await inUse(key, '2024-04-15T15:00:00Z');
  expect((await shop.opened.call('DELETE', path, undefined, 'customer')).status).toBe(204);
  await inUse(key, '2024-04-15T15:00:00Z', '2024-05-10T15:00:00Z');
  await shop.opened.call('DELETE', `/v1/catalog/services/${service}`);
  // the event disappears, and with it the subscription
  const changed = await shop.opened.importFile(
    file19({ id: service.replace('S', 'T'), provisioningUrl: `${shop.application.url}/p?wsdl` }),
  );
  expect([changed.status, changed.text]).toEqual([200, changed.text]);
  expect((await shop.opened.call('GET', path)).status).toBe(404);
  const { items } = await stored(`subscription=${key}`);
  expect(items.map(({ month, total }: Record<string, string>) => [month, total])).toEqual([
    ['2024-05', '967.74'],
    ['2024-04', '2500.00'],
  ]);
});

test('oscm §4.6: free use makes no bill and is not looked at again', async () => {
  const { key } = await shop.subscribe(await shop.offer());
  await inUse(key, '2021-01-01T00:00:00Z', '2021-01-20T00:00:00Z');
  expect(await make('2021-02-02T00:00:00Z')).toBe(1);
  expect(await make('2021-02-02T00:00:00Z')).toBe(0);
  expect((await stored(`subscription=${key}`)).items).toEqual([]);
});

test('oscm §4.6: days and months of a zone with summer time have the length they have', () => {
  const { start, next } = createZoneCalendar('Europe/Berlin');
  const at = (text: string) => new Date(text).getTime();
  const day = start('day', at('2024-03-31T10:00:00Z'));
  expect(new Date(day).toISOString()).toBe('2024-03-30T23:00:00.000Z');
  expect(next('day', day) - day).toBe(23 * 3_600_000);
  const month = start('month', at('2024-10-15T00:00:00Z'));
  expect(new Date(month).toISOString()).toBe('2024-09-30T22:00:00.000Z');
  expect(next('month', month) - month).toBe((31 * 24 + 1) * 3_600_000);
  const week = start('week', at('2024-03-31T21:59:59Z'));
  expect(new Date(week).toISOString()).toBe('2024-03-24T23:00:00.000Z');
  expect(new Date(next('week', week)).toISOString()).toBe('2024-03-31T22:00:00.000Z');
  expect(new Date(start('hour', at('2024-03-31T10:20:30.400Z'))).toISOString()).toBe(
    '2024-03-31T10:00:00.000Z',
  );
});
