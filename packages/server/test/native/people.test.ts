import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminPassword, type NativeServer, openNative } from './open-native.ts';

let server: NativeServer;
let admin: string;
let manager: string;
beforeAll(async () => {
  server = await openNative({
    groups: [{ id: 'it', number: 3, name: '情報システム部' }],
    users: [
      { id: 'manager', name: 'Manager', password: 'pass-manager-1', roles: ['userManager'] },
      { id: 'plain', name: 'Plain', password: 'pass-plain-1', accessKeys: ['key-plain-1'] },
    ],
  });
  admin = await server.signIn('admin', adminPassword);
  manager = await server.signIn('manager', 'pass-manager-1');
});
afterAll(() => server.close());

const call = (method: string, path: string, token: string, body?: unknown) =>
  server.call(method, path, { token, ...(body !== undefined && { body }) });
const attempt = (username: string, password: string) =>
  server.call('POST', '/v1/sessions', { body: { username, password } });

test('a user manager adds, changes and removes users and groups; the export has them', async () => {
  expect((await call('POST', '/v1/groups', manager, { id: 'sales', name: '営業' })).status).toBe(201);
  const entry = {
    id: 'nina',
    name: 'Nina "the %"',
    mail: 'nina@example.com',
    password: 'pass-nina-1',
    groups: ['sales'],
  };
  expect((await call('POST', '/v1/users', manager, entry)).status).toBe(201);
  expect((await call('POST', '/v1/users', manager, entry)).status).toBe(409);
  const token = await server.signIn('nina', 'pass-nina-1');
  expect((await call('PATCH', '/v1/users/nina', manager, { name: 'Nina' })).status).toBe(200);
  const { items } = (await call('GET', '/v1/users?q=nina', manager)).json;
  expect(items).toEqual([
    expect.objectContaining({ id: 'nina', name: 'Nina', mail: 'nina@example.com', deactivated: false }),
  ]);
  expect((await call('GET', '/v1/me', token)).status).toBe(200);
  expect((await call('PATCH', '/v1/groups/sales', manager, { name: '営業部' })).status).toBe(200);
  const exported = await call('GET', '/v1/workspace/export', admin);
  expect(exported.text).toMatch(/営業部/);
  expect(exported.text).toMatch(/id: nina/);
  expect((await call('DELETE', '/v1/groups/sales', manager)).status).toBe(204);
  expect((await call('DELETE', '/v1/users/nina', manager)).status).toBe(204);
  expect((await call('GET', '/v1/me', token)).status).toBe(401);
  expect((await attempt('nina', 'pass-nina-1')).status).toBe(401);
  for (const path of ['/v1/users/nina', '/v1/groups/sales']) {
    expect((await call('DELETE', path, manager)).status).toBe(404);
  }
});

test('many users added at once get numbers of their own', async () => {
  const names = Array.from({ length: 8 }, (_, n) => `many-${n}`);
  const made = await Promise.all(names.map((id) => call('POST', '/v1/users', admin, { id })));
  expect(made.map(({ status }) => status)).toEqual(names.map(() => 201));
  const { items } = (await call('GET', '/v1/users?q=many-', admin)).json;
  expect(new Set(items.map(({ number }: { number: number }) => number)).size).toBe(names.length);
});

test.each([
  ['/v1/users', { id: 'a:b' }, '/id'],
  ['/v1/users', { id: 'x', mail: 'no' }, '/mail'],
  ['/v1/users', { id: 'x', groups: ['nowhere'] }, '/groups/0'],
  ['/v1/users', { id: 'x', roles: ['king'] }, '/roles/0'],
  ['/v1/users', { id: 'x', password: { file: '/etc/passwd' } }, '/password'],
  ['/v1/users', { id: 'x', colour: 'blue' }, ''],
  ['/v1/groups', { name: 'x' }, ''],
])('a wrong entry is refused at its place: %s %j', async (path, body, pointer) => {
  const { status, json } = await call('POST', path, admin, body);
  expect(status).toBe(422);
  expect(json.errors[0].pointer).toContain(pointer);
});

test('a user manager cannot make or change administrators, a plain user nobody', async () => {
  expect((await call('POST', '/v1/users', manager, { id: 'boss', roles: ['admin'] })).status).toBe(403);
  expect((await call('PATCH', '/v1/users/plain', manager, { roles: ['admin'] })).status).toBe(403);
  expect((await call('PATCH', '/v1/users/admin', manager, { password: 'taken-over-1' })).status).toBe(403);
  expect((await call('DELETE', '/v1/users/admin', manager)).status).toBe(409);
  const plain = await server.signIn('plain', 'pass-plain-1');
  expect((await call('PATCH', '/v1/users/plain', plain, { roles: ['admin'] })).status).toBe(403);
  expect((await call('POST', '/v1/groups', plain, { id: 'mine' })).status).toBe(403);
  expect((await call('PATCH', '/v1/users/admin', admin, { deactivated: true })).status).toBe(409);
});

