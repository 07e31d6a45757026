import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { bihin, client, users } from '../appsuite/client.ts';
import { type Served, serve } from '../appsuite/serve.ts';
import { type Received, type Reply, receiver } from './receiver.ts';

let served: Served;
let api: ReturnType<typeof client>;
let target: Awaited<ReturnType<typeof receiver>>;
let answers = new Map<string, (request: Received) => Reply>();

beforeAll(async () => {
  target = await receiver((request) => answers.get(request.path)?.(request) ?? {});
  served = await serve();
  await served.apply({
    users,
    settings: { accessUrls: { internal: 'https://192.168.1.1/cgi-bin/dneo/' } },
    apps: [{ ...bihin, automations: [hook('備品情報変更', { accessToken: 'so84TkMOI470' })] }],
  });
  api = client(served.url);
});
afterEach(() => {
  answers = new Map();
  target.received.length = 0;
});
afterAll(async () => {
  await target.close(); // first: what hangs there would hold up the sender for 30 s
  await served.close();
});

const hook = (title: string, webhook: object = {}, more: object = {}) => ({
  title,
  webhook: { url: `${target.url}/${encodeURIComponent(title)}`, ...webhook },
  ...more,
});

/** An app of its own with these automations. */
let apps = 100;
async function app(...automations: object[]): Promise<number> {
  apps += 1;
  await served.apply({ apps: [{ ...bihin, id: apps, alias: `app${apps}`, automations }] });
  return apps;
}

const native = (...given: Parameters<Served['native']>) => served.native(...given);

async function errorLog(id: number, count: number) {
  for (let tries = 0; ; tries++) {
    const { body } = await native(`/v1/apps/${id}/error-log`);
    const { items } = body as { items: Record<string, unknown>[] };
    if (items.length >= count || tries > 200) return items;
    await new Promise((done) => setTimeout(done, 25));
  }
}

async function settled(id: number) {
  for (;;) {
    const rows = await served.database.rows({
      name: '',
      text: `SELECT 1 FROM automations.deliveries WHERE app = ${id} AND state IN ('pending', 'running')`,
      values: [],
    });
    if (rows.length === 0) return;
    await new Promise((done) => setTimeout(done, 20));
  }
}

test('appsuite §1.1, §1.2: one POST per record with the nine keys in order, values as in get_data', async () => {
  const { data_id } = await api.insert(59, { 備品名: 'キーボード', 出庫数: '2' });
  const [added] = await target.wait(1);
  expect(added!.headers['content-type']).toBe('application/json');
  expect(Object.keys(added!.body)).toEqual([
    'app_id',
    'data_id',
    'data',
    'type',
    'app_name',
    'action_name',
    'access_token',
    'url',
    'external_url',
  ]);
  expect(added!.body).toEqual({
    app_id: '59',
    data_id,
    data: await api.record(59, data_id),
    type: 'added',
    app_name: '備品アプリ',
    action_name: '備品情報変更',
    access_token: 'so84TkMOI470',
    url: `https://192.168.1.1/cgi-bin/dneo/appsuite.exe?cmd=cdbbrowse&app_id=59#view_id=4&id=${data_id}`,
    external_url: '',
  });
  await api.update(59, data_id, { 出庫数: '3' });
  const [, updated] = await target.wait(2);
  expect(updated!.body).toMatchObject({
    type: 'updated',
    data: { revision: { val: '2' }, 出庫数: { val: '3' } },
  });
  await settled(59);
  expect(target.received).toHaveLength(2);
});

test('appsuite §1.2: without an access token its value is empty', async () => {
  const id = await app(hook('plain'));
  await api.insert(id, { 備品名: 'a' });
  const [request] = await target.wait(1);
  expect(request!.body.access_token).toBe('');
});

