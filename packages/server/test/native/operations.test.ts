import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { adminPassword, type NativeServer, openNative, workspace } from './open-native.ts';

let server: NativeServer;
let admin: string;
let maeda: string;

beforeAll(async () => {
  server = await openNative(workspace);
  admin = await server.signIn('admin', adminPassword);
  maeda = await server.signIn('maeda', 'pass-maeda-1');
});
afterAll(() => server.close());

test('contract §2: /healthz, /readyz and /metrics need no token', async () => {
  expect((await server.call('GET', '/healthz')).json).toEqual({ status: 'ok' });
  expect((await server.call('GET', '/readyz')).json).toMatchObject({ status: 'ok' });
  const metrics = await server.call('GET', '/metrics');
  expect(metrics.text).toMatch(/renkei_http_request_seconds_count\{.*route="\/v1\/sessions"/);
});

test('contract §2: /docs shows the API and /openapi.json names every route', async () => {
  expect((await server.call('GET', '/docs')).text).toMatch(/swagger/i);
  const { json } = await server.call('GET', '/openapi.json');
  expect(json.openapi).toMatch(/^3\.1/);
  const routes = Object.entries(json.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method} ${path}`),
  );
  expect(routes).toEqual(
    expect.arrayContaining([
      'post /v1/sessions',
      'post /v1/sessions/refresh',
      'delete /v1/sessions/current',
      'get /v1/me',
      'get /v1/api-keys',
      'post /v1/api-keys',
      'delete /v1/api-keys/{id}',
      'get /v1/apps',
      'get /v1/apps/{app}',
      'get /v1/apps/{app}/records',
      'post /v1/apps/{app}/records',
      'post /v1/apps/{app}/records:batch',
      'get /v1/apps/{app}/records/{record}',
      'patch /v1/apps/{app}/records/{record}',
      'delete /v1/apps/{app}/records/{record}',
      'get /v1/apps/{app}/records/{record}/history',
      'post /v1/apps/{app}/files',
      'get /v1/apps/{app}/files/{file}',
      'get /v1/users',
      'get /v1/groups',
      'get /v1/access-log',
      'post /v1/workspace/apply',
      'post /v1/workspace/plan',
      'get /v1/workspace/export',
    ]),
  );
  const create = json.paths['/v1/apps/{app}/records'].post;
  expect(create.requestBody.content['application/json'].schema.properties).toHaveProperty('fields');
  expect(create.responses).toHaveProperty('201');
});

test('a request id that is given comes back, else one is made', async () => {
  const given = await server.call('GET', '/v1/nothing', { headers: { 'x-request-id': 'order-7' } });
  expect(given.headers.get('x-request-id')).toBe('order-7');
  expect(given.json.requestId).toBe('order-7');
  const made = await server.call('GET', '/healthz', { headers: { 'x-request-id': 'not good' } });
  expect(made.headers.get('x-request-id')).toMatch(/^[\w-]+$/);
});

test('apps and their fields are told as far as the caller may see them', async () => {
  const sasaki = await server.signIn('sasaki', 'pass-sasaki-1');
  const names = (answer: { json: { fields: { name: string }[] } }) =>
    answer.json.fields.map(({ name }) => name);
  expect(names(await server.call('GET', '/v1/apps/bihin', { token: maeda }))).toContain('詳細');
  const seen = await server.call('GET', '/v1/apps/59', { token: sasaki });
  expect(names(seen)).not.toContain('詳細');
  expect(seen.json.fields).toContainEqual(expect.objectContaining({ name: '区分', readOnly: true }));
  expect(seen.json.allowed).toEqual(['view', 'add', 'change', 'delete']);
  const list = await server.call('GET', '/v1/apps', { token: sasaki });
  expect(list.json.items.map(({ id }: { id: number }) => id)).toEqual([59, 60]);
});

test('users and groups are listed in pages; mail and roles for administrators only', async () => {
  const first = await server.call('GET', '/v1/users?limit=2', { token: admin });
  expect(first.json.items).toHaveLength(2);
  expect(first.json.items[0]).toHaveProperty('roles');
  const rest = await server.call('GET', `/v1/users?limit=2&cursor=${encodeURIComponent(first.json.next)}`, {
    token: admin,
  });
  const ids = [...first.json.items, ...rest.json.items].map(({ id }: { id: string }) => id);
  expect(ids.sort()).toEqual(['admin', 'maeda', 'sasaki']);
  const plain = await server.call('GET', '/v1/users?q=佐々木', { token: maeda });
  expect(plain.json.items).toEqual([{ id: 'sasaki', number: 34, name: '佐々木光' }]);
  expect((await server.call('GET', '/v1/groups', { token: maeda })).json.items).toEqual([
    { id: 'it', number: 3, name: '情報システム部' },
  ]);
});

test('contract §5: the access log filters by app, user, operation and time, and goes on by cursor', async () => {
  const make = () => server.call('POST', '/v1/apps/okiba/records', { token: maeda, body: { fields: {} } });
  const before = new Date().toISOString();
  for (let n = 0; n < 5; n++) expect((await make()).status).toBe(201);
  const ask = (query: string) => server.call('GET', `/v1/access-log?${query}`, { token: admin });
  const found = await ask(`app=60&user=maeda&operation=insert_data&from=${before}`);
  expect(found.json.items).toHaveLength(5);
  const page = await ask(`app=okiba&user=maeda&from=${before}&limit=3`);
  expect(page.json.items).toHaveLength(3);
  const rest = await ask(`app=okiba&user=maeda&from=${before}&limit=3&cursor=${page.json.next}`);
  expect(rest.json.items).toHaveLength(2);
  expect((await ask(`app=60&to=${before}`)).json.items).toEqual([]);
  expect((await ask('user=nobody')).json.items).toEqual([]);
  expect((await ask('operation=login&user=maeda')).json.items[0]).toMatchObject({
    operation: 'login',
    app: null,
  });
});

test('contract §7: the CSV of the access log has the columns 機能詳細 and テーブル名他 in Japanese', async () => {
  await server.call('POST', '/v1/apps/bihin/records', { token: maeda, body: { fields: { 備品名: 'CSV' } } });
  const answer = await server.call('GET', '/v1/access-log?app=bihin', {
    token: admin,
    headers: { accept: 'text/csv', 'accept-language': 'ja' },
  });
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(answer.headers.get('content-disposition')).toContain('attachment');
  const [heading, first] = answer.text.replace('\ufeff', '').split('\n') as [string, string];
  const columns = heading.split(',');
  const cells = first.split(',');
  expect(cells[columns.indexOf('機能詳細')]).toBe('insert_data');
  expect(cells[columns.indexOf('テーブル名他')]).toBe('t000059000');
  const english = await server.call('GET', '/v1/access-log?limit=1', {
    token: admin,
    headers: { accept: 'text/csv', 'accept-language': 'en' },
  });
  expect(english.text).toContain('operation,app,table');
  const refused = await server.call('GET', '/v1/access-log', {
    token: maeda,
    headers: { accept: 'text/csv' },
  });
  expect(refused.status).toBe(403);
});

test('contract §3: plan shows and apply makes; the second plan is empty; the export applies cleanly', async () => {
  const apps = [{ id: 70, alias: 'new', name: '新規', fields: [{ id: 101, name: '名', type: 'text' }] }];
  const file = { renkei: 1, apps };
  const post = (path: string, body: object, token = admin) =>
    server.call('POST', `/v1/workspace/${path}`, { token, body });
  const plan = await post('plan', { file });
  expect(plan.json.changes).toContainEqual(expect.objectContaining({ action: 'add', kind: 'app' }));
  expect((await server.call('GET', '/v1/apps/new', { token: admin })).status).toBe(404);
  expect((await post('apply', { file })).json.faults).toEqual([]);
  expect((await server.call('GET', '/v1/apps/new', { token: admin })).status).toBe(200);
  expect((await post('plan', { file })).json.changes.filter(isChange)).toEqual([]);
  const exported = await server.call('GET', '/v1/workspace/export', { token: admin });
  expect(exported.text).not.toContain('pass-maeda-1');
  const again = await post('plan', { file: parse(exported.text) });
  expect(again.json.faults).toEqual([]);
  expect(again.json.changes.filter(isChange)).toEqual([]);
  const pruned = await post('apply', { file: parse(exported.text), prune: true });
  expect(pruned.json.changes.filter(isChange)).toEqual([]);
});

function isChange({ action }: { action: string }): boolean {
  return action !== 'same' && action !== 'keep';
}

test('contract §3: a workspace with mistakes is refused as a whole, each mistake with its pointer', async () => {
  const file = {
    renkei: 1,
    surprise: 1,
    users: [{ id: 'new', nmae: 'x' }],
    apps: [{ id: 80, name: 'x', fields: [{ id: 101, name: 'a', type: 'txt' }] }],
  };
  const { json } = await server.call('POST', '/v1/workspace/apply', { token: admin, body: { file } });
  expect(json.changes).toEqual([]);
  const pointers = json.faults.map(({ pointer }: { pointer: string }) => pointer);
  expect(pointers).toEqual(expect.arrayContaining(['/surprise', '/users/0/nmae', '/apps/0/fields/0/type']));
  expect((await server.call('GET', '/v1/apps/80', { token: admin })).status).toBe(404);
});

test('only administrators handle the workspace', async () => {
  const body = { file: { renkei: 1 } };
  for (const path of ['apply', 'plan']) {
    expect((await server.call('POST', `/v1/workspace/${path}`, { token: maeda, body })).status).toBe(403);
  }
  expect((await server.call('GET', '/v1/workspace/export', { token: maeda })).status).toBe(403);
});
