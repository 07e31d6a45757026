import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { childText } from '../../src/platform/soap/element.ts';
import { operation } from '../catalog/definition-files.ts';
import { eventually, openShop, type Shop } from '../catalog/offers.ts';
import { instance, soapCall, texts } from './soap-call.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
beforeEach(() => {
  shop.application.calls.length = 0;
});

const states = [
  'PENDING',
  'ACTIVE',
  'SUSPENDED',
  'PENDING_UPD',
  'SUSPENDED_UPD',
  'EXPIRED',
  'DEACTIVATED',
  'INVALID',
] as const;
type State = (typeof states)[number];
type Made = { key: number; id: string; path: string; larger: string };

const run = (text: string, ...values: unknown[]) =>
  shop.opened.test.database.run({ name: randomUUID(), text, values });
const operations = () =>
  operation('RUN').replace(/actionURL="[^"]*"/, `actionURL="${shop.application.url}/op?wsdl"`);
const asynchronous = { provisioningType: 'ASYNCHRONOUS' };
const call = (method: string, path: string, body?: object, user = 'customer') =>
  shop.opened.call(method, path, body, user).then(({ status }) => status);
const callback = (name: string, { id }: { id: string }, body = '') =>
  soapCall(
    shop.opened,
    'SubscriptionService',
    name,
    `<subscriptionId>${id}</subscriptionId><organizationId>customer1</organizationId>${body}`,
  ).then(({ outcome }) => outcome);

let service: string;
let larger: string;
beforeAll(async () => {
  service = await shop.offer(asynchronous, operations());
  larger = await shop.sell(service.replace('S', 'T'), `${service} large`);
  await shop.opened.call('PATCH', `/v1/catalog/services/${service}`, { compatible: [larger] });
  shop.application.on('executeServiceOperation', { return: '<o:asyncExecution>false</o:asyncExecution>' });
});
let count = 0;
/** A subscription that is in this state, however it came there. */
async function inState(state: State): Promise<Made> {
  count += 1;
  const made = await shop.subscribe(service, { id: `${state} ${count}`, users: [{ user: 'member' }] });
  const next = { kind: 'modify', service: 0, referenceId: null, parameters: {}, prices: null };
  await run(
    `UPDATE catalog.subscriptions SET state = $2, instance_id = $3,
       next = CASE WHEN $2 LIKE '%UPD' THEN jsonb_set($4::jsonb, '{service}', to_jsonb(service)) END
     WHERE key = $1`,
    made.key,
    state,
    `of ${made.key}`,
    JSON.stringify(next),
  );
  return { ...made, larger };
}

/** What oscm §5 allows in which states; everything else is refused with the state's exception (409 over REST). */
const table: [
  action: string,
  allowed: readonly State[],
  act: (one: Made) => Promise<unknown>,
  refused: unknown,
][] = [
  [
    'assign a user',
    ['PENDING', 'ACTIVE'],
    (one) => call('POST', `${one.path}/users`, { user: 'customer' }),
    409,
  ],
  ['revoke a user', ['PENDING', 'ACTIVE'], (one) => call('DELETE', `${one.path}/users/member`), 409],
  ['modify', ['ACTIVE'], (one) => call('PATCH', one.path, { referenceId: 'new' }), 409],
  [
    'upgrade',
    ['ACTIVE', 'SUSPENDED', 'EXPIRED'],
    (one) => call('POST', `${one.path}/upgrade`, { service: one.larger }),
    409,
  ],
  [
    'execute an operation',
    ['ACTIVE', 'SUSPENDED', 'PENDING_UPD', 'SUSPENDED_UPD', 'EXPIRED'],
    (one) => call('POST', `${one.path}/operations/RUN`, { parameters: {} }, 'member'),
    409,
  ],
  [
    'report progress of the creation',
    ['PENDING'],
    (one) => callback('updateAsyncSubscriptionProgress', one, texts('progress', '1 %')),
    'SubscriptionStateException ONLY_PENDING',
  ],
  [
    'complete the creation',
    ['PENDING'],
    (one) => callback('completeAsyncSubscription', one, instance(`new of ${one.key}`)),
    'SubscriptionStateException ONLY_PENDING',
  ],
  [
    'abort the creation',
    ['PENDING'],
    (one) => callback('abortAsyncSubscription', one, texts('reason', 'no')),
    'SubscriptionStateException ONLY_PENDING',
  ],
  [
    'complete a modification',
    ['PENDING_UPD', 'SUSPENDED_UPD'],
    (one) => callback('completeAsyncModifySubscription', one, instance(`of ${one.key}`)),
    'SubscriptionStateException NOT_IN_UPDATING',
  ],
  [
    'abort a modification',
    ['PENDING_UPD', 'SUSPENDED_UPD'],
    (one) => callback('abortAsyncModifySubscription', one, texts('reason', 'no')),
    'SubscriptionStateException NOT_IN_UPDATING',
  ],
  [
    'change the payment',
    ['PENDING', 'ACTIVE', 'SUSPENDED', 'PENDING_UPD', 'SUSPENDED_UPD'],
    (one) => call('PUT', `${one.path}/payment`, { valid: true }, 'seller'),
    409,
  ],
  [
    'end it',
    ['PENDING', 'ACTIVE', 'SUSPENDED', 'PENDING_UPD', 'SUSPENDED_UPD', 'EXPIRED'],
    (one) => call('DELETE', one.path),
    409,
  ],
];
test.each(table)(
  'oscm §5, second table: %s: possible in %s',
  async (_, allowed, act, refused) => {
    for (const state of states) {
      const one = await inState(state);
      const outcome = await act(one);
      if (allowed.includes(state))
        expect([state, [200, 204, 'ok'].includes(outcome as string | number)]).toEqual([state, true]);
      // who is over has nobody assigned, and operations ask for that first
      else if (outcome !== 403) expect([state, outcome]).toEqual([state, refused]);
    }
  },
  60_000,
);

