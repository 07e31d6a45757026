import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminPassword, type NativeServer, openNative } from '../native/open-native.ts';

let server: NativeServer;
let admin: string;

beforeAll(async () => {
  server = await openNative({
    users: [{ id: 'maeda', name: '前田隆', password: 'pass-maeda-1', accessKeys: ['key-maeda-1'] }],
    apps: [
      {
        id: 59,
        alias: 'bihin',
        name: '備品',
        process: { type: '01000001', idPattern: 'IC1--{yyMMdd}-{seq4}', states: ['受付', '完了'] },
        fields: [{ id: 101, name: '備品名', type: 'text' }],
      },
    ],
  });
  admin = await server.signIn('admin', adminPassword);
});
afterAll(() => server?.close());

const get = (path: string, token = admin) => server.call('GET', path, { token });

/** The newest request that fits, once it is written, with its detail. */
async function recorded(query: Record<string, string>) {
  const path = `/v1/traffic?${new URLSearchParams(query)}`;
  await expect.poll(async () => (await get(path)).json.items.length, { timeout: 5000 }).toBeGreaterThan(0);
  const [item] = (await get(path)).json.items;
  return { item, detail: (await get(`/v1/traffic/${item.id}`)).json };
}

test('a native request: who, what, how long, what came back', async () => {
  const body = { fields: { 備品名: 'モニター' } };
  const saved = await server.call('POST', '/v1/apps/59/records', {
    token: admin,
    body,
    headers: { 'x-request-id': 'native-1' },
  });
  expect(saved.status).toBe(201);
  const { item, detail } = await recorded({ requestId: 'native-1' });
  expect(item).toMatchObject({
    dialect: 'native',
    method: 'POST',
    path: '/v1/apps/59/records',
    status: 201,
    user: 'admin',
    requestId: 'native-1',
    address: '127.0.0.1',
    requestBytes: Buffer.byteLength(JSON.stringify(body)),
    responseBytes: Buffer.byteLength(saved.text),
  });
  expect(item.durationMs).toBeGreaterThan(0);
  expect(Date.now() - Date.parse(item.at)).toBeLessThan(10_000);
  expect(JSON.parse(detail.requestBody)).toEqual(body);
  expect(JSON.parse(detail.responseBody).fields.備品名).toBe('モニター');
  expect(detail.requestHeaders.authorization).toBe('Bearer ***');
  expect(detail.responseHeaders['content-type']).toContain('application/json');
});

test('every dialect is recorded, with its user', async () => {
  const id = (name: string) => ({ 'x-request-id': name });
  await fetch(`${server.url}/cgi-bin/dneo/appsr.cgi?access_key=key-maeda-1`, {
    method: 'POST',
    headers: { ...id('appsuite-1'), 'content-type': 'application/x-www-form-urlencoded' },
    body: 'action=list_data&app_id=59',
  });
  const basic = `Basic ${Buffer.from('maeda:pass-maeda-1').toString('base64')}`;
  await fetch(`${server.url}/SubscriptionService/BASIC`, {
    method: 'POST',
    headers: { ...id('oscm-1'), authorization: basic, 'content-type': 'text/xml' },
    body: '<a/>',
  });
  await fetch(`${server.url}/fusionplace/api/1.2/requests`, { method: 'POST', headers: id('fusion-1') });
  const login = await fetch(`${server.url}/auth/login`, {
    method: 'POST',
    headers: { ...id('ssm-login'), 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'maeda', password: 'pass-maeda-1' }),
  });
  const { access_token } = (await login.json()) as { access_token: string };
  await fetch(`${server.url}/api/process_types/01000001/processes`, {
    headers: { ...id('ssm-1'), authorization: `Bearer ${access_token}` },
  });

  const appsuite = await recorded({ requestId: 'appsuite-1' });
  expect(appsuite.item).toMatchObject({ dialect: 'appsuite', user: 'maeda', status: 200 });
  expect(appsuite.item.path).toBe('/cgi-bin/dneo/appsr.cgi?access_key=***');
  expect(appsuite.detail.requestBody).toBe('action=list_data&app_id=59');
  expect((await recorded({ requestId: 'oscm-1' })).item).toMatchObject({ dialect: 'oscm', user: 'maeda' });
  expect((await recorded({ requestId: 'fusion-1' })).item).toMatchObject({
    dialect: 'fusion_place',
    user: null,
    status: 401,
  });
  expect((await recorded({ requestId: 'ssm-1' })).item).toMatchObject({ dialect: 'ssm', user: 'maeda' });
  const { detail } = await recorded({ requestId: 'ssm-login' });
  expect(detail.requestBody).toContain('maeda');
  expect(JSON.stringify(detail)).not.toMatch(/pass-maeda-1|eyJ/);
});

