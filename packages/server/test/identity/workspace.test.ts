import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemCaller } from '../../src/modules/identity/index.ts';
import { AppError } from '../../src/platform/errors.ts';
import type { WorkspaceFile } from '../../src/platform/workspace-section.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { apply, how, lives, type OpenIdentity, openIdentity, outcome, staff } from './open-identity.ts';

let db: TestDatabase;
let identity: OpenIdentity;

beforeEach(async () => {
  db = await createTestDatabase();
  identity = await openIdentity(db.database);
  await identity.bootstrap('admin-password');
});
afterEach(() => db.drop());

const actions = async (file: WorkspaceFile, options = {}) =>
  (await apply(db.database, identity, file, options)).map(({ action, id }) => `${action} ${id}`);
const signIn = (username: string, password: string) =>
  outcome(identity.sessions.signIn({ username, password }, how(), lives));

async function faults(file: WorkspaceFile, options = {}): Promise<string[]> {
  try {
    await apply(db.database, identity, file, options);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return (error.errors.length > 0 ? error.errors : [error]).map(({ code, place }) => `${place} ${code}`);
  }
  return [];
}

test('a second apply of the same file keeps everything, passwords and keys included', async () => {
  expect(await actions(staff)).toEqual(['add it', 'add maeda', 'add sasaki', 'add saml']);
  expect(await actions(staff)).toEqual(['keep it', 'keep maeda', 'keep sasaki', 'keep saml']);
});

test('what differs is named, secrets without their values', async () => {
  await apply(db.database, identity, staff);
  const changes = await apply(db.database, identity, {
    groups: [{ id: 'it', name: '情シス' }],
    users: [
      {
        id: 'maeda',
        name: '前田',
        password: 'new-password',
        kind: 'serviceDesk',
        roles: ['designer'],
        accessKeys: [],
      },
    ],
  });
  expect(changes).toEqual([
    { action: 'change', kind: 'group', id: 'it', details: ['name: 情報システム部 → 情シス'] },
    {
      action: 'change',
      kind: 'user',
      id: 'maeda',
      details: [
        'name: 前田隆 → 前田',
        'mail: maeda@example.com → -',
        'groups: it → ',
        'roles: admin → designer',
        'accessKeys',
        'password',
      ],
    },
  ]);
  const caller = await identity.callerOf(15, how());
  expect([caller.name, caller.groups, [...caller.roles]]).toEqual(['前田', [], ['designer']]);
  expect(await identity.accessKeys.authenticate('key-maeda-1', how('appsuite'))).toBeUndefined();
});

test('without password or accessKeys both stay as they are', async () => {
  await apply(db.database, identity, staff);
  await apply(db.database, identity, { users: [{ id: 'maeda', name: 'M' }] });
  expect(await signIn('maeda', 'pass-maeda-1')).toBe('ok');
  expect(await identity.accessKeys.authenticate('key-maeda-1', how('appsuite'))).toMatchObject({ user: 15 });
});

test('a password may come from a secret reference; a missing one is a fault of its place', async () => {
  const file = { users: [{ id: 'sasaki', password: { env: 'SASAKI' } }] };
  expect(await faults(file)).toEqual(['/users/0/password settings.noSecret']);
  expect(await actions(file, { secrets: { SASAKI: 'from-outside' } })).toEqual(['add sasaki']);
  expect(await signIn('sasaki', 'from-outside')).toBe('ok');
});

test('numbers are given out once: not to a second object, not again after a removal', async () => {
  await actions({ groups: [{ id: 'a' }, { id: 'b' }], users: [{ id: 'u' }, { id: 'v', number: 4 }] });
  const { directory } = identity;
  const u = (await directory.findUser('u'))!.number;
  expect((await directory.findUser('v'))!.number).toBe(4);
  expect((await directory.findUser('admin'))!.number).not.toBe(u);
  expect(await actions({ users: [] }, { prune: true })).toEqual(['remove v', 'remove u']);
  await actions({ users: [{ id: 'u' }] });
  expect((await directory.findUser('u'))!.number).toBeGreaterThan(u);
  expect((await directory.usersByNumber([u])).get(u)).toMatchObject({ login: 'u', removed: true });
});

test('the file may give a number in place of one that was given out; the old one keeps its name', async () => {
  await actions({ users: [{ id: 'u', password: 'pass-u-1', accessKeys: ['key-u'] }] });
  const before = (await identity.directory.findUser('u'))!.number;
  const file = {
    users: [
      { id: 'admin', number: 1 },
      { id: 'u', number: 2 },
    ],
  };
  expect(await actions(file)).toEqual(['change admin', 'change u']);
  expect(await actions(file)).toEqual(['keep admin', 'keep u']);
  expect((await identity.directory.findUser(2))!.login).toBe('u');
  expect((await identity.directory.usersByNumber([before])).get(before)!.name).toBe('u');
  expect(await identity.accessKeys.authenticate('key-u', how('appsuite'))).toMatchObject({ user: 2 });
  expect([await signIn('u', 'pass-u-1'), await signIn('admin', 'admin-password')]).toEqual(['ok', 'ok']);
  expect(await faults({ users: [{ id: 'u', number: 3 }] })).toEqual(['/users/0/number identity.numberFixed']);
});

