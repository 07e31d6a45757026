import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Database, sql } from '../../src/platform/database/database.ts';
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

const use = (token: string, identity = here) => outcome(identity.authenticateBearer(token, how()));
const signIn = (request = maeda) => here.sessions.signIn(request, how(), lives);
const refresh = (token: string | undefined, identity = here) =>
  identity.sessions.refresh(token, how(), lives);

async function queriesOf(database: Database, work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const counted = () => {
    count += 1;
  };
  database.pool.on('acquire', counted);
  await work();
  database.pool.off('acquire', counted);
  return count;
}

test('a user may hold many sessions', async () => {
  const sessions = [await signIn(), await signIn(), await signIn()];
  for (const { access_token, expires_in } of sessions) {
    expect(await use(access_token, there)).toBe('ok');
    expect(expires_in).toBe(3600);
  }
});

test('the caller carries what rights follow from', async () => {
  const caller = await here.authenticateBearer((await signIn()).access_token, how('native', '192.0.2.9'));
  expect(caller).toMatchObject({
    user: 15,
    login: 'maeda',
    groups: [3],
    via: 'native',
    address: '192.0.2.9',
  });
  expect(caller.scopes).toBeUndefined();
});

test('a token that was seen lately costs no query', async () => {
  const { access_token } = await signIn();
  await use(access_token);
  const queries = await queriesOf(db.database, async () => {
    for (let n = 0; n < 100; n++) expect(await use(access_token)).toBe('ok');
  });
  expect(queries).toBe(0);
});

test('sign-out ends the session here at once and elsewhere by notice, and no other session', async () => {
  const { access_token, refresh_token } = await signIn();
  const second = await signIn();
  expect(await use(access_token)).toBe('ok');
  expect(await use(access_token, there)).toBe('ok');
  await here.sessions.signOut(access_token, how());
  expect(await use(access_token)).toBe('identity.revokedToken');
  const told = { timeout: 1000, interval: 5 };
  await vi.waitFor(async () => expect(await use(access_token, there)).toBe('identity.revokedToken'), told);
  expect(await outcome(refresh(refresh_token))).toBe('identity.revokedToken');
  expect(await outcome(here.sessions.signOut(access_token, how()))).toBe('identity.revokedToken');
  expect(await use(second.access_token)).toBe('ok');
});

test('a refresh uses up its token and gives the next one', async () => {
  const first = await signIn();
  const second = await refresh(first.refresh_token);
  expect(second.refresh_token).not.toBe(first.refresh_token);
  const third = await refresh(second.refresh_token, there);
  expect(await use(third.access_token)).toBe('ok');
  expect(await use(first.access_token), 'earlier access tokens live on until they expire').toBe('ok');
});

test('refreshes with one token at once, in two processes, all get the same answer', async () => {
  const { refresh_token } = await signIn();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => refresh(refresh_token, n % 2 === 0 ? here : there)),
  );
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(await outcome(refresh(answers[0]!.refresh_token))).toBe('ok');
});

test('a used-up refresh token gets the same answer for 30 seconds; then its use ends the session', async () => {
  const { refresh_token } = await signIn();
  const answer = await refresh(refresh_token);
  await db.database.run(sql`UPDATE identity.sessions SET rotated_at = rotated_at - interval '29 seconds'`);
  expect(await refresh(refresh_token)).toEqual(answer);
  await db.database.run(sql`UPDATE identity.sessions SET rotated_at = rotated_at - interval '2 seconds'`);
  expect(await use(answer.access_token)).toBe('ok');
  here.entries.length = 0;
  expect(await outcome(refresh(refresh_token))).toBe('identity.reusedToken');
  expect(await use(answer.access_token)).toBe('identity.revokedToken');
  expect(await outcome(refresh(answer.refresh_token))).toBe('identity.revokedToken');
  expect(here.entries).toMatchObject([
    { operation: 'revokeSession', user: 15, outcome: 'identity.reusedToken' },
  ]);
});

test('a refresh token of two turns ago ends the session even within the 30 seconds', async () => {
  const first = await signIn();
  const second = await refresh(first.refresh_token);
  const third = await refresh(second.refresh_token);
  expect(await outcome(refresh(first.refresh_token))).toBe('identity.reusedToken');
  expect(await outcome(refresh(third.refresh_token))).toBe('identity.revokedToken');
});

