import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { soapCall } from '../oscm/soap-call.ts';
import type { Reply } from './application.ts';
import { openShop, type Shop } from './offers.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

type Orphan = {
  id: number;
  subscriptionId: string;
  instanceId: string | null;
  reason: string;
  state: string;
  tries: number;
  lastError: string | null;
  nextTryAt: string | null;
};
const call = (method: string, path: string, body?: unknown, user = 'provider') =>
  shop.opened.call(method, path, body, user);
const orphansOf = async (subscription: string): Promise<Orphan[]> =>
  (await call('GET', '/v1/catalog/orphans?limit=500')).body.items.filter(
    ({ subscriptionId }: Orphan) => subscriptionId === subscription,
  );
const settle = (id: number, action: string, body: object = {}, user?: string) =>
  call('POST', `/v1/catalog/orphans/${id}/${action}`, body, user);
const clock = () => shop.opened.catalog.tick();
const due = (id: number) =>
  shop.opened.test.database.run({
    name: randomUUID(),
    text: 'UPDATE catalog.orphans SET next_try_at = now() WHERE id = $1',
    values: [id],
  });
const good: Reply = { return: '<o:desc>ok</o:desc><o:rc>0</o:rc>' };
const made = (inside: string): Reply => ({ return: `<o:rc>0</o:rc><o:instance>${inside}</o:instance>` });
const made1 = (id: string) => made(`<o:instanceId>${id}</o:instanceId>`);

// the Open Service Broker's table of orphan mitigation, on what this protocol can answer
const broken: [name: string, reply: Reply, orphan: boolean][] = [
  ['a timeout', 'hang', true],
  ['a connection reset', 'drop', true],
  ['500 without a fault', { status: 500, body: 'oops' }, true],
  ['503', { status: 503 }, true],
  ['a malformed body', { status: 200, body: '<S:Envelope' }, true],
  ['HTML', { status: 200, body: '<html><body>welcome</body></html>' }, true],
  ['200 without a body', { status: 200 }, true],
  ['201', { status: 201 }, true],
  ['a fault', { fault: 'kaboom' }, true],
  ['rc 0 without an instance', { return: '<o:rc>0</o:rc>' }, true],
  ['rc 0 without an instanceId', made('<o:accessInfo>x</o:accessInfo>'), true],
  ['rc 0 with an empty instanceId', made1(''), true],
  ['no result at all', { returns: [] }, true],
  ['no rc', { return: '<o:desc>done</o:desc>' }, true],
  ['an rc that is no number', { return: '<o:rc>fine</o:rc>' }, true],
  ['a refusal in its own words', { return: '<o:desc>no</o:desc><o:rc>120</o:rc>' }, false],
  ['401', { status: 401 }, false],
  ['404', { status: 404 }, false],
];

test.each(broken)(
  'issue 7: %s on createInstance: nothing is left here, an orphan where one may be there',
  async (_, reply, orphan) => {
    const service = await shop.offer();
    const id = `sub ${service}`;
    shop.application.on('createInstance', reply);
    const asked = await call('POST', '/v1/catalog/subscriptions', { id, service }, 'customer');
    shop.application.on('createInstance', made1(`i ${service}`));
    expect(asked.status).toBe(502);
    const found = await orphansOf(id);
    if (!orphan) {
      expect(found).toEqual([]);
      return;
    }
    expect(found).toMatchObject([{ state: 'open', instanceId: null, tries: 0, nextTryAt: null }]);
    const [{ id: number }] = found as [Orphan];
    // nobody told which instance it is: each way asks for it
    expect((await settle(number, 'delete')).status).toBe(422);
    expect((await settle(number, 'retry')).status).toBe(422);
    shop.application.on('deleteInstance', good);
    expect((await settle(number, 'delete', { instanceId: 'found' })).body).toMatchObject({
      state: 'deleted',
      instanceId: 'found',
      tries: 1,
    });
    // the name is free
    expect((await call('POST', '/v1/catalog/subscriptions', { id, service }, 'customer')).status).toBe(201);
  },
);

test.each(broken.filter(([name]) => !name.includes('instance')))(
  'issue 7: %s on asyncCreateInstance',
  async (_, reply, orphan) => {
    const service = await shop.offer({ provisioningType: 'ASYNCHRONOUS' });
    const id = `sub ${service}`;
    shop.application.on('asyncCreateInstance', reply);
    expect((await call('POST', '/v1/catalog/subscriptions', { id, service }, 'customer')).status).toBe(502);
    shop.application.on('asyncCreateInstance', good);
    expect(await orphansOf(id)).toHaveLength(orphan ? 1 : 0);
  },
);

/** An orphan whose instance is known: its users could not be told. */
async function untold(instanceId: string): Promise<Orphan> {
  const service = await shop.offer();
  const id = `sub ${service}`;
  shop.application.on('createInstance', made1(instanceId));
  shop.application.on('createUsers', 'drop');
  const body = { id, service, users: [{ user: 'member' }] };
  expect((await call('POST', '/v1/catalog/subscriptions', body, 'customer')).status).toBe(502);
  shop.application.on('createUsers', good);
  const [orphan] = await orphansOf(id);
  expect(orphan).toMatchObject({ instanceId, state: 'open', reason: expect.stringContaining('createUsers') });
  return orphan as Orphan;
}
const deletionsOf = (instanceId: string) =>
  shop.application.callsOf('deleteInstance').filter(({ text }) => text.includes(`>${instanceId}<`)).length;