test('appsuite §1.4: only a 200 without result ng is a success', async () => {
  const reply = (name: string, given: Reply) => {
    answers.set(`/${name}`, () => given);
    return hook(name);
  };
  const id = await app(
    reply('empty', {}),
    reply('ok', { body: '{"result":"ok"}' }),
    reply('text', { body: 'ng' }),
    reply('s201', { status: 201 }),
    reply('s204', { status: 204 }),
    reply('s302', { status: 302, headers: { location: target.url } }),
    reply('s500', { status: 500, body: '{"result":"ng","error_message":"not this"}' }),
    reply('ng', { body: '{"result":"ng","error_message":"更新データのステータスが不正  "}' }),
    reply('ngNul', { body: '{"result":"ng","error_message":"a\\u0000b\\ud800"}' }),
  );
  await api.insert(id, { 備品名: 'x' });
  const log = await errorLog(id, 6);
  await settled(id);
  const seen = Object.fromEntries(log.map((item) => [item.automation, [item.status, item.message]]));
  expect(seen).toEqual({
    s201: [201, expect.stringContaining('201')],
    s204: [204, expect.stringContaining('204')],
    s302: [302, expect.stringContaining('302')],
    s500: [500, expect.stringContaining('500')],
    ng: [200, '更新データのステータスが不正  '],
    ngNul: [200, 'a\uFFFDb\uFFFD'],
  });
  expect(log[0]).toEqual({
    id: expect.any(Number),
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    automation: expect.any(String),
    record: 1,
    operation: 'added',
    status: expect.any(Number),
    message: expect.any(String),
  });
  expect(await errorLog(id, 6)).toHaveLength(6);
});

test('appsuite §1.4: a closed port and an address that is not permitted are errors; the record stays', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  const id = await app(
    hook('closed', { url: `http://127.0.0.1:${port}/` }),
    hook('inner', { url: 'http://169.254.169.254/latest' }),
  );
  const { data_id } = await api.insert(id, { 備品名: 'x' });
  const log = await errorLog(id, 2);
  expect(log.map(({ automation, status }) => [automation, status]).sort()).toEqual([
    ['closed', null],
    ['inner', null],
  ]);
  expect(await api.record(id, data_id)).toMatchObject({ 備品名: { val: 'x' } });
});

test('appsuite §1.5: auto_action=off runs nothing, other values are refused', async () => {
  const id = await app(hook('loop'));
  const { data_id } = await api.insert(id, { 備品名: 'a' }, { auto_action: 'off' });
  await api.update(id, data_id, { 備品名: 'b' }, { auto_action: 'off' });
  expect(await api.update(id, data_id, { 備品名: 'c' }, { auto_action: 'maybe' })).toMatchObject({
    status: 'ng',
  });
  await api.update(id, data_id, { 備品名: 'd' }, { auto_action: 'on' });
  await target.wait(1);
  await settled(id);
  expect(target.received.map(({ body }) => body.type)).toEqual(['updated']);
});

test('contract §7: triggers, watched fields and nested conditions decide on the record after the change', async () => {
  const id = await app(
    hook('onAdd', {}, { on: ['added'] }),
    hook('watchOut', {}, { on: ['updated'], watch: ['出庫数'] }),
    hook(
      'many',
      {},
      {
        when: {
          all: [
            {
              any: [
                { field: '出庫数', op: '>=', value: 5 },
                { field: '備品名', op: '=', value: 'vip' },
              ],
            },
            { field: '出庫数', op: 'isNotEmpty' },
          ],
        },
      },
    ),
    hook('off', {}, { enabled: false }),
    hook('mine', {}, { when: { field: '登録者', op: '=', value: '$loginUser' } }),
    hook('sasaki', {}, { when: { field: '登録者', op: '=', value: 'sasaki' } }),
  );
  const calls = async (save: Promise<unknown>) => {
    target.received.length = 0;
    expect(await save).toMatchObject({ status: 'ok' });
    await settled(id);
    return target.received.map(({ body }) => body.action_name).sort();
  };
  expect(await calls(api.insert(id, { 備品名: 'a', 出庫数: '2' }))).toEqual(['mine', 'onAdd']);
  expect(await calls(api.update(id, 1, { 備品名: 'b', 出庫数: '2.0' }))).toEqual(['mine']);
  expect(await calls(api.update(id, 1, { 出庫数: '5' }))).toEqual(['many', 'mine', 'watchOut']);
  expect(await calls(api.update(id, 1, { 備品名: 'vip', 出庫数: '' }))).toEqual(['mine', 'watchOut']);
  const sasaki = client(served.url, 'key-sasaki-1');
  expect(await calls(sasaki.insert(id, { 備品名: 'c' }))).toEqual(['mine', 'onAdd', 'sasaki']);
});

