import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemCaller } from '../../src/modules/identity/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { applyFile, call, example, logIn, type OpenSsm, openSsm } from './open-ssm.ts';
import { spawnServer } from './spawn-server.ts';

let db: TestDatabase;
let ssm: OpenSsm;
let base: string;

beforeAll(async () => {
  db = await createTestDatabase();
  ssm = await openSsm(db, { listeners: [{ settings: { RENKEI_ACCESS_TOKEN_TTL: '1' } }] });
  await applyFile(ssm.workspace, example);
  base = ssm.base;
});
afterAll(async () => {
  await ssm.close();
  await db.drop();
});

const login = (username: unknown, password: unknown) =>
  call(base, 'POST', '/auth/login', { body: { username, password } });
const types = (token?: string) =>
  call(base, 'GET', '/api/process_types', token === undefined ? {} : { token });

describe('ssm §4: tokens', () => {
  test('case 1: the right password gets both tokens', async () => {
    const { status, type, body } = await login('maeda', 'pass-maeda-1');
    expect(status).toBe(200);
    expect(type).toMatch(/^application\/json/);
    expect(Object.keys(body).sort()).toEqual(['access_token', 'refresh_token']);
    expect(body.access_token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test('case 2: a wrong password, an unknown user: 401 and no token; nothing is revoked', async () => {
    const { access } = await logIn(base, 'maeda');
    for (const answer of [await login('maeda', 'wrong'), await login('nobody', 'wrong')]) {
      expect(answer.status).toBe(401);
      expect(answer.type).toMatch(/^application\/json/);
      expect(Object.keys(answer.body)).toEqual(['msg']);
    }
    expect((await types(access)).status).toBe(200);
  });

  test('case 3: users of SAML and LDAP get no tokens', async () => {
    for (const user of ['saml', 'ldap']) {
      const { status, body } = await login(user, `pass-${user}-1`);
      expect({ status, keys: Object.keys(body) }).toEqual({ status: 401, keys: ['msg'] });
    }
  });

  test('case 4: a second login revokes the first access token', async () => {
    const first = await logIn(base, 'maeda');
    const second = await logIn(base, 'maeda');
    const refused = await types(first.access);
    expect(refused).toMatchObject({ status: 401, body: { msg: 'Token has been revoked' } });
    expect((await types(second.access)).status).toBe(200);
    // and the refresh token from before the latest login
    const { status } = await call(base, 'POST', '/auth/refresh', { token: first.refresh });
    expect(status).toBe(401);
  });

  test('case 5: refresh revokes the access token; the refresh token stays usable', async () => {
    const { access, refresh } = await logIn(base, 'maeda');
    const renewed = await call(base, 'POST', '/auth/refresh', { token: refresh });
    expect(renewed.status).toBe(200);
    expect(Object.keys(renewed.body)).toEqual(['access_token']);
    expect((await types(access)).status).toBe(401);
    expect((await types(renewed.body.access_token)).status).toBe(200);
    // clients send the media type with every call, body or not
    const again = await call(base, 'POST', '/auth/refresh', {
      token: refresh,
      headers: { 'content-type': 'application/json' },
    });
    expect(again.status).toBe(200);
    expect((await types(renewed.body.access_token)).status).toBe(401);
  });

  test('case 6: revocation is per user', async () => {
    const maeda = await logIn(base, 'maeda');
    const sasaki = await logIn(base, 'sasaki');
    expect((await types(maeda.access)).status).toBe(200);
    expect((await types(sasaki.access)).status).toBe(200);
  });

  test('case 10: without a token, with the wrong one, with a broken one', async () => {
    const { refresh, access } = await logIn(base, 'maeda');
    const answers: [Promise<Awaited<ReturnType<typeof call>>>, number, string][] = [
      [types(), 401, 'Missing Authorization Header'],
      [types(refresh), 422, 'Only access tokens are allowed'],
      [types(`${access.slice(0, -6)}AAAAAA`), 422, 'Signature verification failed'],
      [types('nonsense'), 422, 'Not enough segments'],
      [call(base, 'POST', '/auth/refresh', { token: access }), 422, 'Only refresh tokens are allowed'],
      [
        call(base, 'GET', '/api/process_types', { headers: { authorization: access } }),
        422,
        "Bad Authorization header. Expected value 'Bearer <JWT>'",
      ],
    ];
    for (const [answer, status, msg] of answers) {
      expect(await answer).toMatchObject({ status, type: expect.stringMatching(/json/), body: { msg } });
    }
  });

  test('case 11: tokens live as long as the listener says', async () => {
    const [, short] = ssm.urls;
    const { access } = await logIn(short!, 'sasaki');
    expect((await types(access)).status).toBe(200);
    await new Promise((done) => setTimeout(done, 1100));
    expect(await types(access)).toMatchObject({ status: 401, body: { msg: 'Token has expired' } });
  });

  test('cases 7 and 8: an expired password, by kind of user and setting', async () => {
    const users = [
      { id: 'desk', password: 'pass-desk-1', kind: 'serviceDesk', passwordExpired: true },
      { id: 'end', password: 'pass-end-1', kind: 'endUser', passwordExpired: true },
    ];
    const outcome = async (user: string) => {
      const { status, body } = await login(user, `pass-${user}-1`);
      return [status, Object.keys(body).sort().join()];
    };
    const tokens = [200, 'access_token,refresh_token'];
    const refused = [401, 'msg'];
    for (const setting of ['login', 'deny', 'change']) {
      const passwordExpiry = { serviceDesk: setting, endUser: setting };
      await applyFile(ssm.workspace, { users, settings: { passwordExpiry } });
      const wanted = setting === 'login' ? tokens : refused;
      expect([setting, await outcome('desk'), await outcome('end')]).toEqual([setting, wanted, wanted]);
    }
    await applyFile(ssm.workspace, {
      settings: { passwordExpiry: { serviceDesk: 'login', endUser: 'change' } },
    });
    expect([await outcome('desk'), await outcome('end')]).toEqual([tokens, refused]);
  });

  test('a user whose method becomes another loses both tokens', async () => {
    await applyFile(ssm.workspace, { users: [{ id: 'moves', password: 'pass-moves-1' }] });
    const { access, refresh } = await logIn(base, 'moves');
    expect((await types(access)).status).toBe(200);
    await applyFile(ssm.workspace, { users: [{ id: 'moves', authMethod: 'saml' }] });
    expect((await types(access)).status).toBe(401);
    expect((await call(base, 'POST', '/auth/refresh', { token: refresh })).status).toBe(401);
  });

  test('300 parallel logins of one user leave exactly one live access token', {
    timeout: 60_000,
  }, async () => {
    const all = await Promise.all(Array.from({ length: 300 }, () => login('maeda', 'pass-maeda-1')));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
    const alive = await Promise.all(all.map(({ body }) => types(body.access_token)));
    expect(alive.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(alive.filter(({ status }) => status === 401)).toHaveLength(299);
  });

  test("others' failures do not lock the rightful user out", { timeout: 60_000 }, async () => {
    const guesses = Array.from({ length: 150 }, (_, n) => login('sasaki', `guess ${n}`));
    const rightful = await Promise.all(Array.from({ length: 3 }, () => login('maeda', 'pass-maeda-1')));
    expect(rightful.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const { status } of await Promise.all(guesses)) expect([401, 429]).toContain(status);
    expect((await login('sasaki', 'pass-sasaki-1')).status).toBe(200);
  });

  test('logout kills both tokens', async () => {
    const { access, refresh } = await logIn(base, 'maeda');
    expect((await call(base, 'DELETE', '/auth/logout', { token: access })).status).toBe(204);
    expect((await types(access)).status).toBe(401);
    expect((await call(base, 'POST', '/auth/refresh', { token: refresh })).status).toBe(401);
  });

  test('every token event is in the access log', async () => {
    const from = new Date();
    const { access, refresh } = await logIn(base, 'maeda');
    await login('maeda', 'wrong');
    const { body } = await call(base, 'POST', '/auth/refresh', { token: refresh });
    expect(access).not.toBe(body.access_token);
    await call(base, 'DELETE', '/auth/logout', { token: body.access_token });
    const log = () => ssm.modules.audit.list(systemCaller('test'), { from, limit: 100 });
    // refusals are written within half a second
    await expect.poll(async () => (await log()).rows.length).toBe(4);
    const { rows } = await log();
    const lines = rows.map(({ user, operation, outcome, dialect }) => [user, operation, outcome, dialect]);
    expect(lines.sort()).toEqual([
      [15, 'login', 'identity.wrongPassword', 'ssm'],
      [15, 'login', 'ok', 'ssm'],
      [15, 'logout', 'ok', 'ssm'],
      [15, 'refresh', 'ok', 'ssm'],
    ]);
  });
});

describe('two server processes on one PostgreSQL', () => {
  test('a token revoked on one is refused by the other at once; a restart keeps both', {
    timeout: 180_000,
  }, async () => {
    const one = await spawnServer(db);
    const two = await spawnServer(db);
    const at = (server: { base: string }, token: string) =>
      call(server.base, 'GET', '/api/process_types', { token });
    for (let round = 0; round < 8; round++) {
      const first = await logIn(one.base, 'maeda');
      expect((await at(two, first.access)).status).toBe(200);
      const { body } = await call(one.base, 'POST', '/auth/refresh', { token: first.refresh });
      expect((await at(two, first.access)).status).toBe(401);
      expect((await at(two, body.access_token)).status).toBe(200);
      await call(two.base, 'DELETE', '/auth/logout', { token: body.access_token });
      expect((await at(one, body.access_token)).status).toBe(401);
    }
    const old = await logIn(one.base, 'maeda');
    const live = await logIn(two.base, 'maeda');
    await one.kill();
    await two.stop();
    const three = await spawnServer(db);
    expect((await at(three, old.access)).status).toBe(401);
    expect((await at(three, live.access)).status).toBe(200);
    expect((await call(three.base, 'POST', '/auth/refresh', { token: live.refresh })).status).toBe(200);
    await three.stop();
  });
});

describe('ssm P2: everything is application/json', () => {
  test('broken, empty and wrongly typed bodies', async () => {
    const bodies: [string | undefined, number][] = [
      ['{"username": "maeda"', 400],
      ['', 422],
      ['[]', 422],
      ['{"username": "maeda"}', 422],
      ['{"username": 5, "password": "x"}', 422],
      ['{"username": "maeda", "password": null}', 422],
    ];
    for (const [body, status] of bodies) {
      const answer = await call(base, 'POST', '/auth/login', {
        ...(body !== undefined && { body }),
        headers: { 'content-type': 'application/json' },
      });
      expect([body, answer.status, Object.keys(answer.body)]).toEqual([body, status, ['msg']]);
      expect(answer.type).toMatch(/^application\/json/);
    }
    const form = await call(base, 'POST', '/auth/login', {
      body: 'username=maeda',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(form).toMatchObject({ status: 400, body: { msg: expect.any(String) } });
  });

  test('bytes that are not UTF-8', async () => {
    const body = Buffer.from([
      ...Buffer.from('{"username": "'),
      0x94,
      0x5c,
      ...Buffer.from('", "password": ""}'),
    ]);
    const response = await fetch(`${base}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ msg: expect.any(String) });
  });

  test('unknown paths below /auth and /api, with and without a token', async () => {
    const { access } = await logIn(base, 'maeda');
    for (const path of ['/auth', '/auth/nothing', '/api', '/api/nothing', '/api/process_types/01000001']) {
      for (const options of [{}, { token: access }]) {
        const answer = await call(base, 'GET', path, options);
        expect([path, answer.status, Object.keys(answer.body)]).toEqual([path, 404, ['msg']]);
        expect(answer.type).toMatch(/^application\/json/);
      }
    }
  });
});
