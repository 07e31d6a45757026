import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openShop, type Shop } from '../catalog/offers.ts';
import { soapCall } from './soap-call.ts';

let shop: Shop;
let site: Server;
let base: string;
let seen: { request: IncomingMessage; body: string }[] = [];

beforeAll(async () => {
  shop = await openShop();
  site = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ request, body });
    const { pathname } = new URL(request.url ?? '', 'http://x');
    if (pathname === '/app/page') {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.write(`<html><a href="/app/x?y=1">日本語</a><a hr`);
      response.end(`ef='${base}/z'><img src="rel.png"><a href="https://other.example/app/x">`);
    } else if (pathname === '/app/moved') {
      response
        .writeHead(302, {
          location: `${base}/there?a=b`,
          'set-cookie': ['a=1; Path=/app; Domain=x', 'b=2; Path=/; HttpOnly', 'renkei_access=evil; Path=/'],
        })
        .end();
    } else if (pathname === '/app/cookies') {
      const all = [
        'a=1',
        'b=2; Path=nowhere',
        'c=3; Path=/app; Path=/',
        '=renkei_access=evil',
        ' renkei_x=1',
      ];
      response.setHeader('set-cookie', all);
      response.setHeader('clear-site-data', '"cookies"');
      response.end();
    } else if (pathname === '/app/broken') {
      response.write('the beginning', () => response.destroy());
    } else if (pathname === '/app/endless') {
      const timer = setInterval(() => response.write('more '), 5);
      response.once('close', () => clearInterval(timer));
    } else if (pathname === '/app/big') {
      response.setHeader('content-length', 3_000_000);
      response.end(Buffer.alloc(3_000_000, 1));
    } else {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ path: request.url, method: request.method, body }));
    }
  });
  site.on('upgrade', (request, socket) => {
    seen.push({ request, body: '' });
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    socket.pipe(socket);
  });
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(site.address() as AddressInfo).port}/app`;
});
afterAll(async () => {
  site.closeAllConnections();
  site.close();
  await shop.close();
});
beforeEach(() => {
  seen = [];
});

const open = async (path: string, user = 'member', init: RequestInit = {}) =>
  fetch(shop.opened.url + path, {
    redirect: 'manual',
    ...init,
    headers: {
      authorization: `Bearer ${await shop.opened.tokenOf(user)}`,
      ...(init.headers as Record<string, string>),
    },
  });
const hexOf = (key: number) => `/opt/${key.toString(16)}`;
const session = (name: string, body: string, user?: string) =>
  soapCall(shop.opened, 'SessionService', name, body, user);
const ids = (key: number, sessionId: string) =>
  `<subscriptionKey>${key}</subscriptionKey><sessionId>${sessionId}</sessionId>`;
const resolve = (key: number, sessionId: string, token: string) =>
  session('resolveUserToken', `${ids(key, sessionId)}<userToken>${token}</userToken>`);
const eventsOf = async (key: number) =>
  (
    await shop.opened.test.database.rows<{ event_id: string }>({
      name: 'events',
      text: 'SELECT event_id FROM catalog.events WHERE subscription = $1 ORDER BY id',
      values: [key],
    })
  ).map(({ event_id: id }) => id);

test('oscm §7 case 17, §4.3: the way in, by a token that works once', async () => {
  const service = await shop.offer({ baseUrl: `${base}/`, loginPath: '/token?x=1' }, '', {
    parameters: { CONCURRENT_USER: { value: '1' } },
  });
  const { key, body, path } = await shop.subscribe(service, {
    users: [{ user: 'member' }, { user: 'customer' }],
  });
  const first = await open(`${hexOf(key)}/`);
  expect(first.status).toBe(302);
  const address = new URL(first.headers.get('location') ?? '');
  expect(address.origin + address.pathname).toBe(`${base}/token`);
  const query = Object.fromEntries(address.searchParams);
  expect(query).toMatchObject({
    x: '1',
    subKey: String(key),
    instanceId: body.instance.instanceId,
    language: 'en',
    saasId: `${key.toString(16)}_${query.bssId}`,
  });
  expect(query.usertoken).toMatch(/^[A-Za-z0-9]{40}$/);
  const { bssId = '', usertoken = '' } = query;
  expect((await resolve(key, bssId, 'x'.repeat(40))).returns).toEqual([]);
  expect((await resolve(key + 1, bssId, usertoken)).returns).toEqual([]);
  expect((await resolve(key, 'other', usertoken)).returns).toEqual([]);
  expect((await resolve(key, bssId, usertoken)).returns).toEqual(['member']);
  expect((await resolve(key, bssId, usertoken)).returns).toEqual([]);
  const again = await open(hexOf(key));
  expect(again.headers.get('location')).toBe(`${base}/`);
  const full = await open(hexOf(key), 'customer');
  expect([full.status, await full.text()]).toEqual([409, expect.stringContaining('CONCURRENT_USER')]);
  expect((await open(hexOf(key), 'stranger')).status).toBe(403);
  expect((await fetch(shop.opened.url + hexOf(key))).status).toBe(401);
  expect((await open('/opt/ffffff')).status).toBe(404);
  expect((await open('/opt/xyz')).status).toBe(404);
  expect((await shop.opened.call('DELETE', path, undefined, 'customer')).status).toBe(409);
  const out = await session('deleteServiceSession', ids(key, bssId));
  expect(out.returns[0]).toBe(
    `${shop.opened.url}/marketplace/logoutPage.jsf?subscriptionKey=${key.toString(16)}`,
  );
  const bye = await fetch(out.returns[0] ?? '', { redirect: 'manual' });
  expect([bye.status, bye.headers.get('location')]).toEqual([302, '/']);
  expect(await eventsOf(key)).toEqual(['USER_LOGIN_TO_SERVICE', 'USER_LOGOUT_FROM_SERVICE']);
  const unresolved = await open(hexOf(key), 'customer');
  const other = new URL(unresolved.headers.get('location') ?? '').searchParams.get('bssId') ?? '';
  await session('deleteServiceSession', ids(key, other));
  expect(await eventsOf(key)).toHaveLength(2);
  await shop.opened.call('PUT', `${path}/payment`, { valid: false }, 'seller');
  expect((await open(hexOf(key))).status).toBe(409);
  await open(hexOf(key));
  await shop.opened.call('PUT', `${path}/payment`, { valid: true }, 'seller');
  await open(hexOf(key));
  expect((await shop.opened.call('DELETE', path, undefined, 'seller')).status).toBe(204);
});

const platform = { accessType: 'PLATFORM', loginPath: '/token' };

test('oscm §4.4: PLATFORM signs in by POST, then passes everything on', async () => {
  const service = await shop.offer({ ...platform, baseUrl: base }, '', {}, true);
  const { key, body } = await shop.subscribe(service, { users: [{ user: 'member' }] });
  const prefix = hexOf(key);
  const entered = await open(`${prefix}/`);
  expect((await entered.json()) as object).toMatchObject({ path: '/app/token', method: 'POST' });
  const sent = new URLSearchParams(seen[0]?.body);
  expect(sent.get('subKey')).toBe(String(key));
  expect(sent.get('instanceId')).toBe(body.instance.instanceId);
  expect((await resolve(key, sent.get('bssId') ?? '', sent.get('usertoken') ?? '')).returns).toEqual([
    'member',
  ]);

  seen = [];
  const posted = await open(`${prefix}/form?a=b%20c`, 'member', {
    method: 'POST',
    body: 'hello',
    headers: {
      cookie: 'renkei_access=secret; own=1; renkei_refresh=secret',
      'content-type': 'text/plain',
      'x-own': 'y',
    },
  });
  expect(await posted.json()).toEqual({ path: '/app/form?a=b%20c', method: 'POST', body: 'hello' });
  const { headers } = seen[0]!.request;
  expect(headers).toMatchObject({
    cookie: 'own=1',
    'x-own': 'y',
    'x-forwarded-prefix': prefix,
    host: new URL(base).host,
  });
  expect(headers.authorization).toBeUndefined();

  const page = await (await open(`${prefix}/page`)).text();
  expect(page).toBe(
    `<html><a href="${prefix}/x?y=1">日本語</a><a href='${prefix}/z'><img src="rel.png"><a href="https://other.example/app/x">`,
  );
  const moved = await open(`${prefix}/moved`);
  expect(moved.headers.get('location')).toBe(`${prefix}/there?a=b`);
  expect(moved.headers.getSetCookie()).toEqual([`a=1; Path=${prefix}`, `b=2; Path=${prefix}/; HttpOnly`]);
  expect((await (await open(`${prefix}/big`)).arrayBuffer()).byteLength).toBe(3_000_000);
  expect((await open(`${prefix}/%2e%2e/secret`)).status).toBe(404);
  expect((await open(`${prefix}/page`, 'customer')).status).toBe(403);
});

test('oscm §4.4: PROXY passes on without provisioning, WebSockets too', async () => {
  const service = await shop.offer(
    { accessType: 'PROXY', provisioningUrl: undefined, loginPath: undefined, baseUrl: base },
    '',
    {},
    true,
  );
  shop.application.requests.length = 0;
  const { key } = await shop.subscribe(service, { users: [{ user: 'member' }] });
  expect(shop.application.requests).toEqual([]);
  expect(await (await open(`${hexOf(key)}/any`)).json()).toMatchObject({ path: '/app/any' });

  const { port } = new URL(shop.opened.url);
  const socket = connect(Number(port), '127.0.0.1');
  const token = await shop.opened.tokenOf('member');
  socket.write(
    `GET ${hexOf(key)}/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  let received = '';
  await new Promise<void>((done) => {
    socket.on('data', (chunk) => {
      received += chunk;
      if (received.endsWith('\r\n\r\n')) socket.write('ping');
      if (received.endsWith('ping')) done();
    });
  });
  expect(received).toMatch(/^HTTP\/1\.1 101/);
  expect(seen.at(-1)?.request.url).toBe('/app/ws');
  expect(seen.at(-1)?.request.headers.authorization).toBeUndefined();
  socket.destroy();
});