test('filters: dialect, class of status, user, a part of the path, time; cursor', async () => {
  for (let n = 0; n < 3; n++) await get(`/v1/apps/59/records/99${n}`);
  await recorded({ path: '/records/992' });
  const list = async (query: string) => (await get(`/v1/traffic?${query}`)).json.items;
  expect(
    (await list('status=4xx&dialect=native&path=RECORDS/99')).map(({ path }: { path: string }) => path),
  ).toEqual(['/v1/apps/59/records/992', '/v1/apps/59/records/991', '/v1/apps/59/records/990']);
  expect(await list('status=2xx&path=records/99')).toEqual([]);
  expect((await list('status=errors&path=records/99')).length).toBe(3);
  expect(await list('user=nobody')).toEqual([]);
  expect(await list('path=%25')).toEqual([]); // no wildcards
  const future = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
  expect(await list(`from=${future}`)).toEqual([]);
  expect((await list(`to=${future}&user=admin`)).length).toBeGreaterThan(0);
  const first = (await get('/v1/traffic?path=records/99&limit=2')).json;
  const second = (await get(`/v1/traffic?path=records/99&limit=2&cursor=${first.next}`)).json;
  expect([first.items.length, second.items.length]).toEqual([2, 1]);
  expect((await get('/v1/traffic?cursor=x')).status).toBe(422);
  expect((await get('/v1/traffic?from=yesterday')).status).toBe(422);
  expect((await get('/v1/traffic/999999999')).status).toBe(404);
});

test('administrators only', async () => {
  const maeda = await server.signIn('maeda', 'pass-maeda-1');
  for (const path of ['/v1/traffic', '/v1/traffic/1', '/v1/traffic/series']) {
    expect((await get(path, maeda)).status).toBe(403);
    expect((await server.call('GET', path)).status).toBe(401);
  }
});

test('looking at the traffic and the health checks make none', async () => {
  await fetch(`${server.url}/healthz`);
  await get('/v1/traffic');
  await get('/v1/apps?last');
  await recorded({ path: '/v1/apps?last' });
  for (const path of ['/v1/traffic', 'healthz']) {
    expect((await get(`/v1/traffic?path=${path}`)).json.items).toEqual([]);
  }
});

test('requests and errors by dialect over time', async () => {
  await get('/v1/apps/59/records/12345');
  await recorded({ path: '/records/12345' });
  const { items, step } = (await get('/v1/traffic/series')).json;
  expect(step).toBe('minute');
  const native = items.filter(({ dialect }: { dialect: string }) => dialect === 'native');
  const sum = (key: string) =>
    native.reduce((all: number, one: Record<string, number>) => all + one[key]!, 0);
  expect(sum('requests')).toBeGreaterThan(5);
  expect(sum('errors')).toBeGreaterThan(0);
  expect(sum('errors')).toBeLessThan(sum('requests'));
  expect((await get('/v1/traffic/series?step=hour')).json.items.length).toBeGreaterThan(0);
  expect((await get('/v1/traffic/series?from=2001-01-01')).status).toBe(422);
});