test('the database holds neither tokens nor passwords nor keys in readable form', async () => {
  const tokens = await refresh((await signIn()).refresh_token);
  const key = await here.apiKeys.create(await here.callerOf(15, how()), { name: 'k' });
  const tables = await db.database.rows<{ name: string }>(
    sql`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'identity'`,
  );
  expect(tables.length).toBeGreaterThan(6);
  for (const { name } of tables) {
    const { rows } = await db.database.pool.query(`SELECT t::text AS line FROM identity."${name}" t`);
    const text = rows.map(({ line }) => line).join('\n');
    for (const secret of [
      tokens.access_token,
      tokens.refresh_token.slice(37),
      key.key,
      'pass-maeda-1',
      'key-maeda-1',
    ]) {
      expect(text.includes(secret), `${secret} in ${name}`).toBe(false);
      expect(text.includes(Buffer.from(secret).toString('hex')), `${secret} in ${name}`).toBe(false);
    }
  }
});

test('unusable refresh tokens have their own codes', async () => {
  const { refresh_token, access_token } = await signIn();
  const expired = await here.sessions.signIn(maeda, how(), { access: 0, refresh: 0 });
  const cases: [string | undefined, string][] = [
    [undefined, 'missingToken'],
    ['nonsense', 'malformedToken'],
    [access_token, 'malformedToken'],
    [`00000000-0000-4000-8000-000000000000${refresh_token.slice(36)}`, 'unknownToken'],
    [expired.refresh_token, 'expiredToken'],
  ];
  for (const [token, code] of cases) expect(await outcome(refresh(token))).toBe(`identity.${code}`);
});

test('unusable access tokens have their own codes', async () => {
  const { access_token } = await signIn();
  const [head, body, signature] = access_token.split('.') as [string, string, string];
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  const swapped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  const short = await here.sessions.signIn(maeda, how(), { access: 1, refresh: 60 });
  expect(await use(short.access_token)).toBe('ok');
  await sleep(2000 - (Date.now() % 1000));
  const cases: [string | undefined, string][] = [
    [undefined, 'missingToken'],
    ['', 'missingToken'],
    ['rubbish', 'malformedToken'],
    [`${head}.${body}.${swapped}`, 'badSignature'],
    [`${none}.${body}.`, 'badSignature'],
    [short.access_token, 'expiredToken'],
    ['rk_made-up', 'unknownToken'],
  ];
  for (const [token, code] of cases) {
    expect(await outcome(here.authenticateBearer(token, how()))).toBe(`identity.${code}`);
  }
});

test('a changed password ends the sessions and SSM tokens of that user alone', async () => {
  const mine = await signIn(sasaki);
  const ssm = await here.ssm.login(sasaki, how('ssm'), lives);
  const others = await signIn(maeda);
  await apply(db.database, here, {
    users: [{ id: 'sasaki', number: 16, name: '佐々木', password: 'pass-sasaki-2' }],
  });
  expect(await use(mine.access_token)).toBe('identity.revokedToken');
  expect(await outcome(here.ssm.authenticate(ssm.access_token, how('ssm')))).toBe('identity.revokedToken');
  expect(await use(others.access_token)).toBe('ok');
  expect(await outcome(signIn(sasaki))).toBe('identity.wrongPassword');
  expect(await outcome(signIn({ ...sasaki, password: 'pass-sasaki-2' }))).toBe('ok');
});

test('sessions survive a restart', async () => {
  const { access_token, refresh_token } = await signIn();
  const later = await openIdentity(db.database);
  expect(await use(access_token, later)).toBe('ok');
  expect(await outcome(refresh(refresh_token, later))).toBe('ok');
});