const proxied = { accessType: 'PROXY', provisioningUrl: undefined, loginPath: undefined };

test("oscm §4.4: an application's cookies stay below its prefix, whatever it says of their path", async () => {
  const service = await shop.offer({ ...proxied, baseUrl: base }, '', {}, true);
  const { key } = await shop.subscribe(service, { users: [{ user: 'member' }] });
  const { headers } = await open(`${hexOf(key)}/cookies`);
  const own = `Path=${hexOf(key)}/`;
  expect(headers.getSetCookie()).toEqual([`a=1; ${own}`, `b=2; ${own}`, `c=3; Path=${hexOf(key)}; ${own}`]);
  expect(headers.get('clear-site-data')).toBeNull();
});

test("oscm §4.4: neither the platform's cookies nor its tokens reach the application, on any way in", async () => {
  const token = await shop.opened.tokenOf('member');
  const { port } = new URL(shop.opened.url);
  for (const attributes of [proxied, { accessType: 'PLATFORM', loginPath: '/token' }]) {
    const service = await shop.offer({ ...attributes, baseUrl: base }, '', {}, true);
    const { key } = await shop.subscribe(service, { users: [{ user: 'member' }] });
    const cookie = `own=1; renkei_access=${token}; renkei_refresh=${token}r`;
    const byCookie = (path: string, more: Record<string, string> = {}) =>
      fetch(`${shop.opened.url}${hexOf(key)}${path}`, {
        headers: { cookie, 'x-renkei-console': '1', ...more },
      });
    seen = [];
    for (const path of ['/', '/any?a=1']) expect((await byCookie(path)).status).toBe(200);
    // his own sign-in at the application is his business
    const basic = 'Basic bWVtYmVyOm93bg==';
    expect((await byCookie('/any', { authorization: basic })).status).toBe(200);
    expect(seen.at(-1)?.request.headers.authorization).toBe(basic);
    expect((await open(`${hexOf(key)}/any`)).status).toBe(200);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `GET ${hexOf(key)}/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nCookie: ${cookie}\r\n\r\n`,
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 101/);
    socket.destroy();
    expect(seen).toHaveLength(5);
    for (const { request, body } of seen) {
      const all = `${request.url}\n${request.rawHeaders.join('\n')}\n${body}`;
      expect(all).not.toContain(token);
      expect(all).not.toMatch(/renkei_/);
    }
    expect(seen[1]?.request.headers.cookie).toBe('own=1');
  }
});

