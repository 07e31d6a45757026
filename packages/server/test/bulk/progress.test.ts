import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminPassword, type NativeServer, openNative } from '../native/open-native.ts';

let server: NativeServer;
let token: string;
beforeAll(async () => {
  server = await openNative({
    users: [{ id: 'sasaki', name: '佐々木', password: 'pass-sasaki-1' }],
    apps: [{ id: 59, name: '備品', fields: [{ id: 101, name: '備品名', type: 'text', required: true }] }],
  });
  token = await server.signIn('admin', adminPassword);
});
afterAll(() => server.close());

const heading = 'name\n';
const lines = (count: number) => 'monitor\n'.repeat(count);
const columns = encodeURIComponent(JSON.stringify({ name: '備品名' }));

/** An upload whose pieces are sent one by one. */
function upload(id: string, size: number): { out: ClientRequest; answer: Promise<unknown> } {
  const out = request(`${server.url}/v1/apps/59/import?id=${id}&columns=${columns}`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv', 'content-length': size, authorization: `Bearer ${token}` },
  });
  const answer = once(out, 'response').then(async ([response]) => {
    let text = '';
    for await (const chunk of response) text += chunk;
    return JSON.parse(text);
  });
  return { out, answer };
}

const progress = async (id: string) => (await server.call('GET', `/v1/imports/${id}`, { token })).json;

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (const end = Date.now() + 10_000; ; await wait(30)) {
    const value = await read();
    if (holds(value) || Date.now() > end) return value;
  }
}

test('an import with an id tells how far it is while it runs, and at its end', async () => {
  const id = crypto.randomUUID();
  const text = heading + lines(1200);
  const half = heading.length + 8 * 600;
  const { out, answer } = upload(id, text.length);
  out.write(text.slice(0, half));
  const running = await until(
    () => progress(id),
    ({ inserted }) => inserted > 0,
  );
  expect(running).toEqual({
    id,
    app: 59,
    state: 'running',
    size: text.length,
    bytes: half,
    inserted: 500,
    updated: 0,
    failed: 0,
  });
  out.end(text.slice(half));
  expect(await answer).toMatchObject({ inserted: 1200, failed: 0 });
  expect(await progress(id)).toMatchObject({ state: 'done', bytes: text.length, inserted: 1200 });
});

test('an import that is stopped keeps what it saved and looks at nothing further', async () => {
  const id = crypto.randomUUID();
  const text = heading + lines(20_000);
  const half = heading.length + 8 * 600;
  const { out, answer } = upload(id, text.length);
  out.write(text.slice(0, half));
  await until(
    () => progress(id),
    ({ inserted }) => inserted > 0,
  );
  expect((await server.call('DELETE', `/v1/imports/${id}`, { token })).status).toBe(204);
  await wait(250); // it looks every 200 ms
  out.end(text.slice(half));
  const report = (await answer) as { inserted: number; stopped: boolean };
  expect(report.stopped).toBe(true);
  expect(report.inserted).toBeLessThanOrEqual(1500);
  expect(await progress(id)).toMatchObject({ state: 'stopped', inserted: report.inserted });
});

test('a broken file ends as failed with what was saved before; others see nothing of it', async () => {
  const id = crypto.randomUUID();
  const text = `${heading}${lines(600)}"open`;
  const { out, answer } = upload(id, text.length);
  out.end(text);
  expect(await answer).toMatchObject({ status: 422, title: 'bulk.csv' });
  expect(await progress(id)).toMatchObject({ state: 'failed', inserted: 500 });
  const sasaki = await server.signIn('sasaki', 'pass-sasaki-1');
  for (const method of ['GET', 'DELETE']) {
    expect((await server.call(method, `/v1/imports/${id}`, { token: sasaki })).status).toBe(404);
  }
  const again = upload(id, heading.length);
  again.out.end(heading);
  expect(await again.answer).toMatchObject({ status: 409 });
  expect((await server.call('GET', '/v1/imports/x', { token })).status).toBe(422);
});
