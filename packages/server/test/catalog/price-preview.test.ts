import { afterAll, beforeAll, expect, test } from 'vitest';
import { event, parameter, role } from './definition-files.ts';
import { openShop, type Shop } from './offers.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

test('oscm §4.6: what a choice would cost, before it is made', async () => {
  const body =
    parameter({ id: 'GB', valueType: 'INTEGER', default: '2' }) +
    event('FILE_DOWNLOAD') +
    role('ADMIN') +
    role('GUEST');
  const service = await shop.offer({}, body, {
    parameters: { GB: { configurableByCustomer: true } },
    prices: {
      currency: 'JPY',
      oneTime: 1000,
      recurring: { amount: 300, period: 'month' },
      perUser: { amount: 100, period: 'month', roles: { ADMIN: 50 } },
      parameters: { GB: { amount: 10, period: 'month' } },
      events: { FILE_DOWNLOAD: 2 },
    },
  });
  const price = (choice: object, user = 'customer') =>
    shop.opened.call('POST', `/v1/catalog/services/${service}/price`, choice, user);
  const month = { from: '2024-04-01T00:00:00Z' };
  const full = await price({
    ...month,
    parameters: { GB: 5 },
    users: [{ role: 'ADMIN' }, { role: 'GUEST' }],
    events: { FILE_DOWNLOAD: 3 },
  });
  expect(full.body).toEqual({
    from: '2024-04-01T00:00:00.000Z',
    to: '2024-05-01T00:00:00.000Z',
    currency: 'JPY',
    oneTime: '1000.00',
    recurring: '300.00',
    users: '250.00',
    parameters: '50.00',
    events: '6.00',
    total: '1606.00',
  });
  expect((await price({ ...month, to: '2024-04-16T00:00:00Z' })).body.recurring).toBe('150.00');
  expect((await price({})).body.recurring).toBe('300.00');
  expect((await price({ parameters: { GB: 'many' } })).status).toBe(422);
  expect((await price({ users: [{}] })).status).toBe(422);
  expect((await price({ events: { NONE: 1 } })).status).toBe(422);
  expect((await price({ ...month, to: '2024-03-01T00:00:00Z' })).status).toBe(422);
  expect((await price({ from: 'soon' })).status).toBe(422);
  expect((await shop.opened.call('GET', '/v1/catalog/subscriptions')).body.items).toEqual([]);
  await shop.opened.call('PATCH', `/v1/catalog/services/${service}`, { active: false });
  expect([(await price({})).status, (await price({}, 'seller')).status]).toEqual([404, 200]);
  const free = await shop.offer();
  const nothing = await shop.opened.call('POST', `/v1/catalog/services/${free}/price`, {}, 'customer');
  expect([nothing.body.total, nothing.body.currency]).toEqual(['0.00', undefined]);
});

test('oscm §5: the services that a subscription may be upgraded to', async () => {
  const small = await shop.offer();
  const large = await shop.sell(small.replace('S', 'T'), `${small} large`, {}, { name: { en: 'Large' } });
  const { path } = await shop.subscribe(small);
  const upgrades = async (user = 'customer') => shop.opened.call('GET', `${path}/upgrades`, undefined, user);
  expect((await upgrades()).body.items).toEqual([]);
  await shop.opened.call('PATCH', `/v1/catalog/services/${small}`, { compatible: [large] });
  expect((await upgrades()).body.items).toEqual([{ id: large, title: 'Large' }]);
  expect((await upgrades('rival')).status).toBe(404);
  await shop.opened.call('DELETE', path, undefined, 'customer');
  expect((await upgrades()).body.items).toEqual([]);
});