test('oscm §4.4: an answer that breaks off breaks off here, a client that leaves stops the application', async () => {
  const service = await shop.offer({ ...proxied, baseUrl: base }, '', {}, true);
  const { key } = await shop.subscribe(service, { users: [{ user: 'member' }] });
  const broken = await open(`${hexOf(key)}/broken`);
  expect(broken.status).toBe(200);
  await expect(broken.text()).rejects.toThrow();
  const stop = new AbortController();
  const endless = await open(`${hexOf(key)}/endless`, 'member', { signal: stop.signal });
  await endless.body?.getReader().read();
  const gone = once(seen.at(-1)!.request.socket, 'close');
  stop.abort();
  await gone;
  expect((await open(`${hexOf(key)}/any`)).status).toBe(200);
});

test('contract §7: an unreachable application is a 502, an address that is not allowed is not reached', async () => {
  const dead = await shop.offer({ ...proxied, baseUrl: 'http://127.0.0.1:9/' }, '', {}, true);
  const guarded = await shop.offer({ ...proxied, baseUrl: 'http://10.0.0.1/' }, '', {}, true);
  for (const [service, status] of [
    [dead, 502],
    [guarded, 502],
  ] as const) {
    const { key } = await shop.subscribe(service, { users: [{ user: 'member' }] });
    expect((await open(`${hexOf(key)}/x`)).status).toBe(status);
  }
});