test('a client that leaves is recorded without a status, a body that is cut off does no harm', async () => {
  const abort = new AbortController();
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode('{"fields":'));
      await sleep(100);
      abort.abort();
    },
  });
  await fetch(`${server.url}/v1/apps/59/records?left`, {
    method: 'POST',
    body,
    duplex: 'half',
    signal: abort.signal,
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
  } as RequestInit).catch(() => undefined);
  const { item, detail } = await recorded({ path: '?left' });
  expect([null, 400]).toContain(item.status);
  expect(detail.requestBody).toBe('{"fields":');
});

test('what is binary, compressed, or a workspace file is not kept', async () => {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(10_000)], { type: 'image/png' }), 'secret.png');
  await fetch(`${server.url}/v1/apps/59/files`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${admin}`, 'x-request-id': 'file-1' },
  });
  const { detail } = await recorded({ requestId: 'file-1' });
  expect(detail.requestBody).toBe('file=(file secret.png)');
  expect(detail.requestBytes).toBeGreaterThan(10_000);
  const applied = (await get('/v1/traffic?path=/v1/workspace/apply')).json.items[0];
  expect((await get(`/v1/traffic/${applied.id}`)).json.requestBody).toMatch(/^\(not kept/);
});

test('two requests with one id are nobody’s rather than the other’s', async () => {
  const headers = { 'x-request-id': 'same' };
  await Promise.all([
    server.call('GET', '/v1/apps/59/records', { token: admin, headers }),
    server.call('GET', '/v1/apps', { token: await server.signIn('maeda', 'pass-maeda-1'), headers }),
  ]);
  await recorded({ requestId: 'same' });
  const items = (await get('/v1/traffic?requestId=same')).json.items;
  for (const { path, user } of items) expect([path === '/v1/apps' ? 'maeda' : 'admin', null]).toContain(user);
});

test('a flood is counted wholly and kept in part', async () => {
  await get('/v1/apps?settled');
  await recorded({ path: '?settled' }); // what came before is counted
  const before = (await get('/v1/traffic/series')).json.items;
  const total = (items: { dialect: string; requests: number }[]) =>
    items.filter(({ dialect }) => dialect === 'native').reduce((sum, { requests }) => sum + requests, 0);
  const flood = 600;
  const dropped = async () =>
    Number(/renkei_traffic_dropped_total (\d+)/.exec((await server.call('GET', '/metrics')).text)![1]);
  const droppedBefore = await dropped();
  const started = Date.now();
  await Promise.all(Array.from({ length: flood }, () => get('/v1/apps?flood')));
  const elapsed = (Date.now() - started) / 1000;
  await expect
    .poll(async () => total((await get('/v1/traffic/series')).json.items), { timeout: 5000 })
    .toBe(total(before) + flood);
  const first = (await get('/v1/traffic?path=?flood&limit=500')).json;
  const rest =
    first.next === null
      ? []
      : (await get(`/v1/traffic?path=?flood&limit=500&cursor=${first.next}`)).json.items;
  const kept = first.items.length + rest.length;
  expect(kept).toBeGreaterThan(20);
  expect(kept).toBeLessThanOrEqual(100 * (1 + elapsed)); // 100 a second, and one second's at once
  expect((await dropped()) - droppedBefore).toBe(flood - kept);
});

test('RENKEI_TRAFFIC: headers keeps no bodies, off keeps nothing', async () => {
  for (const mode of ['headers', 'off']) {
    const other = await openNative(undefined, { RENKEI_TRAFFIC: mode });
    const token = await other.signIn('admin', adminPassword);
    await other.call('GET', '/v1/apps', { token });
    const list = async () => (await other.call('GET', '/v1/traffic', { token })).json.items;
    if (mode === 'headers') {
      await expect.poll(async () => (await list()).length).toBe(2);
      const detail = (await other.call('GET', `/v1/traffic/${(await list())[0].id}`, { token })).json;
      expect(detail).toMatchObject({ requestBody: null, responseBody: null });
      expect(detail.responseBytes).toBeGreaterThan(0);
    } else {
      await sleep(700);
      expect(await list()).toEqual([]);
    }
    await other.close();
  }
});
