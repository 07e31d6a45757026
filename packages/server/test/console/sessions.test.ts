import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminPassword, type RunningServer, startRenkei } from './start-server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startRenkei();
});
afterAll(() => server.stop());

const fromConsole = { 'x-renkei-console': '1', 'content-type': 'application/json' };

function post(path: string, headers: Record<string, string>, body: unknown = {}) {
  return fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Signs in as the console does; the cookies as a browser would send them. */
async function signIn() {
  const response = await post('/v1/sessions', fromConsole, { username: 'admin', password: adminPassword });
  return { response, body: await response.json(), cookie: cookieHeader(response) };
}

function cookieHeader(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

test('the console signs in with cookies that scripts cannot read; the body holds no token', async () => {
  const { response, body } = await signIn();
  expect([response.status, body]).toEqual([201, { expires_in: 3600 }]);
  const [access, entry, refresh] = response.headers.getSetCookie();
  expect(access).toMatch(/^renkei_access=eyJ[^;]+; Max-Age=3600; Path=\/v1; HttpOnly; SameSite=Strict$/);
  // for the ways into subscribed applications, which never get to see it
  expect(entry).toMatch(/^renkei_access=eyJ[^;]+; Max-Age=3600; Path=\/opt; HttpOnly; SameSite=Strict$/);
  expect(refresh).toMatch(
    /^renkei_refresh=[^;]+; Max-Age=2592000; Path=\/v1\/sessions; HttpOnly; SameSite=Strict$/,
  );
});

test('a program signs in as before: tokens in the body, no cookies', async () => {
  const response = await post(
    '/v1/sessions',
    { 'content-type': 'application/json' },
    { username: 'admin', password: adminPassword },
  );
  expect(response.status).toBe(201);
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(Object.keys((await response.json()) as object)).toEqual([
    'access_token',
    'refresh_token',
    'expires_in',
  ]);
});

test('a page of another site gets no cookies even with the header', async () => {
  const response = await post(
    '/v1/sessions',
    { ...fromConsole, 'sec-fetch-site': 'cross-site' },
    { username: 'admin', password: adminPassword },
  );
  expect(response.headers.getSetCookie()).toEqual([]);
});

test('the cookie stands for its user, unless an Authorization header speaks', async () => {
  const { cookie } = await signIn();
  const me = await fetch(`${server.url}/v1/me`, { headers: { cookie } });
  expect([me.status, await me.json()]).toEqual([200, expect.objectContaining({ id: 'admin' })]);
  const wrong = await fetch(`${server.url}/v1/me`, { headers: { cookie, authorization: 'Bearer wrong' } });
  expect(wrong.status).toBe(401);
});

test('CSRF: a change with the cookie alone is refused, and with a foreign origin too', async () => {
  const { cookie } = await signIn();
  const type = { 'content-type': 'application/json' };
  const key = { name: 'stolen' };
  for (const headers of [
    { ...type, cookie },
    { ...fromConsole, cookie, 'sec-fetch-site': 'cross-site' },
    { ...fromConsole, cookie, 'sec-fetch-site': 'same-site' },
  ]) {
    const response = await post('/v1/api-keys', headers, key);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ title: 'native.foreignPage' });
  }
  const keys = (await (await fetch(`${server.url}/v1/api-keys`, { headers: { cookie } })).json()) as {
    items: unknown[];
  };
  expect(keys.items).toEqual([]);
  const preflight = await fetch(`${server.url}/v1/api-keys`, {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  });
  expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  const allowed = await post(
    '/v1/api-keys',
    { ...fromConsole, cookie, 'sec-fetch-site': 'same-origin' },
    key,
  );
  expect(allowed.status).toBe(201);
});

test('the refresh cookie gives new cookies; without it the answer is 401', async () => {
  const { cookie } = await signIn();
  const renewed = await fetch(`${server.url}/v1/sessions/refresh`, {
    method: 'POST',
    headers: { 'x-renkei-console': '1', cookie },
  });
  expect([renewed.status, await renewed.json()]).toEqual([200, { expires_in: 3600 }]);
  const newer = cookieHeader(renewed);
  expect(newer).not.toBe(cookie);
  expect((await fetch(`${server.url}/v1/me`, { headers: { cookie: newer } })).status).toBe(200);
  const none = await fetch(`${server.url}/v1/sessions/refresh`, {
    method: 'POST',
    headers: { 'x-renkei-console': '1' },
  });
  expect(none.status).toBe(401);
  const program = await post('/v1/sessions/refresh', { 'content-type': 'application/json', cookie });
  expect(program.status).toBe(422);
});

test('signing out ends the session and clears the cookies', async () => {
  const { cookie } = await signIn();
  const out = await fetch(`${server.url}/v1/sessions/current`, {
    method: 'DELETE',
    headers: { 'x-renkei-console': '1', cookie },
  });
  expect(out.status).toBe(204);
  expect(out.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^renkei_access=; .*Path=\/v1;/),
    expect.stringMatching(/^renkei_access=; .*Path=\/opt;/),
    expect.stringMatching(/^renkei_refresh=; .*Path=\/v1\/sessions;/),
  ]);
  expect((await fetch(`${server.url}/v1/me`, { headers: { cookie } })).status).toBe(401);
});
