import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { startServer } from '../../src/main.ts';
import { createLog } from '../../src/platform/log/log.ts';
import { adminPassword, type NativeServer, openNative } from './open-native.ts';

let server: NativeServer;
let admin: string;
let sasaki: string;

const workspace = {
  users: [{ id: 'sasaki', name: '佐々木光', password: 'pass-sasaki-1' }],
  apps: [
    { id: 59, name: '備品', fields: [{ id: 101, name: '備品名', type: 'text' }] },
    {
      id: 60,
      name: '秘密',
      fields: [{ id: 101, name: '名', type: 'text' }],
      access: [{ subject: 'user:admin', allow: ['view', 'add', 'administer'] }],
    },
  ],
};

beforeAll(async () => {
  server = await openNative(workspace);
  admin = await server.signIn('admin', adminPassword);
  sasaki = await server.signIn('sasaki', 'pass-sasaki-1');
});
afterAll(() => server?.close());

type Stream = { response: Response; topics: string[]; changes: number; ended: Promise<void>; close(): void };

/** Opens the stream, reads what comes, and resolves once it is ready. */
async function follow(headers: Record<string, string>, url = server.url): Promise<Stream> {
  const abort = new AbortController();
  const response = await fetch(`${url}/v1/events`, { headers, signal: abort.signal });
  const stream: Stream = {
    response,
    topics: [],
    changes: 0,
    ended: Promise.resolve(),
    close: () => abort.abort(),
  };
  if (response.status !== 200) return stream;
  let ready: (() => void) | undefined;
  const isReady = new Promise<void>((done) => {
    ready = done;
  });
  stream.ended = (async () => {
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        if (block.includes('event: ready')) ready?.();
        const told = /^event: changed\ndata: (.*)$/.exec(block);
        if (!told) continue;
        stream.changes += 1;
        stream.topics.push(...JSON.parse(told[1]!).topics);
      }
    }
  })().catch(() => undefined);
  await isReady;
  return stream;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const addRecord = (app: number, name: string) =>
  server.call('POST', `/v1/apps/${app}/records`, { token: admin, body: { fields: { [name]: 'x' } } });

test('a saved record is told to those who may see its app, and only to them', async () => {
  const [all, some] = [await follow(bearer(admin)), await follow(bearer(sasaki))];
  expect(all.response.headers.get('content-type')).toBe('text/event-stream');
  expect((await addRecord(60, '名')).status).toBe(201);
  await expect.poll(() => all.topics).toContain('records:60');
  expect((await addRecord(59, '備品名')).status).toBe(201);
  await expect.poll(() => some.topics).toContain('records:59');
  await expect.poll(() => all.topics).toContain('access-log');
  expect(some.topics).not.toContain('records:60');
  expect(some.topics).not.toContain('access-log');
  all.close();
  some.close();
});

test('rights that are given while somebody listens count at once', async () => {
  const some = await follow(bearer(sasaki));
  const rule = { subject: 'everyone', allow: ['view', 'add'] };
  const open = { ...workspace.apps[1], id: 61, name: '公開', access: [rule] };
  const file = { renkei: 1, apps: [open] };
  await server.call('POST', '/v1/workspace/apply', { token: admin, body: { file } });
  await expect.poll(() => some.topics).toContain('workspace');
  await addRecord(61, '名');
  await expect.poll(() => some.topics).toContain('records:61');
  some.close();
});

test('many changes are told a few times a second', async () => {
  const stream = await follow(bearer(admin));
  const until = Date.now() + 1500;
  let saved = 0;
  while (Date.now() < until) {
    await addRecord(59, '備品名');
    saved += 1;
  }
  await new Promise((done) => setTimeout(done, 400));
  expect(saved).toBeGreaterThan(15);
  expect(stream.changes).toBeGreaterThan(1);
  expect(stream.changes).toBeLessThanOrEqual(9);
  stream.close();
});

test("the console's cookie opens it, nothing does not", async () => {
  expect((await follow({})).response.status).toBe(401);
  const signedIn = await server.call('POST', '/v1/sessions', {
    body: { username: 'sasaki', password: 'pass-sasaki-1' },
    headers: { 'x-renkei-console': '1' },
  });
  const cookie = signedIn.headers.getSetCookie().map((one) => one.split(';')[0]);
  expect((await follow({ cookie: cookie.join('; ') })).response.status).toBe(200);
});

test('a user holds a bounded number of streams, and leaving gives one back', async () => {
  const streams: Stream[] = [];
  for (;;) {
    const stream = await follow(bearer(sasaki));
    if (stream.response.status !== 200) {
      expect(stream.response.status).toBe(429);
      expect(stream.response.headers.get('content-type')).toContain('application/problem+json');
      break;
    }
    streams.push(stream);
    expect(streams.length).toBeLessThanOrEqual(30);
  }
  expect((await follow(bearer(admin))).response.status).toBe(200); // others are not concerned
  for (const { close } of streams) close();
  await expect.poll(async () => (await follow(bearer(sasaki))).response.status).toBe(200);
});

test('streams end when the server stops, which does not wait for them', async () => {
  const other = await openNative();
  const token = await other.signIn('admin', adminPassword);
  const stream = await follow(bearer(token), other.url);
  const started = Date.now();
  await other.close();
  await stream.ended;
  expect(Date.now() - started).toBeLessThan(15_000);
});

test('what another process on the database saves is told here', async () => {
  const environment = {
    RENKEI_DATA_DIR: server.dataDir,
    RENKEI_DATABASE_URL: server.test.url,
    RENKEI_PORT: '0',
  };
  const other = await startServer(readSettings(environment), createLog('silent'));
  const stream = await follow(bearer(admin));
  const saved = await fetch(`${other.urls[0]}/v1/apps/59/records`, {
    method: 'POST',
    headers: { ...bearer(admin), 'content-type': 'application/json' },
    body: JSON.stringify({ fields: { 備品名: '向こう' } }),
  });
  expect(saved.status).toBe(201);
  await expect.poll(() => stream.topics).toContain('records:59');
  stream.close();
  await other.stop();
});

test('a stream is no slow request', async () => {
  const text = (await server.call('GET', '/metrics', {})).text;
  expect(text).toContain('route="/v1/apps/:app/records"');
  expect(text).not.toContain('route="/v1/events"');
});
