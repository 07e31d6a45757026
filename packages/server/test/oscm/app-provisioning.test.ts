import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serverProcess } from '../support/server-process.ts';

/** A server that provisions itself: its apps are the instances of a service that it sells. */

let server: Awaited<ReturnType<typeof serverProcess>>;
let url: string;
const tokens = new Map<string, string>();

const user = (id: string, ...roles: string[]) => ({
  id,
  name: id,
  mail: `${id}@example.com`,
  password: `pass-${id}-1`,
  roles,
});
const workspace = {
  renkei: 1,
  users: [
    user('okada', 'technologyProvider', 'supplier', 'designer'),
    user('ueda', 'customerAdmin'),
    user('sasaki'),
    user('tanaka'),
    user('other'),
  ],
  apps: [
    {
      id: 59,
      alias: 'bihin',
      name: '備品アプリ',
      fields: [
        { id: 101, name: '備品名', alias: 'item', type: 'text', required: true },
        { id: 102, name: '単価', type: 'number' },
      ],
      access: [
        { subject: 'user:okada', allow: ['view', 'add', 'change'] },
        { subject: 'user:tanaka', hideFields: ['単価'] },
      ],
    },
  ],
  catalog: {
    organizations: [
      { id: 'joho', roles: ['technologyProvider', 'supplier'], users: ['okada'] },
      { id: 'eigyo', roles: ['customer'], users: ['ueda', 'sasaki', 'tanaka'] },
    ],
  },
};
/** The demo's own file, for this server's address. */
const definition = () =>
  readFileSync(
    new URL('../../../../examples/demo/technical-services/app-in-renkei.xml', import.meta.url),
    'utf8',
  ).replace('http://127.0.0.1:49152', url);

