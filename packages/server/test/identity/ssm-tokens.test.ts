import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/platform/database/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { apply, how, lives, type OpenIdentity, openIdentity, outcome, staff } from './open-identity.ts';

let db: TestDatabase;
let other: Database;
/** Two server processes on one database. */
let here: OpenIdentity;
let there: OpenIdentity;
const maeda = { username: 'maeda', password: 'pass-maeda-1' };
const sasaki = { username: 'sasaki', password: 'pass-sasaki-1' };

beforeAll(async () => {
  db = await createTestDatabase();
  other = db.connect();
  here = await openIdentity(db.database);
  there = await openIdentity(other);
});
beforeEach(async () => {
  await apply(db.database, here, staff);
  here.entries.length = 0;
});
afterAll(async () => {
  await other.close();
  await db.drop();
});

const use = (token: string, identity = here) => outcome(identity.ssm.authenticate(token, how('ssm')));
const login = (request = maeda, identity = here) => identity.ssm.login(request, how('ssm'), lives);
const payload = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());

test('ssm §2.4 L1: the claims of both tokens', async () => {
  const { access_token, refresh_token } = await login();
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4/;
  const access = payload(access_token);
  expect(access).toMatchObject({
    identity: 'maeda',
    type: 'access',
    fresh: true,
    jti: expect.stringMatching(uuid),
  });
  expect(access.exp - access.iat).toBe(3600);
  expect(access.nbf).toBe(access.iat);
  const refresh = payload(refresh_token);
  expect(refresh).toMatchObject({ identity: 'maeda', type: 'refresh', jti: expect.stringMatching(uuid) });
  expect(refresh).not.toHaveProperty('fresh');
  expect(refresh.exp - refresh.iat).toBe(lives.refresh);
});

test('the caller has the name, groups and roles of the user and the way he came', async () => {
  const { access_token } = await login();
  const caller = await here.ssm.authenticate(access_token, how('ssm'));
  expect(caller).toMatchObject({ user: 15, login: 'maeda', name: '前田隆', groups: [3], via: 'ssm' });
  expect([...caller.roles]).toEqual(['admin']);
});

test('ssm §1.6 fact 29: a login revokes the access token before it, at once and in every process', async () => {
  const first = await login();
  expect(await use(first.access_token, there)).toBe('ok');
  const second = await login(maeda, there);
  expect(await use(first.access_token, here)).toBe('identity.revokedToken');
  expect(await use(first.access_token, there)).toBe('identity.revokedToken');
  expect(await use(second.access_token, here)).toBe('ok');
});

test('ssm §1.6 fact 29: a refresh revokes the access token before it; the refresh token stays usable', async () => {
  const { access_token, refresh_token } = await login();
  const once = await here.ssm.refresh(refresh_token, how('ssm'), lives);
  expect(await use(access_token)).toBe('identity.revokedToken');
  const twice = await there.ssm.refresh(refresh_token, how('ssm'), lives);
  expect(await use(once.access_token)).toBe('identity.revokedToken');
  expect(await use(twice.access_token)).toBe('ok');
});

test('a refresh token from before the latest login is refused, and revokes nothing', async () => {
  const first = await login();
  const second = await login();
  expect(await outcome(here.ssm.refresh(first.refresh_token, how('ssm'), lives))).toBe(
    'identity.revokedToken',
  );
  expect(await use(second.access_token)).toBe('ok');
});

test('ssm §4 case 6: the tokens of two users do not touch each other', async () => {
  const one = await login(maeda);
  const two = await login(sasaki);
  expect([await use(one.access_token), await use(two.access_token)]).toEqual(['ok', 'ok']);
});

test('300 logins at once all succeed and leave exactly one live access token', async () => {
  const tokens = await Promise.all(
    Array.from({ length: 300 }, (_, n) => login(maeda, n % 2 === 0 ? here : there)),
  );
  const outcomes = await Promise.all(tokens.map(({ access_token }) => use(access_token)));
  expect(outcomes.filter((each) => each === 'ok')).toHaveLength(1);
  const refreshed = await Promise.all(
    tokens.map(({ refresh_token }) => outcome(here.ssm.refresh(refresh_token, how('ssm'), lives))),
  );
  expect(refreshed.filter((each) => each === 'ok')).toHaveLength(1);
});

