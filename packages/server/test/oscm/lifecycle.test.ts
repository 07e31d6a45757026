import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { childText } from '../../src/platform/soap/element.ts';
import { event, operation, operationParameter, parameter, role } from '../catalog/definition-files.ts';
import { eventually, openShop, type Shop } from '../catalog/offers.ts';
import { instance, soapCall, texts } from './soap-call.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
beforeEach(() => {
  shop.application.calls.length = 0;
  for (const name of [
    'asyncCreateInstance',
    'modifySubscription',
    'deleteInstance',
    'createUsers',
    'deactivateInstance',
  ])
    shop.application.on(name, { return: '<o:desc>working on it</o:desc><o:rc>0</o:rc>' });
});

const reference = (id: string) =>
  `<subscriptionId>${id}</subscriptionId><organizationId>customer1</organizationId>`;
const callback = (name: string, id: string, rest: string, user?: string) =>
  soapCall(shop.opened, 'SubscriptionService', name, reference(id) + rest, user);
const async = { provisioningType: 'ASYNCHRONOUS' };
const sent = () => shop.application.calls.map((call) => call.operation);
const parametersSent = (name: string) =>
  shop.application
    .callsOf(name)[0]
    ?.args.children.filter(({ local }) => local === 'parameterValues')
    .map((one) => [childText(one, 'parameterId'), childText(one, 'value')]);