async function call(login: string, method: string, path: string, body?: object | string) {
  let token = tokens.get(login);
  if (token === undefined) {
    const answer = await fetch(`${url}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: login, password: `pass-${login}-1` }),
    });
    token = ((await answer.json()) as { access_token: string }).access_token;
    tokens.set(login, token);
  }
  const xml = typeof body === 'string';
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': xml ? 'application/xml' : 'application/json' }),
    },
    ...(body && { body: xml ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json');
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
}

const sell = (id: string, parameters: object) =>
  call('okada', 'POST', '/v1/catalog/services', {
    id,
    technicalService: { id: 'App in Renkei' },
    supplier: 'joho',
    parameters,
  });
const subscribe = (body: object) => call('ueda', 'POST', '/v1/catalog/subscriptions', body);
const records = (login: string, app: number) => call(login, 'GET', `/v1/apps/${app}/records`);
const add = (login: string, app: number, fields: object) =>
  call(login, 'POST', `/v1/apps/${app}/records`, { fields });
const appOf = (instance: { instanceId: string }) => Number(instance.instanceId.replace('app-', ''));

beforeAll(async () => {
  server = await serverProcess({ RENKEI_ADMIN_PASSWORD: 'pass-admin-1' });
  const file = join(server.dataDir, 'workspace.json');
  writeFileSync(file, JSON.stringify(workspace));
  url = await server.start({ RENKEI_WORKSPACE: file });
  const imported = await call('okada', 'POST', '/v1/catalog/technical-services', definition());
  expect([imported.status, imported.body.errors]).toEqual([200, undefined]);
  const named = { NAME: { configurableByCustomer: true } };
  await sell('equipment', { TEMPLATE: { value: 'bihin' }, ...named });
  await sell('short', { TEMPLATE: { value: '59' }, KEEP_DAYS: { value: '0' } });
  await sell('broken', { TEMPLATE: { value: 'nothing' } });
}, 60_000);
afterAll(() => server.close());

test('issue 7: the server lives as an application: activation pings it, with the right password only', async () => {
  expect((await call('okada', 'POST', '/v1/catalog/services/equipment/activate')).status).toBe(200);
  const post = (password: string) =>
    fetch(`${url}/provisioning/AppService`, {
      method: 'POST',
      headers: {
        'content-type': 'text/xml',
        authorization: `Basic ${Buffer.from(`okada:${password}`).toString('base64')}`,
      },
      body: '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:o="http://oscm.org/xsd"><s:Body><o:sendPing><arg>hello</arg></o:sendPing></s:Body></s:Envelope>',
    });
  expect((await post('wrong')).status).toBe(401);
  expect(await (await post('pass-okada-1')).text()).toContain('<return>hello</return>');
});

test('issue 7: an app is made for a subscription, used by its users, renamed, closed, opened and taken away', async () => {
  const users = [
    { user: 'sasaki', role: 'EDITOR' },
    { user: 'tanaka', role: 'READER' },
  ];
  const made = await subscribe({
    id: '営業の備品',
    service: 'equipment',
    parameters: { NAME: '営業備品' },
    users,
  });
  expect([made.status, made.body.state, made.body.detail]).toEqual([201, 'ACTIVE', undefined]);
  const app = appOf(made.body.instance);
  const path = `/v1/catalog/subscriptions/${made.body.key}`;
  expect(made.body.instance).toMatchObject({ instanceId: `app-${app}`, baseUrl: `${url}/apps/${app}` });
  expect(made.body.users[0]).toMatchObject({ user: 'sasaki', applicationUserId: 'sasaki' });

  // the way in is the console's page of the app
  const entry = await call('sasaki', 'GET', `/opt/${BigInt(made.body.key).toString(16)}/`);
  expect([entry.status, entry.headers.get('location')]).toEqual([302, `${url}/apps/${app}`]);

  expect((await call('sasaki', 'GET', `/v1/apps/${app}`)).body).toMatchObject({ name: '営業備品' });
  expect((await add('sasaki', app, { 備品名: '机', 単価: 100 })).status).toBe(201);
  expect((await add('tanaka', app, { 備品名: '椅子' })).status).toBe(403);
  // what the template hides from him stays hidden
  expect((await records('tanaka', app)).body.items[0].fields).toEqual({ 備品名: '机' });
  expect((await records('other', app)).status).toBe(404);
  expect((await records('sasaki', 59)).status).toBe(404);

  const assign = (body: object) => call('ueda', 'POST', `${path}/users`, body);
  expect((await assign({ user: 'tanaka', role: 'EDITOR' })).status).toBe(200);
  expect((await add('tanaka', app, { 備品名: '椅子' })).status).toBe(201);
  expect((await call('ueda', 'DELETE', `${path}/users/tanaka`)).status).toBe(204);
  expect((await records('tanaka', app)).status).toBe(404);

  expect((await call('ueda', 'PATCH', path, { parameters: { NAME: '営業備品2' } })).status).toBe(200);
  expect((await call('sasaki', 'GET', `/v1/apps/${app}`)).body.name).toBe('営業備品2');

  await call('okada', 'PUT', `${path}/payment`, { valid: false });
  expect((await records('sasaki', app)).status).toBe(404);
  await call('okada', 'PUT', `${path}/payment`, { valid: true });
  expect((await records('sasaki', app)).body.items).toHaveLength(2);

  expect((await call('ueda', 'DELETE', path)).status).toBe(204);
  expect((await records('sasaki', app)).status).toBe(404);
  // kept for KEEP_DAYS, in sight of administrators alone
  expect((await records('admin', app)).body.items).toHaveLength(2);
  expect((await call('okada', 'GET', '/v1/catalog/orphans')).body.items).toEqual([]);
});

test('issue 7: with KEEP_DAYS 0 the app goes at once, and no other one with it', async () => {
  const made = await subscribe({ id: 'short', service: 'short', users: [{ user: 'sasaki', role: 'ADMIN' }] });
  const app = appOf(made.body.instance);
  expect((await add('sasaki', app, { 備品名: 'x' })).status).toBe(201);
  expect((await call('ueda', 'DELETE', `/v1/catalog/subscriptions/${made.body.key}`)).status).toBe(204);
  expect((await call('admin', 'GET', `/v1/apps/${app}`)).status).toBe(404);
  expect((await call('admin', 'GET', '/v1/apps/59')).status).toBe(200);
  // once more is no mistake, letting somebody in is one
  const instance = `<instanceId>app-${app}</instanceId>`;
  expect(await provision('okada', 'deleteInstance', instance)).toContain('<o:rc>0</o:rc>');
  const users = '<users><o:userId>sasaki</o:userId></users>';
  expect(await provision('okada', 'createUsers', instance + users)).toContain('<o:rc>200</o:rc>');
  // its number is not given again
  const next = await subscribe({ id: 'short', service: 'short' });
  expect(appOf(next.body.instance)).toBeGreaterThan(app);
});

test('issue 7: a template that does not exist is refused in words, and leaves nothing behind', async () => {
  const refused = await subscribe({ id: 'nothing', service: 'broken' });
  expect([refused.status, refused.body.detail]).toEqual([502, expect.stringContaining('nothing')]);
  expect((await call('okada', 'GET', '/v1/catalog/orphans')).body.items).toEqual([]);
});

const provision = (login: string, operation: string, body: string) =>
  fetch(`${url}/provisioning/AppService`, {
    method: 'POST',
    headers: {
      'content-type': 'text/xml',
      authorization: `Basic ${Buffer.from(`${login}:pass-${login}-1`).toString('base64')}`,
    },
    body: `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:o="http://oscm.org/xsd"><s:Body><o:${operation}>${body}</o:${operation}></s:Body></s:Envelope>`,
  }).then((response) => response.text());

test('issue 7: only designers provision, and only apps that were made for subscriptions are taken away', async () => {
  const instance = '<instanceId>app-59</instanceId>';
  expect(await provision('sasaki', 'deleteInstance', instance)).toContain('<o:rc>200</o:rc>');
  expect(await provision('okada', 'deleteInstance', instance)).toContain('<o:rc>200</o:rc>');
  expect(await provision('okada', 'deleteInstance', '')).toContain('<o:rc>200</o:rc>');
  expect((await call('admin', 'GET', '/v1/apps/59')).status).toBe(200);
  const made = await subscribe({ id: 'users', service: 'equipment' });
  const users = (id: string) =>
    `<instanceId>${made.body.instance.instanceId}</instanceId><users><o:userId>${id}</o:userId></users>`;
  expect(await provision('okada', 'createUsers', users('nobody'))).toContain('<o:rc>120</o:rc>');
  expect(await provision('okada', 'createUsers', users('other'))).toContain('<o:rc>0</o:rc>');
});
