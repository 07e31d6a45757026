import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminPassword, type NativeServer, openNative, workspace } from './open-native.ts';

let server: NativeServer;
beforeAll(async () => {
  server = await openNative(workspace);
});
afterAll(() => server.close());

const credentials = { username: 'maeda', password: 'pass-maeda-1' };

test('contract §5: POST /v1/sessions gives a pair of tokens and their life', async () => {
  const { status, json } = await server.call('POST', '/v1/sessions', { body: credentials });
  expect(status).toBe(201);
  expect(json).toEqual({
    access_token: expect.any(String),
    refresh_token: expect.any(String),
    expires_in: 3600,
  });
  const me = await server.call('GET', '/v1/me', { token: json.access_token });
  expect(me.json).toEqual({ id: 'maeda', number: 15, name: '前田隆', roles: ['designer'] });
});

test('contract §5: a user may hold many sessions; signing out ends this one only', async () => {
  const one = await server.signIn('maeda', 'pass-maeda-1');
  const two = await server.signIn('maeda', 'pass-maeda-1');
  expect((await server.call('DELETE', '/v1/sessions/current', { token: one })).status).toBe(204);
  expect((await server.call('GET', '/v1/me', { token: one })).status).toBe(401);
  expect((await server.call('DELETE', '/v1/sessions/current', { token: one })).status).toBe(401);
  expect((await server.call('GET', '/v1/me', { token: two })).status).toBe(200);
});

test('contract §5: a refresh token gives a new pair, and signing out ends it too', async () => {
  const first = (await server.call('POST', '/v1/sessions', { body: credentials })).json;
  const refresh = (refresh_token: string) =>
    server.call('POST', '/v1/sessions/refresh', { body: { refresh_token } });
  const second = await refresh(first.refresh_token);
  expect(second.status).toBe(200);
  expect(second.json.refresh_token).not.toBe(first.refresh_token);
  expect((await server.call('GET', '/v1/me', { token: second.json.access_token })).status).toBe(200);
  await server.call('DELETE', '/v1/sessions/current', { token: second.json.access_token });
  const after = await refresh(second.json.refresh_token);
  expect(after.status).toBe(401);
  expect(after.headers.get('content-type')).toMatch(/^application\/problem\+json/);
});

test('an access token is no refresh token, nor the other way round', async () => {
  const { access_token, refresh_token } = (await server.call('POST', '/v1/sessions', { body: credentials }))
    .json;
  const refreshed = await server.call('POST', '/v1/sessions/refresh', {
    body: { refresh_token: access_token },
  });
  expect(refreshed.status).toBe(401);
  expect((await server.call('GET', '/v1/me', { token: refresh_token })).status).toBe(401);
});

test('wrong passwords and unknown users get the same answer', async () => {
  const wrong = await server.call('POST', '/v1/sessions', { body: { ...credentials, password: 'no' } });
  const unknown = await server.call('POST', '/v1/sessions', {
    body: { username: "x' OR 1=1", password: 'no' },
  });
  expect([wrong.status, unknown.status]).toEqual([401, 401]);
  expect(wrong.json.detail).toBe(unknown.json.detail);
  expect(wrong.headers.get('www-authenticate')).toContain('Bearer');
});

test('contract §5: an API key is shown once, works as a bearer token and can be revoked', async () => {
  const token = await server.signIn('maeda', 'pass-maeda-1');
  const made = await server.call('POST', '/v1/api-keys', { token, body: { name: '夜間バッチ' } });
  expect(made.status).toBe(201);
  expect(made.json).toEqual({ id: expect.any(String), key: expect.stringMatching(/^rk_/) });
  const { id, key } = made.json;
  expect((await server.call('GET', '/v1/me', { token: key })).json.id).toBe('maeda');
  const list = await server.call('GET', '/v1/api-keys', { token });
  expect(list.json.items).toContainEqual(expect.objectContaining({ id, name: '夜間バッチ' }));
  expect(list.text).not.toContain(key);
  expect((await server.call('DELETE', `/v1/api-keys/${id}`, { token })).status).toBe(204);
  expect((await server.call('GET', '/v1/me', { token: key })).status).toBe(401);
});

test('nobody revokes the key of somebody else, except an administrator', async () => {
  const maeda = await server.signIn('maeda', 'pass-maeda-1');
  const { id, key } = (await server.call('POST', '/v1/api-keys', { token: maeda, body: { name: 'k' } })).json;
  const sasaki = await server.signIn('sasaki', 'pass-sasaki-1');
  expect((await server.call('DELETE', `/v1/api-keys/${id}`, { token: sasaki })).status).toBe(404);
  expect((await server.call('GET', '/v1/me', { token: key })).status).toBe(200);
  const admin = await server.signIn('admin', adminPassword);
  expect((await server.call('DELETE', `/v1/api-keys/${id}`, { token: admin })).status).toBe(204);
  expect((await server.call('GET', '/v1/me', { token: key })).status).toBe(401);
});

test('RENKEI_ACCESS_TOKEN_TTL and RENKEI_REFRESH_TOKEN_TTL: tokens end when their life does', async () => {
  const short = await openNative(workspace, {
    RENKEI_ACCESS_TOKEN_TTL: 'PT3S',
    RENKEI_REFRESH_TOKEN_TTL: '4',
  });
  try {
    const { json } = await short.call('POST', '/v1/sessions', { body: credentials });
    expect(json.expires_in).toBe(3);
    expect((await short.call('GET', '/v1/me', { token: json.access_token })).status).toBe(200);
    await new Promise((done) => setTimeout(done, 4500));
    const late = await short.call('GET', '/v1/me', { token: json.access_token });
    expect(late.status).toBe(401);
    expect(late.json.title).toMatch(/expired/i);
    const { refresh_token } = json;
    const refreshed = await short.call('POST', '/v1/sessions/refresh', { body: { refresh_token } });
    expect(refreshed.status).toBe(401);
  } finally {
    await short.close();
  }
});
