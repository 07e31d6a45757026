import type { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { childText } from '../../src/platform/soap/element.ts';
import { eventually, openShop, type Shop } from '../catalog/offers.ts';
import { instance, soapCall, texts } from './soap-call.ts';

let shop: Shop;
let smtp: SMTPServer;
let mails: { to: string[]; text: string }[] = [];
beforeAll(async () => {
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const to = session.envelope.rcptTo.map(({ address }) => address).sort();
      const chunks: Buffer[] = [];
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push({ to, text: Buffer.concat(chunks).toString() });
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
beforeEach(() => {
  mails = [];
  shop.application.calls.length = 0;
});

const asynchronous = { provisioningType: 'ASYNCHRONOUS' };
const callback = (name: string, id: string, body = '', user?: string) =>
  soapCall(
    shop.opened,
    'SubscriptionService',
    name,
    `<subscriptionId>${id}</subscriptionId><organizationId>customer1</organizationId>${body}`,
    user,
  );
const mail = (subject: string) =>
  eventually(async () => mails.find(({ text }) => new RegExp(`^Subject: .*${subject}`, 'm').test(text)));
const sent = () => shop.application.calls.map(({ operation }) => operation);
const paid = { prices: { currency: 'JPY', recurring: { amount: 100, period: 'month' } } };

test('oscm §3.7 step 5: the customer is told by mail that a subscription is active, and how to get in', async () => {
  const direct = { accessType: 'DIRECT', baseUrl: undefined, loginPath: undefined };
  const service = await shop.offer(direct, '<AccessInfo locale="en">ssh files.example</AccessInfo>');
  await shop.subscribe(service);
  const { to, text } = await mail('is ready');
  expect(to).toEqual(['ada@example.com']);
  expect(text).toContain('ssh files.example');
});

test('oscm §3.8: an asynchronous subscription: mails to the customer at its end, one way or the other', async () => {
  const first = await shop.subscribe(await shop.offer(asynchronous));
  await callback('completeAsyncSubscription', first.id, instance('mail-1'));
  expect((await mail('is ready')).to).toEqual(['ada@example.com']);
  const second = await shop.subscribe(await shop.offer(asynchronous));
  await callback('abortAsyncSubscription', second.id, texts('reason', 'no room'));
  const { to, text } = await mail('was aborted');
  expect([to, text]).toEqual([['ada@example.com'], expect.stringContaining('no room')]);
});

test('oscm §3.8 updateAsyncSubscriptionStatus: an instance that is gone: PENDING again, its users told anew', async () => {
  const { id, path } = await shop.subscribe(await shop.offer(asynchronous), { users: [{ user: 'member' }] });
  await callback('completeAsyncSubscription', id, instance('gone-1'));
  await eventually(async () => sent().includes('createUsers'));
  expect((await callback('updateAsyncSubscriptionStatus', id, instance('gone-1'), 'rival')).outcome).toMatch(
    'OrganizationAuthoritiesException',
  );
  expect((await callback('updateAsyncSubscriptionStatus', id, instance('gone-1'))).outcome).toBe('ok');
  expect((await shop.get(path)).state).toBe('PENDING');
  await mail('The instance of');
  await eventually(async () => mails.filter(({ text }) => text.includes('The instance of')).length === 2);
  const told = mails.filter(({ text }) => text.includes('The instance of')).flatMap(({ to }) => to);
  expect(told.sort()).toEqual(['ada@example.com', 'provider@example.com']);
  shop.application.calls.length = 0;
  expect((await callback('completeAsyncSubscription', id, instance('gone-2'))).outcome).toBe('ok');
  expect(await shop.get(path)).toMatchObject({ state: 'ACTIVE', instance: { instanceId: 'gone-2' } });
  await eventually(async () => sent().includes('createUsers'));
  expect(childText(shop.application.callsOf('createUsers')[0]?.args, 'instanceId')).toBe('gone-2');
});

test('oscm §3.8 notifySubscriptionAboutVmsNumber: the number of machines is kept', async () => {
  const { id, path } = await shop.subscribe(await shop.offer());
  const vms = (body: string) => callback('notifySubscriptionAboutVmsNumber', id, body);
  expect((await vms('<instance><o:vmsNumber>3</o:vmsNumber></instance>')).outcome).toBe('ok');
  expect((await shop.get(path)).vmsNumber).toBe(3);
  expect((await vms('<number>5</number>')).outcome).toBe('ok');
  expect((await shop.get(path)).vmsNumber).toBe(5);
  expect((await vms('<number>many</number>')).outcome).toMatch('ValidationException');
  expect((await callback('notifySubscriptionAboutVmsNumber', 'none', '<number>1</number>')).outcome).toMatch(
    'ObjectNotFoundException',
  );
});

const pay = (path: string, valid: boolean) => shop.opened.call('PUT', `${path}/payment`, { valid }, 'seller');

test('oscm §3.8, §5: a chargeable subscription that is not paid for is SUSPENDED when it completes, then resumed', async () => {
  const { id, path } = await shop.subscribe(await shop.offer(asynchronous, '', paid), {
    users: [{ user: 'member' }],
  });
  expect((await pay(path, false)).body.state).toBe('PENDING');
  expect((await callback('completeAsyncSubscription', id, instance('unpaid-1'))).outcome).toBe('ok');
  expect((await shop.get(path)).state).toBe('SUSPENDED');
  await shop.opened.catalog.tick();
  expect(sent()).toEqual(['saveAttributes', 'asyncCreateInstance', 'deactivateInstance']);
  expect((await pay(path, true)).body.state).toBe('ACTIVE');
  await eventually(async () => sent().includes('createUsers'));
  expect(sent().slice(3)).toEqual(['activateInstance', 'createUsers']);
});

test('oscm §5: an upgrade of a suspended subscription: ACTIVE where the new service is free, else it stays SUSPENDED', async () => {
  const small = await shop.offer({}, '', paid);
  const technical = small.replace('S', 'T');
  const large = await shop.sell(technical, `${small} large`, {}, paid);
  const free = await shop.sell(technical, `${small} free`);
  await shop.opened.call('PATCH', `/v1/catalog/services/${small}`, { compatible: [large] });
  await shop.opened.call('PATCH', `/v1/catalog/services/${large}`, { compatible: [free] });
  const { path } = await shop.subscribe(small);
  await pay(path, false);
  shop.application.calls.length = 0;
  const upgrade = (service: string) => shop.opened.call('POST', `${path}/upgrade`, { service }, 'customer');
  expect((await upgrade(large)).body).toMatchObject({ state: 'SUSPENDED', service: large });
  expect(sent()).toEqual(['saveAttributes', 'upgradeSubscription']);
  expect((await upgrade(free)).body).toMatchObject({ state: 'ACTIVE', service: free });
  expect(sent().slice(2)).toEqual(['saveAttributes', 'upgradeSubscription', 'activateInstance']);
});

test('oscm §5: an asynchronous upgrade of an unpaid subscription ends SUSPENDED, and the instance is stopped', async () => {
  const small = await shop.offer(asynchronous, '', paid);
  const large = await shop.sell(small.replace('S', 'T'), `${small} large`, {}, paid);
  await shop.opened.call('PATCH', `/v1/catalog/services/${small}`, { compatible: [large] });
  const { id, path } = await shop.subscribe(small);
  await callback('completeAsyncSubscription', id, instance('upg-1'));
  await pay(path, false);
  const asked = await shop.opened.call('POST', `${path}/upgrade`, { service: large }, 'customer');
  expect(asked.body.state).toBe('SUSPENDED_UPD');
  shop.application.calls.length = 0;
  expect((await callback('completeAsyncUpgradeSubscription', id, instance('upg-1'))).outcome).toBe('ok');
  expect(await shop.get(path)).toMatchObject({ state: 'SUSPENDED', service: large });
  await shop.opened.catalog.tick();
  expect(sent()).toEqual(['deactivateInstance']);
});

test('oscm §5: what an application fails to stop is told, and the message goes when a change succeeds', async () => {
  const { path } = await shop.subscribe(await shop.offer());
  shop.application.on('deactivateInstance', { fault: 'will not stop' });
  const refused = await pay(path, false);
  expect([refused.status, refused.body.detail]).toEqual([502, expect.stringContaining('will not stop')]);
  expect(await shop.get(path)).toMatchObject({
    state: 'SUSPENDED',
    message: expect.stringContaining('will not stop'),
  });
  await pay(path, true);
  const change = { referenceId: 'PO-9' };
  const { body } = await shop.opened.call('PATCH', path, change, 'customer');
  expect([body.state, body.message]).toEqual(['ACTIVE', undefined]);
});

test('oscm §4.2: reporting events takes the role, whichever way the instance is named', async () => {
  const report = (user: string) =>
    soapCall(
      shop.opened,
      'EventService',
      'recordEventForInstance',
      '<technicalServiceId>none</technicalServiceId><instanceId>none</instanceId><event><o:eventId>E</o:eventId></event>',
      user,
    );
  expect((await report('customer')).outcome).toMatch('OperationNotPermittedException');
  expect((await report('provider')).outcome).toMatch('ObjectNotFoundException');
});
