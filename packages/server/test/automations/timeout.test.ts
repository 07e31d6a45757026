import { afterAll, beforeAll, expect, test } from 'vitest';
import { bihin, client, users } from '../appsuite/client.ts';
import { type Served, serve } from '../appsuite/serve.ts';
import { receiver } from './receiver.ts';

let served: Served;
let target: Awaited<ReturnType<typeof receiver>>;

beforeAll(async () => {
  target = await receiver(() => 'hang');
  served = await serve();
  const automations = [{ title: 'hang', webhook: { url: target.url } }];
  await served.apply({ users, apps: [{ ...bihin, automations }] });
});
afterAll(async () => {
  await target.close();
  await served.close();
});

test('appsuite §1.4: no response for 30 seconds is an error, once, and saves do not wait for it', async () => {
  const api = client(served.url);
  const started = Date.now();
  await api.insert(59, { 備品名: 'x' });
  expect(Date.now() - started).toBeLessThan(5000);
  const errors = async () =>
    (
      (await served.native('/v1/apps/59/error-log')).body as {
        items: { at: string; status: null; message: string }[];
      }
    ).items;
  while ((await errors()).length === 0 && Date.now() - started < 45_000) {
    await new Promise((done) => setTimeout(done, 500));
  }
  const [entry, ...more] = await errors();
  expect(more).toEqual([]);
  const seconds = (Date.parse(entry!.at) - started) / 1000;
  expect(seconds).toBeGreaterThan(29);
  expect(seconds).toBeLessThan(40);
  expect(entry).toMatchObject({ status: null, message: expect.stringContaining('30000') });
  expect(target.received).toHaveLength(1);
}, 60_000);