test('appsuite §1.5: disabling the automation stops it at once', async () => {
  const id = await app(hook('stop'));
  await api.insert(id, { 備品名: 'a' });
  await target.wait(1);
  await served.apply({
    apps: [
      { id, name: bihin.name, fields: bihin.fields, automations: [hook('stop', {}, { enabled: false })] },
    ],
  });
  await api.insert(id, { 備品名: 'b' });
  await settled(id);
  expect(target.received).toHaveLength(1);
});

test('appsuite §1.4 case 18: a receiver that hangs delays nobody else, not even on the same host', async () => {
  answers.set('/hang', () => 'hang');
  const id = await app(hook('hang'), hook('swift'));
  for (let n = 0; n < 100; n++) await api.insert(id, { 備品名: `n${n}` });
  const swift = await target.wait(100, '/swift', 5000);
  expect(swift).toHaveLength(100);
  await served.apply({
    apps: [
      { id, name: bihin.name, fields: bihin.fields, automations: [hook('hang', {}, { enabled: false })] },
    ],
  });
});

test('contract §7: the delivery list names what was sent, and a replay sends the same payload again', async () => {
  const id = await app(hook('again', { accessToken: 'secret-1' }));
  answers.set('/again', () => ({ body: '{"result":"ng","error_message":"later"}' }));
  await api.insert(id, { 備品名: 'r' });
  const [first] = await target.wait(1);
  await errorLog(id, 1);
  answers.clear();
  const { body } = await native(`/v1/deliveries?app=${id}&state=failed`);
  const [item] = (body as { items: { id: number }[] }).items;
  expect(item).toMatchObject({ app: id, automation: 'again', operation: 'added', state: 'failed' });
  expect((await native(`/v1/deliveries/${item!.id}/replay`, { method: 'POST' })).status).toBe(202);
  const [, second] = await target.wait(2);
  expect(second!.text).toBe(first!.text);
  await settled(id);
  const one = await native(`/v1/deliveries/${item!.id}`);
  expect(one.body).toMatchObject({
    state: 'done',
    attempts: [{ status: 200 }, { status: 200, error: 'later' }],
  });
  expect(JSON.stringify(one.body)).not.toContain('secret-1');
});

test('contract §3: retries try again, a signing secret adds Standard Webhooks headers', async () => {
  let count = 0;
  answers.set('/retry', () => ({ status: ++count === 1 ? 503 : 200 }));
  const id = await app(hook('retry', { retries: 1, signingSecret: 'whsec_c2VjcmV0' }));
  await api.insert(id, { 備品名: 's' });
  const [first, second] = await target.wait(2);
  expect(first!.headers['webhook-id']).toBe(second!.headers['webhook-id']);
  expect(first!.headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
  await settled(id);
  expect(await errorLog(id, 0)).toEqual([]);
});

test('contract §5: who does not administer an app sees neither its error log nor its deliveries', async () => {
  const get = (path: string) => native(path, { user: 'sasaki' });
  expect((await get('/v1/apps/59/error-log')).status).toBe(403);
  expect((await get('/v1/deliveries')).body).toEqual({ items: [], next: null });
  expect((await get('/v1/deliveries/1')).status).toBe(404);
  expect((await get('/v1/apps/nothing/error-log')).status).toBe(404);
});