test('all mistakes are reported with their places, and nothing is applied', async () => {
  await apply(db.database, identity, staff);
  const file = {
    groups: [{ id: 'it', number: 4 }, { id: 'x', number: 3 }, { id: 'y' }, { id: 'y' }],
    users: [
      { id: 'new', groups: ['it', 'nowhere'], accessKeys: ['key-maeda-1'] },
      { id: 'twin', number: 30 },
      { id: 'twin' },
      { id: 'other', number: 30 },
      { id: 'admin', roles: ['designer'] },
      { id: 'thief', number: 15 },
    ],
  };
  expect((await faults(file)).sort()).toEqual([
    '/groups/0/number identity.numberFixed',
    '/groups/1/number identity.numberTaken',
    '/groups/3/id identity.twice',
    '/users/0/accessKeys/0 identity.keyTaken',
    '/users/0/groups/1 identity.unknownGroup',
    '/users/2/id identity.twice',
    '/users/3/number identity.numberTaken',
    '/users/4/roles identity.adminNeedsRole',
    '/users/5/number identity.numberTaken',
  ]);
  expect(await identity.directory.findUser('new')).toBeUndefined();
});

test('prune removes who is not in the file, with all he signs in with, but never admin', async () => {
  await apply(db.database, identity, staff);
  const session = await identity.sessions.signIn(
    { username: 'maeda', password: 'pass-maeda-1' },
    how(),
    lives,
  );
  const { key } = await identity.apiKeys.create(await identity.callerOf(15, how()), { name: 'k' });
  expect(
    await actions({ groups: [], users: [{ id: 'sasaki', number: 16, name: '佐々木' }] }, { prune: true }),
  ).toEqual(['remove it', 'keep sasaki', 'remove maeda', 'remove saml']);
  expect(await outcome(identity.authenticateBearer(session.access_token, how()))).toBe(
    'identity.revokedToken',
  );
  expect(await outcome(identity.authenticateBearer(key, how()))).toBe('identity.unknownToken');
  expect(await identity.accessKeys.authenticate('key-maeda-1', how('appsuite'))).toBeUndefined();
  expect(await signIn('maeda', 'pass-maeda-1')).toBe('identity.wrongPassword');
  expect(await signIn('admin', 'admin-password')).toBe('ok');
  expect(await outcome(identity.callerOf(15, how()))).toBe('identity.unknownUser');
  expect((await identity.directory.usersByNumber([15])).get(15)!.name).toBe('前田隆');
  expect(await actions(staff), 'the same file brings him back with his number').toContain('add maeda');
  expect(await identity.callerOf(15, how())).toMatchObject({ login: 'maeda', groups: [3] });
});

test('a group that is removed in the same file is no group for its users', async () => {
  await apply(db.database, identity, staff);
  expect(await faults({ groups: [], users: staff.users }, { prune: true })).toEqual([
    '/users/0/groups/0 identity.unknownGroup',
  ]);
});

test('an export holds no secret and applies elsewhere without a difference', async () => {
  await apply(db.database, identity, staff);
  const file = await identity.section.export(db.database);
  expect(JSON.stringify(file)).not.toMatch(/pass-|key-|argon2/);
  const elsewhere = await createTestDatabase();
  const second = await openIdentity(elsewhere.database);
  await second.bootstrap('x');
  await apply(elsewhere.database, second, file);
  expect(await second.section.export(elsewhere.database)).toEqual(file);
  const again = await apply(elsewhere.database, second, file, { prune: true });
  expect(again.map(({ action, id }) => `${action} ${id}`).sort()).toEqual([
    'keep admin',
    'keep it',
    'keep maeda',
    'keep saml',
    'keep sasaki',
  ]);
  await elsewhere.drop();
});

test('an apply in one process is seen by the other', async () => {
  const other = db.connect();
  const there = await openIdentity(other);
  await apply(db.database, identity, staff);
  expect((await there.callerOf(15, how())).name).toBe('前田隆');
  await apply(db.database, identity, { users: [{ id: 'maeda', name: '前田 隆' }] });
  expect((await identity.callerOf(15, how())).name).toBe('前田 隆');
  await vi.waitFor(async () => expect((await there.callerOf(15, how())).name).toBe('前田 隆'), {
    timeout: 1000,
    interval: 5,
  });
  await other.close();
});

test('an access key moves from one user to another within one file', async () => {
  await apply(db.database, identity, staff);
  await apply(db.database, identity, {
    users: [
      { id: 'sasaki', accessKeys: ['key-maeda-1'] },
      { id: 'maeda', accessKeys: ['key-maeda-2'] },
    ],
  });
  const owner = async (key: string) => (await identity.accessKeys.authenticate(key, how('appsuite')))?.login;
  expect([await owner('key-maeda-1'), await owner('key-maeda-2')]).toEqual(['sasaki', 'maeda']);
});