test('an API key is shown once, acts for its user within its scopes, and can be revoked', async () => {
  const caller = await here.callerOf(16, how());
  const { id, key } = await here.apiKeys.create(caller, { name: '連携', scopes: ['records:read'] });
  const acting = await there.authenticateBearer(key, how());
  expect(acting).toMatchObject({ user: 16, login: 'sasaki' });
  expect([...acting.scopes!]).toEqual(['records:read']);
  // until the news of changes that earlier tests made have all arrived
  await vi.waitFor(async () =>
    expect(await queriesOf(other, () => there.authenticateBearer(key, how()))).toBe(0),
  );
  expect(await outcome(here.apiKeys.create(acting, { name: 'stronger' }))).toBe('identity.needsFullAccess');
  expect(await outcome(here.apiKeys.revoke(acting, id))).toBe('identity.needsFullAccess');

  const unlimited = await here.apiKeys.create(caller, { name: 'all' });
  expect((await here.authenticateBearer(unlimited.key, how())).scopes).toBeUndefined();
  const page = await here.apiKeys.list(caller, { limit: 1 });
  expect(page.items).toMatchObject([{ id, name: '連携', scopes: ['records:read'] }]);
  const next = await here.apiKeys.list(caller, { limit: 1, cursor: page.next });
  expect(next.items).toMatchObject([{ id: unlimited.id, scopes: null }]);
  expect(JSON.stringify([page, next])).not.toContain(key);

  await here.apiKeys.revoke(caller, id);
  expect(await use(key)).toBe('identity.unknownToken');
  await vi.waitFor(async () => expect(await use(key, there)).toBe('identity.unknownToken'), {
    timeout: 1000,
    interval: 5,
  });
  expect(await outcome(here.apiKeys.revoke(caller, id))).toBe('identity.unknownApiKey');
  expect(await outcome(here.apiKeys.revoke(caller, "'; DROP"))).toBe('identity.unknownApiKey');
});

test("nobody but an administrator revokes another user's API key", async () => {
  const { id } = await here.apiKeys.create(await here.callerOf(15, how()), { name: 'maeda' });
  expect(await outcome(here.apiKeys.revoke(await here.callerOf(16, how()), id))).toBe(
    'identity.unknownApiKey',
  );
  const mine = await here.apiKeys.create(await here.callerOf(16, how()), { name: 'sasaki' });
  expect(await outcome(here.apiKeys.revoke(await here.callerOf(15, how()), mine.id))).toBe('ok');
});

test('failures count for name and address alone, and the right password always passes', async () => {
  const attacker = how('native', '203.0.113.5');
  const guess = (n: number, from = attacker) =>
    outcome(here.sessions.signIn({ username: 'sasaki', password: `guess-${n}` }, from, lives));
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 10 }, (_, n) => guess(round * 10 + n)));
  }
  const beforeSlow = performance.now();
  expect(await guess(1000)).toBe('identity.wrongPassword');
  expect(performance.now() - beforeSlow, 'a guess after 100 failures is slow').toBeGreaterThan(200);

  const flood = Array.from({ length: 120 }, (_, n) => guess(2000 + n));
  const elsewhere = performance.now();
  expect(await outcome(signIn(sasaki)), 'from another address').toBe('ok');
  expect(await outcome(here.sessions.signIn(maeda, attacker, lives)), 'another user, same address').toBe(
    'ok',
  );
  expect(performance.now() - elsewhere).toBeLessThan(2000);
  const refused = await Promise.race([Promise.all(flood.slice(60)), sleep(3000, undefined)]);
  expect(refused, 'far beyond a person or script').toContain('identity.tooManySignIns');

  await Promise.all(flood);
  expect(await outcome(here.sessions.signIn(sasaki, attacker, lives)), 'same user, same address').toBe('ok');
}, 60_000);

test('HTTP Basic: the caller behind a password; Digest: the computed vector of fusion_place §5.1', async () => {
  expect(await here.callerOfPassword(maeda, how('oscm'))).toMatchObject({ user: 15, via: 'oscm' });
  expect(await outcome(here.callerOfPassword({ ...maeda, password: 'x' }, how('oscm')))).toBe(
    'identity.wrongPassword',
  );
  await apply(db.database, here, { users: [{ id: 'user1', password: 'pass1' }] });
  expect(await here.digestSecret('user1')).toBe('051a7b0ff6f9146be90851bee979cee8');
  expect(await here.digestSecret('nobody')).toBeUndefined();
});

test('of several processes that start at once one makes admin, and admin keeps its password', async () => {
  const fresh = await createTestDatabase();
  const pools = [fresh.database, fresh.connect(), fresh.connect()];
  const processes = await Promise.all(pools.map(openIdentity));
  const made = (await Promise.all(processes.map((each) => each.bootstrap(undefined)))).filter(Boolean);
  expect(made).toHaveLength(1);
  const password = made[0]!.madeUpPassword;
  expect(await processes[1]!.bootstrap('another')).toBeUndefined();
  const session = await processes[2]!.sessions.signIn({ username: 'admin', password }, how(), lives);
  const caller = await processes[0]!.authenticateBearer(session.access_token, how());
  expect(caller.roles.has('admin')).toBe(true);
  await Promise.all(pools.slice(1).map((pool) => pool.close()));
  await fresh.drop();
});