test('oscm §7 case 13: an asynchronous subscription, its progress and its end', async () => {
  const service = await shop.offer(async);
  const first = await shop.subscribe(service, { users: [{ user: 'member' }] });
  expect(first.body).toMatchObject({ state: 'PENDING', message: 'working on it' });
  expect(sent()).toEqual(['saveAttributes', 'asyncCreateInstance']);
  const other = await callback('completeAsyncSubscription', first.id, instance('a-1'), 'rival');
  expect(other.outcome).toMatch(/^(OrganizationAuthorities|OperationNotPermitted)Exception/);
  expect(
    (await callback('updateAsyncSubscriptionProgress', first.id, texts('progress', '50 %'))).outcome,
  ).toBe('ok');
  expect((await shop.get(first.path)).message).toBe('50 %');
  expect((await callback('completeAsyncSubscription', first.id, '<instance/>')).outcome).toBe(
    'ValidationException REQUIRED',
  );
  const done = await callback('completeAsyncSubscription', first.id, instance('a-1'));
  expect([done.status, done.outcome]).toEqual([200, 'ok']);
  expect(await shop.get(first.path)).toMatchObject({ state: 'ACTIVE', instance: { instanceId: 'a-1' } });
  await eventually(async () => sent().includes('createUsers'));
  expect((await callback('completeAsyncSubscription', first.id, instance('a-1'))).outcome).toBe(
    'SubscriptionStateException ONLY_PENDING',
  );
  const second = await shop.subscribe(service, { id: 'second' });
  expect((await callback('completeAsyncSubscription', second.id, instance('a-1'))).outcome).toBe(
    'ValidationException DUPLICATE_VALUE',
  );
  const third = await shop.subscribe(service, { id: 'third' });
  expect((await callback('abortAsyncSubscription', third.id, texts('reason', 'no room'))).outcome).toBe('ok');
  const aborted = await shop.get(third.path);
  expect(aborted).toMatchObject({ state: 'INVALID', message: 'no room' });
  expect(aborted.id).toMatch(/^third#\d+$/);
  expect((await callback('completeAsyncSubscription', third.id, instance('a-3'))).outcome).toBe(
    'ObjectNotFoundException',
  );
  expect((await shop.subscribe(service, { id: 'third' })).body.state).toBe('PENDING');
});

test('oscm §3.3: an asynchronous application that refuses leaves nothing', async () => {
  shop.application.on('asyncCreateInstance', { return: '<o:desc>full</o:desc><o:rc>1</o:rc>' });
  const service = await shop.offer(async);
  const answer = await shop.opened.call(
    'POST',
    '/v1/catalog/subscriptions',
    { id: 'x', service },
    'customer',
  );
  expect([answer.status, answer.body.detail]).toEqual([502, expect.stringContaining('full')]);
  expect((await shop.get(`/v1/catalog/subscriptions?service=${service}`)).items).toEqual([]);
});

const changeable =
  parameter({ id: 'A', default: '1' }) +
  parameter({ id: 'ONCE', default: 'o', modificationType: 'ONE_TIME' }) +
  parameter({ id: 'FIX', default: 'f', configurable: 'false' });
const open = { parameters: { A: { configurableByCustomer: true }, ONCE: { configurableByCustomer: true } } };
const patch = (path: string, body: object) => shop.opened.call('PATCH', path, body, 'customer');

test('oscm §7 case 15: a synchronous modification', async () => {
  const { path } = await shop.subscribe(await shop.offer({}, changeable, open));
  shop.application.calls.length = 0;
  const changed = await patch(path, { parameters: { A: '2' }, referenceId: 'PO-2' });
  expect(changed.body).toMatchObject({
    state: 'ACTIVE',
    parameters: { A: '2', ONCE: 'o' },
    referenceId: 'PO-2',
  });
  expect(sent()).toEqual(['saveAttributes', 'modifySubscription']);
  expect(parametersSent('modifySubscription')).toEqual([
    ['A', '2'],
    ['FIX', 'f'],
  ]);
  const once = await patch(path, { parameters: { ONCE: 'p' } });
  expect([once.status, once.body.detail]).toEqual([
    422,
    expect.stringContaining('ONE_TIME_PARAMETER_NOT_ALLOWED'),
  ]);
  expect((await patch(path, { parameters: { FIX: 'g' } })).status).toBe(422);
  shop.application.on('modifySubscription', { return: '<o:desc>never</o:desc><o:rc>1</o:rc>' });
  const refused = await patch(path, { parameters: { A: '3' } });
  expect([refused.status, refused.body.detail]).toEqual([502, expect.stringContaining('never')]);
  expect((await shop.get(path)).parameters.A).toBe('2');
  shop.application.calls.length = 0;
  expect((await patch(path, { parameters: { A: '2' } })).status).toBe(200);
  expect(sent()).toEqual([]);
});

test('oscm §7 case 15: an asynchronous modification keeps the new values aside', async () => {
  const { path, id } = await shop.subscribe(await shop.offer(async, changeable + operation(), open));
  await callback('completeAsyncSubscription', id, instance('m-1'));
  expect((await patch(path, { parameters: { A: '2' } })).body).toMatchObject({
    state: 'PENDING_UPD',
    parameters: { A: '1' },
  });
  expect((await patch(path, { parameters: { A: '3' } })).status).toBe(409);
  expect((await callback('completeAsyncUpgradeSubscription', id, instance('m-1'))).outcome).toBe(
    'SubscriptionStateException NOT_IN_UPGRADING',
  );
  expect((await callback('abortAsyncModifySubscription', id, texts('reason', 'no'))).outcome).toBe('ok');
  expect(await shop.get(path)).toMatchObject({ state: 'ACTIVE', parameters: { A: '1' }, message: 'no' });
  await patch(path, { parameters: { A: '4' } });
  expect((await callback('completeAsyncModifySubscription', id, instance('m-1'))).outcome).toBe('ok');
  expect(await shop.get(path)).toMatchObject({ state: 'ACTIVE', parameters: { A: '4' } });
  expect((await callback('completeAsyncModifySubscription', id, instance('m-1'))).outcome).toBe(
    'SubscriptionStateException NOT_IN_UPDATING',
  );
});

const upgrade = (path: string, service: string) =>
  shop.opened.call('POST', `${path}/upgrade`, { service }, 'customer');

test('oscm §7 case 15, §5: upgrades go to compatible services of the same technical service', async () => {
  const small = await shop.offer({}, changeable, open);
  const technical = small.replace('S', 'T');
  const large = await shop.sell(technical, `${small} large`, {}, { parameters: { A: { value: '9' } } });
  const { path } = await shop.subscribe(small);
  expect((await upgrade(path, large)).status).toBe(409);
  await shop.opened.call('PATCH', `/v1/catalog/services/${small}`, { compatible: [large] });
  shop.application.calls.length = 0;
  const { body } = await upgrade(path, large);
  expect(body).toMatchObject({ service: large, state: 'ACTIVE', parameters: { A: '9', ONCE: 'o' } });
  expect(sent()).toEqual(['saveAttributes', 'upgradeSubscription']);
  expect(parametersSent('upgradeSubscription')?.map(([id]) => id)).toEqual(['A', 'ONCE', 'FIX']);
});

test('oscm §7 case 16: users and roles', async () => {
  shop.application.on('createUsers', (call) => ({
    return: `<o:rc>0</o:rc>${call.args.children
      .filter(({ local }) => local === 'users')
      .map(
        (one) =>
          `<o:users><o:applicationUserId>u-77</o:applicationUserId><o:userId>${childText(one, 'userId')}</o:userId></o:users>`,
      )
      .join('')}`,
  }));
  const roles = role('ADMIN') + role('GUEST');
  const limited = { parameters: { NAMED_USER: { value: '2' } } };
  const { path, key } = await shop.subscribe(await shop.offer({}, roles, limited));
  const assign = (body: object, user = 'customer') => shop.opened.call('POST', `${path}/users`, body, user);
  expect((await assign({ user: 'member' })).status).toBe(422);
  expect((await assign({ user: 'member', role: 'KING' })).status).toBe(422);
  expect((await assign({ user: 'member', role: 'ADMIN' }, 'member')).status).toBe(403);
  expect((await assign({ user: 'member', role: 'ADMIN' })).body.users).toEqual([
    { user: 'member', role: 'ADMIN', applicationUserId: 'u-77' },
  ]);
  shop.application.calls.length = 0;
  await assign({ user: 'member', role: 'GUEST' });
  await assign({ user: 'member', role: 'GUEST' });
  expect(sent()).toEqual(['updateUsers']);
  expect(shop.application.calls[0]?.text).toContain('<o:applicationUserId>u-77</o:applicationUserId>');
  expect((await assign({ user: 'customer', role: 'GUEST' })).status).toBe(200);
  await shop.opened.apply({
    users: [{ id: 'third', name: 'Third', roles: [] }],
    catalog: {
      organizations: [
        { id: 'customer1', name: 'お客様1', roles: ['customer'], users: ['customer', 'member', 'third'] },
      ],
    },
  });
  expect((await assign({ user: 'third', role: 'GUEST' })).status).toBe(409);
  shop.application.calls.length = 0;
  expect((await shop.opened.call('DELETE', `${path}/users/member`, undefined, 'customer')).status).toBe(204);
  expect(sent()).toEqual(['deleteUsers']);
  expect(shop.application.calls[0]?.text).toContain('u-77');
  shop.application.on('createUsers', { fault: 'no more' });
  expect((await assign({ user: 'third', role: 'GUEST' })).status).toBe(502);
  expect((await shop.get(path)).users.map(({ user }: { user: string }) => user)).toEqual(['customer']);
  expect(key).toBeGreaterThan(0);
});

const events = (name: string, body: string, user?: string) =>
  soapCall(shop.opened, 'EventService', name, body, user);
const reported = (fields: Record<string, string>) =>
  `<event>${Object.entries(fields)
    .map(([name, value]) => `<o:${name}>${value}</o:${name}>`)
    .join('')}</event>`;

test('oscm §4.2, §7 case 18: events are recorded once, and only declared ones', async () => {
  const service = await shop.offer({}, event('FILE_DOWNLOAD'));
  const { key, body } = await shop.subscribe(service);
  const bySubscription = (fields: Record<string, string>, user?: string) =>
    events(
      'recordEventForSubscription',
      `<subscriptionKey>${key}</subscriptionKey>${reported({ occurrenceTime: '1700000000000', ...fields })}`,
      user,
    );
  const ok = { eventId: 'FILE_DOWNLOAD', actor: 'me', multiplier: '10', uniqueId: 'e-1' };
  expect((await bySubscription(ok)).outcome).toBe('ok');
  expect((await bySubscription(ok)).outcome).toMatch('DuplicateEventException');
  expect((await bySubscription({ eventId: 'FILE_DOWNLOAD' })).outcome).toBe('ok');
  expect((await bySubscription({ eventId: 'FILE_DOWNLOAD' })).outcome).toBe('ok');
  expect((await bySubscription({ eventId: 'NONE' })).outcome).toMatch('ObjectNotFoundException');
  expect((await bySubscription({ eventId: 'USER_LOGIN_TO_SERVICE' })).outcome).toMatch(
    'ObjectNotFoundException',
  );
  const wrongs: Record<string, string>[] = [
    { multiplier: '0' },
    { multiplier: 'x' },
    { occurrenceTime: '-1' },
    { actor: 'x'.repeat(256) },
    { uniqueId: 'x'.repeat(256) },
  ];
  for (const wrong of wrongs) {
    expect((await bySubscription({ eventId: 'FILE_DOWNLOAD', ...wrong })).outcome).toMatch(
      'ValidationException',
    );
  }
  expect((await bySubscription({ ...ok, uniqueId: 'e-2' }, 'rival')).outcome).toMatch(
    'OrganizationAuthoritiesException',
  );
  expect((await bySubscription({ ...ok, uniqueId: 'e-2' }, 'customer')).outcome).toMatch(
    'OperationNotPermittedException',
  );
  const byInstance = (id: string) =>
    events(
      'recordEventForInstance',
      `<technicalServiceId>${service.replace('S', 'T')}</technicalServiceId><instanceId>${id}</instanceId>${reported({ eventId: 'FILE_DOWNLOAD', occurrenceTime: '1700000000000' })}`,
    );
  expect((await byInstance(body.instance.instanceId)).outcome).toBe('ok');
  expect((await byInstance('none')).outcome).toMatch('ObjectNotFoundException');
});

test('oscm §7 case 19: operations', async () => {
  const action = `${shop.application.url}/op?wsdl`;
  const declared = operation(
    'RUN',
    operationParameter({ id: 'NAME', mandatory: 'true' }) +
      operationParameter({ id: 'PICK', type: 'REQUEST_SELECT' }),
  ).replace(/actionURL="[^"]*"/, `actionURL="${action}"`);
  const { path } = await shop.subscribe(await shop.offer({}, declared), { users: [{ user: 'member' }] });
  const run = (parameters: object, user = 'member') =>
    shop.opened.call('POST', `${path}/operations/RUN`, { parameters }, user);
  shop.application.calls.length = 0;
  expect((await run({ NAME: ' ' })).status).toBe(422);
  expect((await run({ NAME: 'x', OTHER: 'y' })).status).toBe(409);
  expect((await run({ NAME: 'x' }, 'customer')).status).toBe(403);
  expect(sent()).toEqual([]);
  shop.application.on('getParameterValues', {
    returns: ['a', 'b'].map((value) => `<o:name>PICK</o:name><o:value>${value}</o:value>`),
  });
  const described = await shop.opened.call('GET', `${path}/operations/RUN`, undefined, 'member');
  expect(described.body.parameters).toEqual([
    { id: 'NAME', type: 'INPUT_STRING', mandatory: true },
    { id: 'PICK', type: 'REQUEST_SELECT', mandatory: false, values: ['a', 'b'] },
  ]);
  shop.application.on('executeServiceOperation', { return: '<o:asyncExecution>false</o:asyncExecution>' });
  const done = await run({ NAME: 'x', PICK: 'b' });
  expect(done.body).toMatchObject({ operation: 'RUN', state: 'COMPLETED' });
  const [call] = shop.application.callsOf('executeServiceOperation');
  expect(call?.headers.soapaction).toBe('""');
  expect(call?.args.children.slice(0, 4).map(({ local, text }) => [local, text])).toEqual([
    ['userId', 'member'],
    ['instanceId', expect.any(String)],
    ['transactionId', done.body.transactionId],
    ['operationId', 'RUN'],
  ]);
  shop.application.on('executeServiceOperation', { return: '<o:errorMessage>disk full</o:errorMessage>' });
  const failed = await run({ NAME: 'x' });
  expect([failed.status, failed.body.detail]).toEqual([502, expect.stringContaining('disk full')]);
  shop.application.on('executeServiceOperation', { return: '<o:asyncExecution>true</o:asyncExecution>' });
  const running = await run({ NAME: 'x' });
  expect(running.body.state).toBe('RUNNING');
  const progress = (user?: string) =>
    soapCall(
      shop.opened,
      'SubscriptionService',
      'updateAsyncOperationProgress',
      `<transactionId>${running.body.transactionId}</transactionId><status>COMPLETED</status>${texts('progress', 'all done')}`,
      user,
    );
  expect((await progress('rival')).outcome).toMatch('OrganizationAuthoritiesException');
  expect((await progress()).outcome).toBe('ok');
  const { body } = await shop.opened.call('GET', `${path}/operations`, undefined, 'member');
  expect(body.items.map(({ state }: { state: string }) => state)).toEqual([
    'COMPLETED',
    'ERROR',
    'COMPLETED',
  ]);
  expect(body.items[0]).toMatchObject({ user: 'member', message: { en: 'all done' } });
});

test('oscm §7 case 20: payment, unsubscribing, termination', async () => {
  const service = await shop.offer();
  const { path } = await shop.subscribe(service);
  const pay = (valid: boolean) => shop.opened.call('PUT', `${path}/payment`, { valid }, 'seller');
  shop.application.calls.length = 0;
  expect((await pay(false)).body.state).toBe('SUSPENDED');
  await pay(false);
  expect((await pay(true)).body.state).toBe('ACTIVE');
  await pay(true);
  expect(sent()).toEqual(['deactivateInstance', 'activateInstance']);
  const technical = `/v1/catalog/technical-services/acme/${service.replace('S', 'T')}`;
  expect((await shop.opened.call('DELETE', technical)).status).toBe(409);
  await shop.opened.call('DELETE', `/v1/catalog/services/${service}`);
  expect((await shop.opened.call('DELETE', technical)).status).toBe(409);
  shop.application.on('deleteInstance', { fault: 'stuck' });
  expect((await shop.opened.call('DELETE', path, undefined, 'member')).status).toBe(403);
  expect((await shop.opened.call('DELETE', path, undefined, 'customer')).status).toBe(204);
  expect(await shop.get(path)).toMatchObject({
    state: 'DEACTIVATED',
    message: expect.stringContaining('stuck'),
  });
  expect((await shop.opened.call('DELETE', path, undefined, 'customer')).status).toBe(409);
  const list = async () =>
    (await shop.opened.call('GET', '/v1/catalog/orphans', undefined, 'provider')).body.items;
  const [orphan] = await list();
  expect(orphan).toMatchObject({ state: 'open', reason: expect.stringContaining('stuck') });
  const retry = () => shop.opened.call('POST', `/v1/catalog/orphans/${orphan.id}/delete`, {}, 'provider');
  expect((await retry()).body).toMatchObject({ state: 'open', tries: 1 });
  shop.application.on('deleteInstance', { return: '<o:rc>0</o:rc>' });
  expect((await retry()).body).toMatchObject({ state: 'deleted', tries: 2 });
  expect((await shop.opened.call('DELETE', technical)).status).toBe(204);
});

test('oscm §5, §7 case 20: a used-up PERIOD stops the instance, an upgrade starts it again', async () => {
  const small = await shop.offer({}, '', { parameters: { PERIOD: { value: '86400000' } } });
  const large = await shop.sell(small.replace('S', 'T'), `${small} large`);
  await shop.opened.call('PATCH', `/v1/catalog/services/${small}`, { compatible: [large] });
  const { path, key } = await shop.subscribe(small, { users: [{ user: 'member' }] });
  await shop.opened.catalog.tick();
  expect((await shop.get(path)).state).toBe('ACTIVE');
  await shop.opened.test.database.run({
    name: 'age',
    text: "UPDATE catalog.subscriptions SET activated_at = now() - interval '25 hours' WHERE key = $1",
    values: [key],
  });
  shop.application.calls.length = 0;
  await shop.opened.catalog.tick();
  await shop.opened.catalog.tick();
  expect((await shop.get(path)).state).toBe('EXPIRED');
  expect(sent()).toEqual(['deactivateInstance']);
  expect((await shop.opened.call('POST', `${path}/users`, { user: 'customer' }, 'customer')).status).toBe(
    409,
  );
  expect((await upgrade(path, large)).body.state).toBe('ACTIVE');
  expect(sent().slice(1)).toEqual(['saveAttributes', 'upgradeSubscription', 'activateInstance']);
});
