import { afterAll, beforeAll, expect, test } from 'vitest';
import { bihin, client, users } from './client.ts';
import { type Served, serve } from './serve.ts';

let served: Served;

beforeAll(async () => {
  served = await serve();
  await served.apply({ users, apps: [bihin] });
});
afterAll(() => served.close());

const put = (path: string, body: object, user = 'maeda') =>
  served.native(path, {
    user,
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function status(key: string): Promise<string> {
  const { address } = client(served.url);
  const answer = await fetch(`${address}?action=list_apps&access_key=${key}`);
  return `${answer.status}${answer.status === 403 ? await answer.text() : ''}`;
}

test('appsuite §3.5: the policy for all goes before the user’s own, and lists of addresses narrow it', async () => {
  await put('/v1/users/sasaki/access-keys', { allowed: false });
  expect([await status('key-maeda-1'), await status('key-sasaki-1')]).toEqual(['200', '403']);
  await put('/v1/users/sasaki/access-keys', { allowed: true });
  expect(await status('key-sasaki-1')).toBe('200');

  expect((await put('/v1/access-key-policy', { usage: 'disallow', addresses: [] })).status).toBe(200);
  expect(await status('key-sasaki-1')).toBe('403');
  await put('/v1/access-key-policy', { usage: 'allowListed', addresses: ['192.0.2.0/24'] });
  expect(await status('key-sasaki-1')).toBe('403');
  await put('/v1/access-key-policy', { usage: 'allowListed', addresses: ['127.0.0.0/8'] });
  expect(await status('key-sasaki-1')).toBe('200');
  await put('/v1/access-key-policy', { usage: 'denyListed', addresses: ['127.0.0.1'] });
  expect(await status('key-sasaki-1')).toBe('403');
  await put('/v1/access-key-policy', { usage: 'allow', addresses: [] });
  expect(await status('key-sasaki-1')).toBe('200');
});

test('appsuite §3.5: only administrators set policies', async () => {
  expect((await put('/v1/access-key-policy', { usage: 'allow', addresses: [] }, 'sasaki')).status).toBe(403);
  expect((await put('/v1/users/maeda/access-keys', { allowed: false }, 'sasaki')).status).toBe(403);
  expect((await put('/v1/users/nobody/access-keys', { allowed: false })).status).toBe(404);
  expect((await put('/v1/access-key-policy', { usage: 'allow', addresses: ['x'] })).status).toBe(422);
});