test('logins and refreshes at once leave exactly one live access token', async () => {
  const { refresh_token } = await login();
  const made = await Promise.all(
    Array.from({ length: 40 }, async (_, n) =>
      n === 20
        ? (await login()).access_token
        : here.ssm.refresh(refresh_token, how('ssm'), lives).then(
            (answer) => answer.access_token,
            () => undefined,
          ),
    ),
  );
  const outcomes = await Promise.all(made.filter((token) => token !== undefined).map((token) => use(token)));
  expect(outcomes.filter((each) => each === 'ok')).toHaveLength(1);
});

test('logout ends both tokens', async () => {
  const { access_token, refresh_token } = await login();
  await there.ssm.logout(access_token, how('ssm'));
  expect(await use(access_token)).toBe('identity.revokedToken');
  expect(await outcome(here.ssm.refresh(refresh_token, how('ssm'), lives))).toBe('identity.revokedToken');
  expect(await outcome(here.ssm.logout(access_token, how('ssm')))).toBe('identity.revokedToken');
});

test('a failed login gives no token, revokes nothing, and goes into the access log', async () => {
  const { access_token } = await login();
  here.entries.length = 0;
  expect(await outcome(login({ ...maeda, password: 'wrong' }))).toBe('identity.wrongPassword');
  expect(await outcome(login({ username: 'nobody', password: 'x' }))).toBe('identity.wrongPassword');
  expect(await outcome(login({ username: 'nul\0', password: 'x' }))).toBe('identity.wrongPassword');
  expect(await use(access_token)).toBe('ok');
  const refused = {
    dialect: 'ssm',
    operation: 'login',
    address: '192.0.2.7',
    outcome: 'identity.wrongPassword',
  };
  expect(here.entries).toEqual([
    { ...refused, user: 15 },
    { ...refused, user: undefined },
    { ...refused, user: undefined },
  ]);
});

test('every token event goes into the access log', async () => {
  const { access_token, refresh_token } = await login();
  const renewed = await here.ssm.refresh(refresh_token, how('ssm'), lives);
  await here.ssm.logout(renewed.access_token, how('ssm'));
  expect(access_token).not.toBe(renewed.access_token);
  expect(here.entries.map(({ operation, user, outcome }) => [operation, user, outcome])).toEqual([
    ['login', 15, 'ok'],
    ['refresh', 15, 'ok'],
    ['logout', 15, 'ok'],
  ]);
});

test('ssm §1.3 fact 16: only users of basic authentication get tokens, and they lose both with the method', async () => {
  expect(await outcome(login({ username: 'saml', password: 'pass-saml-1' }))).toBe(
    'identity.wrongAuthMethod',
  );
  const { access_token, refresh_token } = await login(sasaki);
  const changed = { id: 'sasaki', number: 16, name: '佐々木', authMethod: 'ldap' };
  await apply(db.database, here, { users: [changed] });
  expect(await use(access_token, there)).toBe('identity.revokedToken');
  expect(await outcome(there.ssm.refresh(refresh_token, how('ssm'), lives))).toBe('identity.revokedToken');
  await apply(db.database, here, { users: [{ ...changed, authMethod: 'basic' }] });
  expect(await use(access_token)).toBe('identity.revokedToken');
  expect(await outcome(here.ssm.refresh(refresh_token, how('ssm'), lives))).toBe('identity.revokedToken');
});

test.each([
  ['login', 'ok'],
  ['deny', 'identity.passwordExpired'],
  ['change', 'identity.passwordExpired'],
] as const)(
  'ssm §1.6 fact 30: an expired password with "%s" is %s, for each kind of user by itself',
  async (rule, expected) => {
    const users = (staff.users as { id: string }[]).map((user) => ({ ...user, passwordExpired: true }));
    await apply(db.database, here, { users });
    const opposite = rule === 'login' ? 'deny' : 'login';
    const expectedOpposite = rule === 'login' ? 'identity.passwordExpired' : 'ok';
    here.passwordExpiry = { serviceDesk: rule, endUser: opposite };
    expect([await outcome(login(maeda)), await outcome(login(sasaki))]).toEqual([expected, expectedOpposite]);
    here.passwordExpiry = { serviceDesk: opposite, endUser: rule };
    expect([await outcome(login(maeda)), await outcome(login(sasaki))]).toEqual([expectedOpposite, expected]);
  },
);