test('oscm §4.3: the way in is open in ACTIVE and PENDING_UPD; EXPIRED is refused with PERIOD', async () => {
  for (const state of states) {
    const { key } = await inState(state);
    const answer = await fetch(`${shop.opened.url}/opt/${key.toString(16)}/`, {
      redirect: 'manual',
      headers: { authorization: `Bearer ${await shop.opened.tokenOf('member')}` },
    });
    const isOpen = state === 'ACTIVE' || state === 'PENDING_UPD';
    expect([state, answer.status]).toEqual([state, isOpen ? 302 : 409]);
    if (state === 'EXPIRED') expect(await answer.text()).toContain('PERIOD');
  }
});

test('oscm §4.5: users assigned while it is PENDING are told after the completion', async () => {
  const { id, path } = await shop.subscribe(service, { id: 'pending users' });
  expect(await call('POST', `${path}/users`, { user: 'member' })).toBe(200);
  expect(shop.application.callsOf('createUsers')).toEqual([]);
  await callback('completeAsyncSubscription', { id }, instance('pending-users'));
  await eventually(async () => shop.application.callsOf('createUsers').length > 0);
  expect(shop.application.callsOf('createUsers')[0]?.text).toContain('<o:userId>member</o:userId>');
});

test('oscm §5: payment revoked during a change, which is then given up or completed: SUSPENDED_UPD, SUSPENDED', async () => {
  for (const [end, reference] of [
    ['abortAsyncModifySubscription', undefined],
    ['completeAsyncModifySubscription', 'new'],
  ] as const) {
    const { id, path } = await shop.subscribe(service, { id: `unpaid ${end}` });
    await callback('completeAsyncSubscription', { id }, instance(`unpaid ${end}`));
    await call('PATCH', path, { referenceId: 'new' });
    await call('PUT', `${path}/payment`, { valid: false }, 'seller');
    expect((await shop.get(path)).state).toBe('SUSPENDED_UPD');
    const body = end.startsWith('abort') ? texts('reason', 'no') : instance(`unpaid ${end}`);
    expect(await callback(end, { id }, body)).toBe('ok');
    const { state, referenceId } = await shop.get(path);
    expect([state, referenceId]).toEqual(['SUSPENDED', reference]);
  }
});

test('oscm §5: an asynchronous upgrade from EXPIRED stays EXPIRED until it is completed; aborted, it stays so', async () => {
  const { id, key, path } = await shop.subscribe(service, { id: 'expired' });
  await callback('completeAsyncSubscription', { id }, instance('expired-1'));
  await run(`UPDATE catalog.subscriptions SET state = 'EXPIRED' WHERE key = $1`, key);
  const upgrade = () => call('POST', `${path}/upgrade`, { service: larger });
  expect(await upgrade()).toBe(200);
  expect((await shop.get(path)).state).toBe('EXPIRED');
  expect(await callback('completeAsyncModifySubscription', { id }, instance('expired-1'))).toMatch(
    'SubscriptionStateException',
  );
  expect(await callback('abortAsyncUpgradeSubscription', { id }, texts('reason', 'no'))).toBe('ok');
  expect((await shop.get(path)).state).toBe('EXPIRED');
  expect(await upgrade()).toBe(200);
  expect(await callback('completeAsyncUpgradeSubscription', { id }, instance('expired-1'))).toBe('ok');
  expect(await shop.get(path)).toMatchObject({ state: 'ACTIVE', service: larger });
});

test('oscm §4.1, §7 case 19: operations carry the id that the application gave the user', async () => {
  shop.application.on('createUsers', {
    return:
      '<o:rc>0</o:rc><o:users><o:applicationUserId>u-77</o:applicationUserId><o:userId>member</o:userId></o:users>',
  });
  const { id, path } = await shop.subscribe(service, { id: 'own ids', users: [{ user: 'member' }] });
  await callback('completeAsyncSubscription', { id }, instance('own-ids'));
  await eventually(async () => (await shop.get(path)).users[0]?.applicationUserId === 'u-77');
  await call('POST', `${path}/operations/RUN`, { parameters: {} }, 'member');
  expect(childText(shop.application.callsOf('executeServiceOperation')[0]?.args, 'userId')).toBe('u-77');
});