test('10,000 users without passwords are applied and compared within seconds', async () => {
  const users = Array.from({ length: 10_000 }, (_, n) => ({
    id: `u${n}`,
    name: `利用者${n}`,
    groups: ['g'],
  }));
  const file = { groups: [{ id: 'g' }], users };
  const start = performance.now();
  expect((await actions(file)).length).toBe(10_001);
  expect(new Set((await actions(file)).map((line) => line.split(' ')[0]))).toEqual(new Set(['keep']));
  expect(performance.now() - start).toBeLessThan(15_000);
});

test('the directory finds, lists by pages and looks inside an unfinished transaction', async () => {
  await apply(db.database, identity, staff);
  const { directory } = identity;
  const caller = systemCaller('test');
  const page = await directory.listUsers(caller, { limit: 2 });
  const rest = await directory.listUsers(caller, { limit: 3, cursor: page.next });
  expect([...page.items, ...rest.items].map(({ login }) => login)).toEqual([
    'admin',
    'maeda',
    'saml',
    'sasaki',
  ]);
  expect((await directory.listUsers(caller, { limit: 9, text: '前田' })).items).toMatchObject([
    { number: 15 },
  ]);
  expect((await directory.listUsers(caller, { limit: 9, text: '%' })).items).toEqual([]);
  expect((await directory.listUsers(caller, { limit: 9, text: '\0' })).items).toEqual([]);
  expect((await directory.listGroups(caller, { limit: 9 })).items).toMatchObject([{ id: 'it', number: 3 }]);
  expect(await directory.findGroup('it')).toMatchObject({ number: 3, name: '情報システム部' });
  expect(await directory.findUser('nobody')).toBeUndefined();
  expect(await directory.findUser('nul\0')).toBeUndefined();
  expect((await directory.membersOf([3])).map(({ mail }) => mail)).toEqual(['maeda@example.com']);
  expect((await directory.usersByNumber([0, 15, 99, 99_999_999_999, 1.5])).size).toBe(2);
  await db.database.transaction(async (tx) => {
    await tx.client.query(`INSERT INTO identity.users (number, login, name) VALUES (77, 'fresh', 'fresh')`);
    expect(await directory.numbersOfLogins(tx, ['fresh', 'maeda', 'nobody'])).toEqual(
      new Map([
        ['fresh', 77],
        ['maeda', 15],
      ]),
    );
  });
});

test('appsuite §3.5: keys are issued at sign-in, expire, and follow the policies', async () => {
  await apply(db.database, identity, staff);
  const admin = await identity.callerOf(15, how());
  const plain = await identity.callerOf(16, how());
  const keys = identity.accessKeys;
  const sasaki = { username: 'sasaki', password: 'pass-sasaki-1' };
  const { key, user } = await keys.issue(sasaki, how('appsuite'), 3600);
  expect(user.login).toBe('sasaki');
  const from = async (address?: string) =>
    (await keys.authenticate(key, { ...how('appsuite'), address }))?.login;
  expect(await from()).toBe('sasaki');
  const short = await keys.issue(sasaki, how('appsuite'), 0);
  expect(await keys.authenticate(short.key, how('appsuite'))).toBeUndefined();
  for (const wrong of ['', 'unknown', 'x'.repeat(5000), 'nul\0']) {
    expect(await keys.authenticate(wrong, how('appsuite'))).toBeUndefined();
  }

  await keys.setPolicy(admin, { usage: 'allowListed', addresses: ['192.0.2.0/24', '2001:db8::1'] });
  expect([await from('192.0.2.200'), await from('::ffff:192.0.2.200'), await from('2001:db8::1')]).toEqual(
    Array(3).fill('sasaki'),
  );
  expect([await from('198.51.100.1'), await from('2001:db8::2'), await from()]).toEqual(
    Array(3).fill(undefined),
  );
  await keys.setPolicy(admin, { usage: 'denyListed', addresses: ['192.0.2.0/24'] });
  expect([await from('192.0.2.200'), await from('198.51.100.1')]).toEqual([undefined, 'sasaki']);
  await keys.setPolicy(admin, { usage: 'disallow', addresses: [] });
  expect(await from('198.51.100.1')).toBeUndefined();
  expect(await outcome(keys.issue(sasaki, how('appsuite'), 60))).toBe('identity.accessKeyRefused');
  await keys.setPolicy(admin, { usage: 'allow', addresses: [] });
  await keys.setUserPolicy(admin, 16, false);
  expect(await from()).toBeUndefined();
  expect(await keys.authenticate('key-maeda-1', how('appsuite'))).toMatchObject({ login: 'maeda' });

  expect(await outcome(keys.setPolicy(plain, { usage: 'allow', addresses: [] }))).toBe('identity.needsAdmin');
  expect(await outcome(keys.setUserPolicy(plain, 16, true))).toBe('identity.needsAdmin');
  expect(await outcome(keys.setUserPolicy(admin, 999, true))).toBe('identity.unknownUser');
  expect(await outcome(keys.setPolicy(admin, { usage: 'allowListed', addresses: ['300.1.1.1'] }))).toBe(
    'identity.badAddress',
  );
});