test('ssm §2.4 L3: each kind of unusable token has its own code, signature first, then expiry, then kind', async () => {
  const { access_token, refresh_token } = await login();
  const [head, body, signature] = access_token.split('.') as [string, string, string];
  const forged = Buffer.from(JSON.stringify({ ...payload(access_token), identity: 'sasaki' })).toString(
    'base64url',
  );
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  const expired = await login(sasaki).then(() =>
    here.ssm.login(sasaki, how('ssm'), { access: 0, refresh: 0 }),
  );
  const cases: [string | undefined, string][] = [
    [undefined, 'missingToken'],
    ['', 'missingToken'],
    ['not-a-token', 'malformedToken'],
    ['a.b.c', 'malformedToken'],
    ['x'.repeat(100_000), 'malformedToken'],
    [`${head}.${forged}.${signature}`, 'badSignature'],
    [`${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`, 'badSignature'],
    [`${none}.${body}.`, 'badSignature'],
    [`${none}.${body}.${signature}`, 'badSignature'],
    [expired.access_token, 'expiredToken'],
    [refresh_token, 'wrongTokenType'],
  ];
  for (const [token, code] of cases) {
    expect(await outcome(here.ssm.authenticate(token, how('ssm'))), String(token).slice(0, 60)).toBe(
      `identity.${code}`,
    );
  }
  expect(await outcome(here.ssm.refresh(access_token, how('ssm'), lives))).toBe('identity.wrongTokenType');
  expect(await outcome(here.ssm.refresh(expired.refresh_token, how('ssm'), lives))).toBe(
    'identity.expiredToken',
  );
});

test('a native token is no SSM token, nor the other way round', async () => {
  const native = await here.sessions.signIn(maeda, how(), lives);
  const { access_token } = await login();
  expect(await use(native.access_token)).toBe('identity.badSignature');
  expect(await outcome(here.authenticateBearer(access_token, how()))).toBe('identity.badSignature');
});

test('tokens and revocations survive a restart', async () => {
  const old = await login();
  const live = await login();
  const later = await openIdentity(db.database);
  expect([await use(old.access_token, later), await use(live.access_token, later)]).toEqual([
    'identity.revokedToken',
    'ok',
  ]);
  expect(await outcome(later.ssm.refresh(live.refresh_token, how('ssm'), lives))).toBe('ok');
});

test('ssm §1.3 fact 14: a delegated check decides alone; without a clear answer the login fails as ours', async () => {
  const asked: string[] = [];
  const ask = (answer: 'yes' | 'no' | Error, request = maeda) =>
    outcome(
      here.ssm.login(request, how('ssm'), lives, async (username, password) => {
        asked.push(`${username}:${password}`);
        if (answer instanceof Error) throw answer;
        return answer;
      }),
    );
  expect(await ask('yes', { username: 'maeda', password: 'known only there' })).toBe('ok');
  expect(await ask('no')).toBe('identity.wrongPassword');
  expect(await ask(new Error('connection refused'))).toBe('identity.passwordCheckFailed');
  expect(await ask('yes', { username: 'saml', password: 'x' })).toBe('identity.wrongAuthMethod');
  expect(asked).toEqual(['maeda:known only there', 'maeda:pass-maeda-1', 'maeda:pass-maeda-1', 'saml:x']);
  const unknown = { username: randomUUID(), password: 'x' };
  expect(await ask('yes', unknown)).toBe('identity.wrongPassword');
});

test('ended tokens are cleaned up, living ones stay', async () => {
  await here.ssm.login(sasaki, how('ssm'), { access: 0, refresh: 0 });
  const { access_token } = await login(maeda);
  await here.cleanUp();
  expect(await use(access_token)).toBe('ok');
  const left = await db.database.rows({
    name: 'left',
    text: 'SELECT user_number FROM identity.ssm_tokens',
    values: [],
  });
  expect(left).toEqual([{ user_number: 15 }]);
});
