import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, type Shop } from '../catalog/offers.ts';
import { soapCall } from './soap-call.ts';

let shop: Shop;
let pages: Server;
let base: string;
let platform: string;
let login: string;
beforeAll(async () => {
  shop = await openShop();
  pages = createServer((_, response) => response.end('welcome'));
  await new Promise<void>((done) => pages.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  const way = { baseUrl: base, loginPath: '/token' };
  platform = await shop.offer({ ...way, accessType: 'PLATFORM' }, '', {}, true);
  login = await shop.offer({ ...way, accessType: 'LOGIN' }, '', {}, true);
});
afterAll(async () => {
  pages.close();
  await shop.close();
});

/** A portal session of its own: what a sign-in at the console is. */
async function signIn(user: string) {
  const answer = await shop.opened.identity.sessions.signIn(
    { username: user, password: `pass-${user}` },
    { via: 'native', locale: 'en', requestId: 'test' },
    { access: 3600, refresh: 3600 },
  );
  const token = answer.access_token;
  const { id } = await shop.opened.identity.sessions.ofAccessToken(token);
  return { token, id };
}
const enter = (key: number, token: string) =>
  fetch(`${shop.opened.url}/opt/${key.toString(16)}/`, {
    redirect: 'manual',
    headers: { authorization: `Bearer ${token}` },
  });
const session = (name: string, body: string, user?: string) =>
  soapCall(shop.opened, 'SessionService', name, body, user);
const count = async (key: number) =>
  Number(
    (await session('getNumberOfServiceSessions', `<subscriptionKey>${key}</subscriptionKey>`)).returns[0],
  );
const subscribed = async (service: string) =>
  (await shop.subscribe(service, { id: randomUUID(), users: [{ user: 'member' }] })).key;

test('oscm §4.3 step 8: a portal session that ends takes its service sessions along, but those of LOGIN', async () => {
  const [proxied, direct] = [await subscribed(platform), await subscribed(login)];
  const [mine, elsewhere] = [await signIn('member'), await signIn('member')];
  for (const key of [proxied, direct]) await enter(key, mine.token);
  await enter(proxied, elsewhere.token);
  expect([await count(proxied), await count(direct)]).toEqual([2, 1]);
  await shop.opened.identity.sessions.signOut(mine.token, { via: 'native', locale: 'en', requestId: 'test' });
  expect([await count(proxied), await count(direct)]).toEqual([1, 1]);
  // one that expires says nothing: the clock finds it
  await shop.opened.catalog.tick();
  expect(await count(proxied)).toBe(1);
  await shop.opened.test.database.run({
    name: 'expire',
    text: 'UPDATE identity.sessions SET expires_at = now() WHERE id = $1',
    values: [elsewhere.id],
  });
  await shop.opened.catalog.tick();
  expect([await count(proxied), await count(direct)]).toEqual([0, 1]);
});

test('oscm §4.3: a logout is recorded for the sessions that ended with the portal, where a login was', async () => {
  const key = await subscribed(platform);
  const { token, id } = await signIn('member');
  const opened = await shop.opened.catalog.openSession(
    await shop.opened.identity.authenticateBearer(token, { via: 'native', locale: 'en', requestId: 'test' }),
    key,
    id,
  );
  const ids = `<subscriptionKey>${key}</subscriptionKey><sessionId>${id}</sessionId>`;
  await session('resolveUserToken', `${ids}<userToken>${opened.token}</userToken>`);
  await shop.opened.identity.sessions.signOut(token, { via: 'native', locale: 'en', requestId: 'test' });
  const events = await shop.opened.test.database.rows<{ event_id: string }>({
    name: 'events',
    text: 'SELECT event_id FROM catalog.events WHERE subscription = $1 ORDER BY id',
    values: [key],
  });
  expect(events.map((event) => event.event_id)).toEqual([
    'USER_LOGIN_TO_SERVICE',
    'USER_LOGOUT_FROM_SERVICE',
  ]);
});

test('oscm §4.3: createServiceSession and its sessions of another portal: createPlatformSession, deletePlatformSession', async () => {
  const [proxied, direct] = [await subscribed(platform), await subscribed(login)];
  const platformSession = (name: string, id: string, user = 'member') =>
    session(`${name}PlatformSession`, `<sessionId>${id}</sessionId>`, user);
  expect((await platformSession('create', 'portal-1')).outcome).toBe('ok');
  expect((await platformSession('create', 'portal-1')).outcome).toBe('ok');
  const open = (key: number) =>
    session(
      'createServiceSession',
      `<subscriptionKey>${key}</subscriptionKey><sessionId>portal-1</sessionId><userToken>own-${key}</userToken>`,
      'member',
    );
  for (const key of [proxied, direct]) expect((await open(key)).outcome).toBe('ok');
  const resolved = await session(
    'resolveUserToken',
    `<subscriptionKey>${proxied}</subscriptionKey><sessionId>portal-1</sessionId><userToken>own-${proxied}</userToken>`,
  );
  expect(resolved.returns).toEqual(['member']);
  const keys = await session('getSubscriptionKeysForSessionId', '<sessionId>portal-1</sessionId>');
  expect(keys.returns).toEqual([String(proxied), String(direct)]);
  // the clock leaves sessions of other portals alone
  await shop.opened.catalog.tick();
  expect([await count(proxied), await count(direct)]).toEqual([1, 1]);
  // somebody else's session of that name is not his
  expect((await platformSession('delete', 'portal-1', 'customer')).returns).toEqual(['0']);
  expect((await platformSession('delete', 'portal-1')).returns).toEqual(['1']);
  expect([await count(proxied), await count(direct)]).toEqual([0, 1]);
  expect((await platformSession('delete', 'portal-1')).returns).toEqual(['0']);
  expect((await platformSession('create', 'x'.repeat(256))).outcome).toBe('ValidationException LENGTH');
  expect((await platformSession('create', ' ')).outcome).toBe('ValidationException REQUIRED');
});

test('oscm §4.3: nobody resolves tokens of a service that is not his, nor without the role', async () => {
  const key = await subscribed(login);
  const resolve = (user: string, of = key) =>
    session(
      'resolveUserToken',
      `<subscriptionKey>${of}</subscriptionKey><sessionId>s</sessionId><userToken>t</userToken>`,
      user,
    );
  expect((await resolve('rival')).outcome).toMatch('OrganizationAuthoritiesException');
  expect((await resolve('customer')).outcome).toMatch('OperationNotPermittedException');
  expect((await resolve('provider', 999_999)).returns).toEqual([]);
});
