import { afterAll, beforeAll, expect, test } from 'vitest';
import { description, operation, options, parameter, role } from './definition-files.ts';
import { openShop, type Shop } from './offers.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const body =
  description('Keeps files') +
  parameter({ id: 'SIZE', valueType: 'ENUMERATION', default: 'B', mandatory: 'true' }, options('A', 'B')) +
  parameter({ id: 'PLACES', valueType: 'INTEGER', minValue: '1', maxValue: '9', default: '2' }) +
  parameter({ id: 'SECRET', valueType: 'PWD', default: 'hidden-default' }) +
  parameter({ id: 'INTERNAL', configurable: 'false', default: 'internal-default' }) +
  parameter({ id: 'ONCE', modificationType: 'ONE_TIME' }) +
  role('READER') +
  operation('BACKUP');
const service = {
  name: { ja: '小', en: 'Small' },
  parameters: {
    SIZE: { value: 'A', configurableByCustomer: true },
    PLACES: { value: '3' },
    SECRET: { configurableByCustomer: true },
    ONCE: { configurableByCustomer: true },
    NAMED_USER: { value: '5', configurableByCustomer: true },
  },
};

test('oscm §2.6: an offer says what the customer may choose, from what, and what is fixed', async () => {
  const id = await shop.offer({}, body, service);
  const answer = await shop.opened.call('GET', `/v1/catalog/services/${id}/offer`, undefined, 'customer');
  expect(answer.status).toBe(200);
  const given = answer.body as { parameters: { id: string }[] };
  expect(given).toMatchObject({
    service: id,
    title: 'Small',
    description: 'Keeps files',
    accessType: 'LOGIN',
    roles: [{ id: 'READER', name: 'Name' }],
    operations: [{ id: 'BACKUP' }],
  });
  const of = (wanted: string) => given.parameters.find((one) => one.id === wanted);
  expect(of('SIZE')).toMatchObject({
    configurable: true,
    mandatory: true,
    value: 'A',
    valueType: 'ENUMERATION',
  });
  expect(of('SIZE')).toMatchObject({
    options: [
      { id: 'A', name: 'Choice' },
      { id: 'B', name: 'Choice' },
    ],
  });
  expect(of('PLACES')).toMatchObject({ configurable: false, value: '3', minValue: '1', maxValue: '9' });
  expect(of('ONCE')).toMatchObject({ configurable: true, oneTime: true });
  expect(of('NAMED_USER')).toMatchObject({ value: '5', configurable: true });
  expect(of('SECRET')).toMatchObject({ configurable: true, isSet: true });
  // neither what customers may not set nor what is for the application alone
  expect(of('INTERNAL')).toBeUndefined();
  expect(answer.text).not.toMatch(/hidden-default|internal-default|provisioningUrl/);
});

test('oscm §2.6: the offer of a subscription is there for its people, also when the service is off sale', async () => {
  const id = await shop.offer({}, body, service);
  const { path } = await shop.subscribe(id);
  expect((await shop.opened.call('DELETE', `/v1/catalog/services/${id}`)).status).toBe(204);
  const own = await shop.opened.call('GET', `${path}/offer`, undefined, 'customer');
  expect([own.status, own.body.operations]).toEqual([200, [expect.objectContaining({ id: 'BACKUP' })]]);
  const foreign = await shop.opened.call('GET', `${path}/offer`, undefined, 'rival');
  expect(foreign.status).toBe(404);
});

test('contract §7: organizations are those the caller acts for, all for an administrator', async () => {
  const ids = async (user: string) =>
    (await shop.opened.call('GET', '/v1/catalog/organizations', undefined, user)).body.items.map(
      ({ id: one }: { id: string }) => one,
    );
  expect(await ids('customer')).toEqual(['customer1']);
  expect(await ids('stranger')).toEqual([]);
  expect(await ids('admin')).toEqual(['acme', 'customer1', 'rivals']);
});

test('oscm §4.6: bills for every month of a period add up to the bill of the whole; CSV has the same lines', async () => {
  const id = await shop.offer({}, body, {
    ...service,
    prices: { currency: 'JPY', oneTime: 1000, recurring: { amount: 500, period: 'month' } },
  });
  const { key } = await shop.subscribe(id);
  const now = new Date();
  const month = (later: number) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + later, 1)).toISOString();
  const query = `/v1/catalog/bills?subscription=${key}&from=${month(-1)}&to=${month(3)}`;
  const whole = (await shop.opened.call('GET', query)).body.items[0];
  const months = (await shop.opened.call('GET', `${query}&each=month`)).body.items;
  expect(months.map(({ from }: { from: string }) => from)).toEqual([month(0), month(1), month(2)]);
  expect(months.map(({ oneTime }: { oneTime: string }) => oneTime)).toEqual(['1000.00', '0.00', '0.00']);
  expect(months[1].recurring).toBe('500.00');
  const sum = months.reduce((all: number, { total }: { total: string }) => all + Number(total), 0);
  expect(sum).toBeCloseTo(Number(whole.total), 1);
  const token = await shop.opened.tokenOf('customer');
  const csv = await fetch(`${shop.opened.url}${query}&each=month`, {
    headers: { authorization: `Bearer ${token}`, accept: 'text/csv' },
  });
  expect(csv.headers.get('content-type')).toContain('text/csv');
  expect((await csv.text()).trim().split('\n')).toHaveLength(4);
  const tooMany = await shop.opened.call(
    'GET',
    `/v1/catalog/bills?subscription=${key}&from=1900-01-01T00:00:00Z&to=${month(1)}&each=month`,
  );
  expect(tooMany.status).toBeGreaterThanOrEqual(400);
});
