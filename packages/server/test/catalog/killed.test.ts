import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childText } from '../../src/platform/soap/element.ts';
import { serverProcess } from '../support/server-process.ts';
import { type Application, type Call, type Reply, startApplication } from './application.ts';
import { file19 } from './definition-files.ts';
import { eventually } from './offers.ts';

/**
 * The server is killed (SIGKILL) with a subscription in every step that there is; then it is started again. Each
 * subscription is named after the step in which it was, and has a technical service of its own.
 */

let application: Application;
let server: Awaited<ReturnType<typeof serverProcess>>;
let url: string;
let token: string;
const keys = new Map<string, string>();

const asynchronous = ['async', 'answered', 'asyncModify', 'asyncPrepare'];
const steps = ['prepare', 'create', 'stalled', 'users', 'modify', 'upgrade', 'switch', 'delete', 'live'];
const all = [...steps, ...asynchronous];

/** The file of the workspace: one technical service for each step, and a second service to upgrade to. */
function workspaceFile(): string {
  const path = join(server.dataDir, 'workspace.json');
  const sold = { supplier: 'acme', technicalService: { id: 'upgrade' } };
  const catalog = {
    organizations: [{ id: 'acme', roles: ['technologyProvider', 'supplier', 'customer'], users: ['admin'] }],
    technicalServices: all.map((id) => ({
      path: `${id}.xml`,
      text: file19({
        id,
        provisioningType: asynchronous.includes(id) ? 'ASYNCHRONOUS' : 'SYNCHRONOUS',
        provisioningUrl: `${application.url}/${id}?wsdl`,
      }),
    })),
    services: [
      ...all
        .filter((id) => id !== 'upgrade')
        .map((id) => ({ id, technicalService: { id }, supplier: 'acme' })),
      { ...sold, id: 'larger' },
      { ...sold, id: 'upgrade', compatible: ['larger'] },
    ],
  };
  writeFileSync(path, JSON.stringify({ renkei: 1, catalog }));
  return path;
}

type View = {
  key: string;
  id: string;
  state: string;
  instance?: object;
  message?: string;
  referenceId?: string;
};