test('who is deactivated cannot come in by any way; activated again he has what he had', async () => {
  const session = await server.signIn('plain', 'pass-plain-1');
  const { key } = (await call('POST', '/v1/api-keys', session, { name: 'program' })).json;
  const ssm = await server.call('POST', '/auth/login', {
    body: { username: 'plain', password: 'pass-plain-1' },
  });
  expect(ssm.status).toBe(200);
  const appsuite = () =>
    fetch(`${server.url}/cgi-bin/dneo/appsr.cgi`, {
      method: 'POST',
      headers: { 'x-desknets-auth': 'key-plain-1' },
      body: new URLSearchParams({ action: 'list_data', app_id: '1' }),
    });
  const before = (await appsuite()).status;
  expect((await call('PATCH', '/v1/users/plain', manager, { deactivated: true })).status).toBe(200);
  for (const token of [session, key]) expect((await call('GET', '/v1/me', token)).status).toBe(401);
  expect((await attempt('plain', 'pass-plain-1')).status).toBe(401);
  const again = await server.call('POST', '/auth/login', {
    body: { username: 'plain', password: 'pass-plain-1' },
  });
  expect(again.status).toBe(401);
  const types = await server.call('GET', '/api/process_types', { token: ssm.json.access_token });
  expect(types.status).toBe(401);
  expect((await appsuite()).status).toBe(403);
  expect((await call('GET', '/v1/workspace/export', admin)).text).toContain('deactivated: true');
  // a workspace file that does not say so lets nobody in again
  const file = { renkei: 1, users: [{ id: 'plain', name: 'Plain', password: 'pass-plain-1' }] };
  await call('POST', '/v1/workspace/apply', admin, { file });
  expect((await attempt('plain', 'pass-plain-1')).status).toBe(401);

  expect((await call('PATCH', '/v1/users/plain', manager, { deactivated: false })).status).toBe(200);
  expect((await attempt('plain', 'pass-plain-1')).status).toBe(201);
  expect((await call('GET', '/v1/me', key)).status).toBe(200);
  expect((await appsuite()).status).toBe(before);
});

test('one changes his own password, knowing the present one; only this session goes on', async () => {
  const other = await server.signIn('plain', 'pass-plain-1');
  const token = await server.signIn('plain', 'pass-plain-1');
  const change = (current: string, password: string) =>
    call('POST', '/v1/me/password', token, { current, password });
  const wrong = await change('not-this-one', 'pass-plain-2');
  expect([wrong.status, wrong.json.errors[0].pointer]).toEqual([422, '/current']);
  expect((await change('pass-plain-1', 'short')).status).toBe(422);
  expect((await change('pass-plain-1', 'pass-plain-2')).status).toBe(204);
  expect((await call('GET', '/v1/me', token)).status).toBe(200);
  expect((await call('GET', '/v1/me', other)).status).toBe(401);
  expect((await attempt('plain', 'pass-plain-1')).status).toBe(401);
  expect((await attempt('plain', 'pass-plain-2')).status).toBe(201);
});

test('sessions, keys and tokens are listed without secrets, and ended one by one or all', async () => {
  await call('PATCH', '/v1/users/plain', admin, { password: 'pass-plain-3' });
  const one = await server.signIn('plain', 'pass-plain-3');
  const two = await server.signIn('plain', 'pass-plain-3');
  const own = await call('GET', '/v1/credentials/session', one);
  expect(own.json.items).toHaveLength(2);
  expect(own.json.items.filter(({ current }: { current: boolean }) => current)).toHaveLength(1);
  const { id } = own.json.items.find(({ current }: { current: boolean }) => !current);
  // pages do not overlap
  const first = (await call('GET', '/v1/credentials/session?limit=1', one)).json;
  const second = (
    await call('GET', `/v1/credentials/session?limit=1&cursor=${encodeURIComponent(first.next)}`, one)
  ).json;
  expect(new Set([first.items[0].id, second.items[0].id]).size).toBe(2);
  expect(second.next).toBeNull();

  expect((await call('GET', '/v1/credentials/session?user=admin', one)).status).toBe(403);
  const foreign = (await call('GET', '/v1/credentials/session?user=admin', admin)).json.items[0];
  expect((await call('DELETE', `/v1/credentials/session/${foreign.id}`, one)).status).toBe(404);
  expect((await call('DELETE', `/v1/credentials/session/${id}`, one)).status).toBe(204);
  expect((await call('GET', '/v1/me', two)).status).toBe(401);
  expect((await call('DELETE', `/v1/credentials/session/${id}`, one)).status).toBe(404);

  const made = await call('POST', '/v1/users/plain/access-keys', one);
  expect(made.status).toBe(201);
  const keys = await call('GET', '/v1/credentials/accessKey?user=plain', admin);
  expect(keys.json.items.map(({ name }: { name: string | null }) => name).sort()).toEqual(
    [null, 'workspace'].sort(),
  );
  expect(keys.text).not.toContain(made.json.key);
  expect((await call('DELETE', `/v1/credentials/accessKey/${made.json.id}`, admin)).status).toBe(204);

  await call('POST', '/v1/api-keys', one, { name: 'k1' });
  expect((await call('DELETE', '/v1/credentials/apiKey?user=plain', admin)).json.ended).toBeGreaterThan(0);
  expect((await call('GET', '/v1/credentials/apiKey?user=plain', admin)).json.items).toEqual([]);
  const ssm = await server.call('POST', '/auth/login', {
    body: { username: 'plain', password: 'pass-plain-3' },
  });
  expect((await call('GET', '/v1/credentials/ssm', one)).json.items).toHaveLength(1);
  expect((await call('DELETE', '/v1/credentials/ssm?user=plain', one)).json).toEqual({ ended: 1 });
  const types = await server.call('GET', '/api/process_types', { token: ssm.json.access_token });
  expect(types.status).toBe(401);
  expect((await call('GET', '/v1/credentials/fusionPlace', admin)).json).toEqual({ items: [], next: null });
  expect((await call('GET', '/v1/credentials/nothing', admin)).status).toBe(422);
});
