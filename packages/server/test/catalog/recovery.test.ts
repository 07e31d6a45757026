import { randomUUID } from 'node:crypto';
import type { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { instance, soapCall } from '../oscm/soap-call.ts';
import { eventually, openShop, type Shop } from './offers.ts';

let shop: Shop;
let smtp: SMTPServer;
const mails: string[] = [];
beforeAll(async () => {
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      let text = '';
      stream.on('data', (chunk) => (text += chunk));
      stream.on('end', () => {
        mails.push(text);
        done();
      });
    },
  });
  await new Promise<void>((done) => smtp.listen(0, '127.0.0.1', done));
  const { port } = (smtp.server as ReturnType<typeof createServer>).address() as AddressInfo;
  shop = await openShop({ smtpUrl: `smtp://127.0.0.1:${port}` });
});
afterAll(async () => {
  await shop.close();
  await new Promise<void>((done) => smtp.close(done));
});

const run = (text: string, ...values: unknown[]) =>
  shop.opened.test.database.run({ name: randomUUID(), text, values });
/** Leaves a subscription as a process leaves it that dies in this step. */
const abandon = (key: number, step: string, rest = '') =>
  run(
    `UPDATE catalog.subscriptions SET step = $2, step_lease = now() - interval '1 second' ${rest} WHERE key = $1`,
    key,
    step,
  );
const asynchronous = { provisioningType: 'ASYNCHRONOUS' };
const orphans = async () => (await shop.opened.call('GET', '/v1/catalog/orphans')).body.items;

test('oscm §7 case 14: one mail for a provisioning that is late, and its completion is still accepted', async () => {
  const late = await shop.subscribe(await shop.offer({ ...asynchronous, provisioningTimeout: '1000' }));
  const never = await shop.subscribe(await shop.offer(asynchronous));
  const age = (seconds: number) =>
    run(
      `UPDATE catalog.subscriptions SET created_at = now() - $1 * interval '1 second' WHERE state = 'PENDING'`,
      seconds,
    );
  await age(0.5);
  await shop.opened.catalog.tick();
  await age(2);
  await shop.opened.catalog.tick();
  await age(4);
  await shop.opened.catalog.tick();
  await eventually(async () => mails.length > 0);
  await new Promise((done) => setTimeout(done, 500));
  expect(mails).toHaveLength(1);
  expect(mails[0]).toContain('provider@example.com');
  expect(mails[0]).toContain(late.id);
  expect((await shop.get(late.path)).state).toBe('PENDING');
  expect((await shop.get(never.path)).state).toBe('PENDING');
  const { outcome } = await soapCall(
    shop.opened,
    'SubscriptionService',
    'completeAsyncSubscription',
    `<subscriptionId>${late.id}</subscriptionId><organizationId>customer1</organizationId>${instance('late-1')}`,
  );
  expect(outcome).toBe('ok');
});

test('a process that died while it asked for an instance leaves an INVALID subscription and an orphan', async () => {
  const { key, id, path } = await shop.subscribe(await shop.offer());
  await abandon(key, 'create', ", state = 'PENDING', instance_id = NULL");
  await shop.opened.catalog.tick();
  const after = await shop.get(path);
  expect([after.state, after.message]).toEqual(['INVALID', expect.stringContaining('the server stopped')]);
  expect((await orphans())[0]).toMatchObject({ subscriptionId: id, instanceId: null, state: 'open' });
  const [orphan] = await orphans();
  const settle = (action: string, body: object) =>
    shop.opened.call('POST', `/v1/catalog/orphans/${orphan.id}/${action}`, body, 'provider');
  expect((await settle('delete', {})).status).toBe(422);
  expect((await settle('delete', { instanceId: 'found-1' })).body).toMatchObject({
    state: 'deleted',
    instanceId: 'found-1',
  });
  expect(shop.application.callsOf('deleteInstance').at(-1)?.text).toContain('found-1');
});

test('a process that died after an asynchronous request leaves it waiting for the callback', async () => {
  const { key, path } = await shop.subscribe(await shop.offer(asynchronous));
  await abandon(key, 'create');
  const calls = shop.application.calls.length;
  await shop.opened.catalog.tick();
  expect(await shop.get(path)).toMatchObject({
    state: 'PENDING',
    message: expect.stringContaining('callback'),
  });
  expect(shop.application.calls).toHaveLength(calls);
});

test('a process that died between createInstance and createUsers: the users are told, then it is ACTIVE', async () => {
  const { key, path } = await shop.subscribe(await shop.offer(), { users: [{ user: 'member' }] });
  await run('UPDATE catalog.assignments SET told = false WHERE subscription = $1', key);
  await run('DELETE FROM catalog.terms WHERE subscription = $1', key);
  await abandon(key, 'users', ", state = 'PENDING'");
  const calls = shop.application.callsOf('createUsers').length;
  await shop.opened.catalog.tick();
  expect((await shop.get(path)).state).toBe('ACTIVE');
  expect(shop.application.callsOf('createUsers')).toHaveLength(calls + 1);
});

test('a process that died in a change keeps the old values; one that died in deletion deletes', async () => {
  const changed = await shop.subscribe(await shop.offer());
  await abandon(changed.key, 'modify');
  const ended = await shop.subscribe(await shop.offer());
  await abandon(ended.key, 'delete', ", state = 'DEACTIVATED'");
  const deletions = shop.application.callsOf('deleteInstance').length;
  await shop.opened.catalog.tick();
  expect(await shop.get(changed.path)).toMatchObject({
    state: 'ACTIVE',
    message: expect.stringContaining('modify'),
  });
  expect(shop.application.callsOf('deleteInstance')).toHaveLength(deletions + 1);
});

test('a step whose process lives is left alone', async () => {
  const { key, path } = await shop.subscribe(await shop.offer());
  await run(
    `UPDATE catalog.subscriptions SET step = 'create', step_lease = now() + interval '1 minute' WHERE key = $1`,
    key,
  );
  await shop.opened.catalog.tick();
  expect((await shop.get(path)).state).toBe('ACTIVE');
});