async function api(method: string, path: string, body?: object) {
  const response = await fetch(`${url}/v1/catalog/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
/** A request that the server will not live to answer. */
const begin = (method: string, path: string, body?: object) =>
  void api(method, path, body).catch(() => undefined);
const subscription = (id: string) => ({ id, service: id, users: [{ user: 'admin' }] });
const pathOf = (id: string) => `subscriptions/${keys.get(id)}`;
async function subscribe(id: string): Promise<void> {
  const made = await api('POST', 'subscriptions', subscription(id));
  expect([made.status, made.body.detail]).toEqual([201, undefined]);
  keys.set(id, made.body.key);
}
async function callback(operation: string, id: string): Promise<number> {
  const response = await fetch(`${url}/SubscriptionService/BASIC`, {
    method: 'POST',
    headers: {
      'content-type': 'text/xml',
      authorization: `Basic ${Buffer.from('admin:pass-admin-1').toString('base64')}`,
    },
    body: `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:o="http://oscm.org/xsd"><s:Body><o:${operation}><subscriptionId>${id}</subscriptionId><organizationId>acme</organizationId><instance><o:instanceId>of ${id}</o:instanceId></instance></o:${operation}></s:Body></s:Envelope>`,
  });
  return response.status;
}
async function signIn(): Promise<string> {
  const answer = await fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: 'pass-admin-1' }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** Which subscription a call is about: its instance is called after it. */
function about({ args, text }: Call): string | undefined {
  const instance = childText(args, 'instanceId');
  return instance?.replace('of ', '') ?? /subscriptionId>([^<]+)</.exec(text)?.[1];
}
const hanging: Readonly<Record<string, readonly string[]>> = {
  createInstance: ['create', 'stalled'],
  createUsers: ['users'],
  asyncCreateInstance: ['async'],
  modifySubscription: ['modify'],
  upgradeSubscription: ['upgrade'],
  deactivateInstance: ['switch'],
  deleteInstance: ['delete'],
};
const asked = (operation: string, id: string) =>
  application.callsOf(operation).filter((call) => about(call) === id).length;

const settled = new Map<string, View>();
let isKilled = false;

beforeAll(async () => {
  application = await startApplication();
  server = await serverProcess({ RENKEI_ADMIN_PASSWORD: 'pass-admin-1' });
  url = await server.start({ RENKEI_WORKSPACE: workspaceFile() });
  token = await signIn();
  for (const [operation, ids] of Object.entries(hanging)) {
    application.on(operation, (call): Reply => {
      const id = about(call) ?? '';
      if (!isKilled && ids.includes(id)) return id === 'stalled' ? 'stall' : 'hang';
      const instance = `<o:instance><o:instanceId>of ${id}</o:instanceId></o:instance>`;
      return { return: `<o:desc>ok</o:desc><o:rc>0</o:rc>${operation === 'createInstance' ? instance : ''}` };
    });
  }
  for (const id of ['live', 'modify', 'upgrade', 'switch', 'delete', 'answered', 'asyncModify']) {
    await subscribe(id);
  }
  await callback('completeAsyncSubscription', 'asyncModify');
  await api('PATCH', pathOf('asyncModify'), { referenceId: 'new' });

  for (const id of ['prepare', 'asyncPrepare']) application.silent.add(`/${id}?wsdl`);
  for (const id of ['prepare', 'asyncPrepare', 'create', 'stalled', 'users', 'async']) {
    begin('POST', 'subscriptions', subscription(id));
  }
  begin('PATCH', pathOf('modify'), { referenceId: 'new' });
  begin('POST', `${pathOf('upgrade')}/upgrade`, { service: 'larger' });
  begin('PUT', `${pathOf('switch')}/payment`, { valid: false });
  begin('DELETE', pathOf('delete'));
  await eventually(async () =>
    Object.entries(hanging).every(([name, ids]) => ids.every((id) => asked(name, id) > 0)),
  );
  await eventually(async () => application.requests.includes('GET /asyncPrepare?wsdl'));
  await server.kill();
  isKilled = true;
  application.silent.clear();
  await server.start();
  token = await signIn();
  // a process that gave no sign of life for 20 seconds is dead; what it left is taken up within 4 seconds more
  await eventually(async () => {
    for (const view of (await api('GET', 'subscriptions')).body.items as View[]) {
      settled.set(view.id.replace(/#\d+$/, ''), view);
    }
    const isDone = (id: string) => settled.get(id)?.message !== undefined;
    return (
      ['prepare', 'asyncPrepare', 'create', 'stalled', 'async', 'modify', 'upgrade'].every(isDone) &&
      settled.get('users')?.state === 'ACTIVE' &&
      asked('deleteInstance', 'delete') > 1 &&
      asked('deactivateInstance', 'switch') > 1
    );
  }, 60_000);
}, 150_000);
afterAll(async () => {
  await server.close();
  await application.close();
});

/** The log lines about a subscription since the restart. */
const logOf = (id: string) =>
  server
    .logged()
    .filter(
      (line) =>
        line.id === id || line.subscription === id || String(line.subscription) === settled.get(id)?.key,
    )
    .map(({ msg }) => msg)
    .join('\n');

describe('issue 7: killed with SIGKILL', () => {
  test('no subscription is ACTIVE without an instance, and none is lost', () => {
    expect([...settled.keys()].sort()).toEqual([...all].sort());
    for (const { state, instance } of settled.values()) {
      if (state === 'ACTIVE') expect(instance).toBeDefined();
    }
  });

  test('what was idle is as it was', () => {
    expect(settled.get('live')).toMatchObject({ state: 'ACTIVE', instance: { instanceId: 'of live' } });
    expect(logOf('live')).toBe('');
  });

  test.each(['prepare', 'asyncPrepare'])(
    'before the call (%s): INVALID, and nothing can be left behind',
    async (id) => {
      expect(settled.get(id)).toMatchObject({
        state: 'INVALID',
        message: expect.stringContaining('before it asked the application'),
      });
      expect(logOf(id)).toContain('the subscription is INVALID, its name free');
      expect(logOf(id)).not.toContain('orphan');
    },
  );

  test.each(['create', 'stalled'])(
    'after the call, before the answer is stored (%s): INVALID with an orphan, and the log says what to do',
    async (id) => {
      expect(settled.get(id)).toMatchObject({
        state: 'INVALID',
        message: expect.stringContaining('while it asked the application'),
      });
      expect(asked('createInstance', id)).toBe(1);
      const { body } = await api('GET', 'orphans');
      expect(body.items).toContainEqual(
        expect.objectContaining({ subscriptionId: id, state: 'open', instanceId: null }),
      );
      expect(logOf(id)).toContain('an instance whose id was never told may be left at the application');
      expect(logOf(id)).toContain(
        'see GET /v1/catalog/orphans: look whether the application has the instance, then delete it again or give up',
      );
    },
  );

  test('the orphans are those two and no others', async () => {
    const { body } = await api('GET', 'orphans');
    expect(body.items.map((one: { subscriptionId: string }) => one.subscriptionId).sort()).toEqual([
      'create',
      'stalled',
    ]);
  });

  test('between create and createUsers: the users are told, then it is ACTIVE', () => {
    expect(settled.get('users')).toMatchObject({ state: 'ACTIVE', instance: { instanceId: 'of users' } });
    expect([asked('createInstance', 'users'), asked('createUsers', 'users')]).toEqual([1, 2]);
  });

  test('in an asynchronous call: it waits for the callback, which completes it', async () => {
    expect(settled.get('async')).toMatchObject({
      state: 'PENDING',
      message: expect.stringContaining('wait for its callback, or end the subscription'),
    });
    expect(logOf('async')).toContain('wait for its callback, or end the subscription (it stays PENDING)');
    expect(asked('asyncCreateInstance', 'async')).toBe(1);
    expect(await callback('completeAsyncSubscription', 'async')).toBe(200);
    const key = settled.get('async')?.key;
    expect((await api('GET', `subscriptions/${key}`)).body.state).toBe('ACTIVE');
    await eventually(async () => asked('createUsers', 'async') === 1);
  });

  test('between the answer and the callback: PENDING as before, and the callback completes it', async () => {
    expect(settled.get('answered')).toMatchObject({ state: 'PENDING', message: 'ok' });
    expect(logOf('answered')).toBe('');
    expect(await callback('completeAsyncSubscription', 'answered')).toBe(200);
    expect((await api('GET', pathOf('answered'))).body.state).toBe('ACTIVE');
    await eventually(async () => asked('createUsers', 'answered') === 1);
  });

  test.each(['modify', 'upgrade'])(
    'in a change (%s): the old values stay, and the log asks to compare',
    async (id) => {
      const { state, referenceId, message } = settled.get(id) as View;
      expect([state, referenceId]).toEqual(['ACTIVE', undefined]);
      expect(message).toContain(`the server stopped during ${id}`);
      expect(logOf(id)).toContain(`compare the instance of ${id} with the subscription, or change it again`);
      // not stuck: it can be changed again
      const again = await api('PATCH', pathOf(id), { referenceId: 'again' });
      expect([again.status, again.body.referenceId, again.body.message]).toEqual([200, 'again', undefined]);
    },
  );

  test('between the answer of an asynchronous change and its callback: the callback completes it', async () => {
    expect(settled.get('asyncModify')?.state).toBe('PENDING_UPD');
    expect(await callback('completeAsyncModifySubscription', 'asyncModify')).toBe(200);
    expect((await api('GET', pathOf('asyncModify'))).body).toMatchObject({
      state: 'ACTIVE',
      referenceId: 'new',
    });
  });

  test('in stopping an instance: SUSPENDED, and it is stopped again', () => {
    expect(settled.get('switch')?.state).toBe('SUSPENDED');
    expect(asked('deactivateInstance', 'switch')).toBe(2);
  });

  test('in a deletion: DEACTIVATED, and it is deleted again', async () => {
    expect(settled.get('delete')?.state).toBe('DEACTIVATED');
    expect(asked('deleteInstance', 'delete')).toBe(2);
    // no orphan: the second time the application said yes
    expect(logOf('delete')).toBe('');
  });
});