test('issue 7: an instance that is known is deleted by itself, later and later, and given up in the end', async () => {
  const { id } = await untold('lost-1');
  shop.application.on('deleteInstance', { fault: 'stuck' });
  const waits: number[] = [];
  for (let tries = 1; tries <= 12; tries += 1) {
    await due(id);
    await clock();
    const { body } = await call('GET', `/v1/catalog/orphans/${id}`);
    expect(body).toMatchObject({ tries, lastError: expect.stringContaining('stuck') });
    if (tries === 12) {
      expect(body).toMatchObject({ state: 'givenUp', nextTryAt: null });
      break;
    }
    expect(body.state).toBe('open');
    waits.push(Math.round((Date.parse(body.nextTryAt) - Date.now()) / 60_000));
    await clock(); // not due: left alone
    expect(deletionsOf('lost-1')).toBe(tries);
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
  await due(id);
  await clock();
  expect(deletionsOf('lost-1')).toBe(12);
});

test('issue 7: an orphan is retried, given up, and deleted again, each by its own call', async () => {
  const { id } = await untold('lost-2');
  shop.application.on('deleteInstance', { fault: 'stuck' });
  expect((await settle(id, 'delete')).body).toMatchObject({ state: 'open', tries: 1 });
  const gone = (await settle(id, 'giveUp')).body;
  expect(gone).toMatchObject({ state: 'givenUp', nextTryAt: null });
  await clock();
  expect(deletionsOf('lost-2')).toBe(1);
  // a deletion by hand that fails changes nothing of that
  expect((await settle(id, 'delete')).body).toMatchObject({ state: 'givenUp', tries: 2 });
  expect((await settle(id, 'retry')).body).toMatchObject({ state: 'open', tries: 0 });
  shop.application.on('deleteInstance', good);
  await clock();
  expect((await call('GET', `/v1/catalog/orphans/${id}`)).body).toMatchObject({
    state: 'deleted',
    tries: 1,
    lastError: null,
  });
  // the application said yes and kept it all the same
  expect((await settle(id, 'delete')).body).toMatchObject({ state: 'deleted', tries: 2 });
  expect(deletionsOf('lost-2')).toBe(4);
  const listed = async (state: string) =>
    (await call('GET', `/v1/catalog/orphans?limit=500&state=${state}`)).body.items.some(
      (one: Orphan) => one.id === id,
    );
  expect([await listed('deleted'), await listed('open')]).toEqual([true, false]);
});

test('issue 7: only the provider and administrators see orphans and decide about them', async () => {
  const { id } = await untold('lost-3');
  expect((await call('GET', '/v1/catalog/orphans', undefined, 'customer')).status).toBe(403);
  expect((await call('GET', '/v1/catalog/orphans', undefined, 'rival')).body.items).toEqual([]);
  for (const action of ['delete', 'retry', 'giveUp']) {
    expect((await settle(id, action, {}, 'rival')).status).toBe(403);
  }
  expect((await settle(id, 'other')).status).toBe(422);
  expect((await settle(id + 1000, 'giveUp')).status).toBe(404);
  expect((await settle(id, 'giveUp', {}, 'admin')).status).toBe(200);
});

test('issue 7: the instance of a live subscription is deleted by nobody', async () => {
  const service = await shop.offer();
  shop.application.on('createInstance', made1('in use'));
  await shop.subscribe(service);
  // the application gives the instance of the first to the second, and an address without a path
  shop.application.on(
    'createInstance',
    made('<o:instanceId>in use</o:instanceId><o:baseUrl>http://h/</o:baseUrl>'),
  );
  const id = `second ${service}`;
  const asked = await call('POST', '/v1/catalog/subscriptions', { id, service }, 'customer');
  expect(asked.status).toBe(502);
  const found = await orphansOf(id);
  for (const orphan of found) expect((await settle(orphan.id, 'delete')).status).toBe(409);
  await clock();
  expect(deletionsOf('in use')).toBe(0);
});

test('issue 7: a subscription that ends while its instance is being made: the late callback names the orphan', async () => {
  const service = await shop.offer({ provisioningType: 'ASYNCHRONOUS' });
  const { id, path } = await shop.subscribe(service);
  expect((await call('DELETE', path, undefined, 'customer')).status).toBe(204);
  expect(await orphansOf(id)).toMatchObject([{ state: 'open', instanceId: null }]);
  const complete = (user: string) =>
    soapCall(
      shop.opened,
      'SubscriptionService',
      'completeAsyncSubscription',
      `<subscriptionId>${id}</subscriptionId><organizationId>customer1</organizationId><instance><o:instanceId>late</o:instanceId></instance>`,
      user,
    );
  shop.application.on('deleteInstance', good);
  expect((await complete('rival')).outcome).toMatch('ObjectNotFoundException');
  expect(await orphansOf(id)).toMatchObject([{ instanceId: null }]);
  expect((await complete('provider')).outcome).toMatch('ObjectNotFoundException');
  expect(await orphansOf(id)).toMatchObject([{ instanceId: 'late' }]);
  await clock();
  expect(await orphansOf(id)).toMatchObject([{ state: 'deleted' }]);
  expect(deletionsOf('late')).toBe(1);
});
