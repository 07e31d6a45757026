import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { applyFile, call, example, logIn, type OpenSsm, openSsm } from './open-ssm.ts';

const path = '/api/process_types/01000001/processes';
let db: TestDatabase;
let ssm: OpenSsm;
let token: string;

beforeAll(async () => {
  db = await createTestDatabase();
  ssm = await openSsm(db);
  await applyFile(ssm.workspace, {
    ...example,
    apps: [
      ...example.apps,
      {
        id: 74,
        name: `名前 "'%\\;`,
        process: { type: '01000004', idPattern: "X'{seq}", states: ['a', `b"';--`] },
        fields: [
          { id: 101, name: 'constructor', type: 'text' },
          { id: 102, name: '__proto__', type: 'text' },
          { id: 103, name: `a"b'c;%\\ 名`, type: 'text' },
        ],
      },
    ],
  });
  token = (await logIn(ssm.base, 'maeda')).access;
});
afterAll(async () => {
  await ssm.close();
  await db.drop();
});

describe('bad input', () => {
  test.each(['title', 'owner', 'severity', 'body', 'nothing'])(
    'a very deep value for %s is refused',
    async (item) => {
      const deep = '['.repeat(200_000) + ']'.repeat(200_000);
      const body = `{"items": {"title": "x", "${item}": ${deep}}}`;
      const answer = await call(ssm.base, 'POST', path, { token, body });
      expect([400, 422]).toContain(answer.status);
      expect(Object.keys(answer.body)).toEqual(['msg']);
    },
  );

  test('deep markup is refused', async () => {
    const body = { items: { title: 'x', body: '<b>'.repeat(100_000) } };
    const started = performance.now();
    expect((await call(ssm.base, 'POST', path, { token, body })).status).toBe(422);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('addresses that cannot be decoded, and very long ones', async () => {
    for (const wrong of [
      '/api/process_types/%ZZ/processes',
      '/auth/%E0%A4%A',
      `${path}/${'x'.repeat(3000)}`,
    ]) {
      const response = await fetch(ssm.base + wrong, { headers: { authorization: `Bearer ${token}` } });
      expect([400, 404, 414]).toContain(response.status);
      // an address that is none belongs to no protocol: the listener itself answers
      expect(response.headers.get('content-type')).toMatch(/json/);
      await response.json();
    }
  });

  test('names with signs and reserved words work', async () => {
    const at = '/api/process_types/01000004/processes';
    const items = JSON.parse(`{"constructor": "c", "__proto__": "p"}`) as object;
    const whole = JSON.stringify(items).replace('}', `, ${JSON.stringify(`a"b'c;%\\ 名`)}: "v"}`);
    const created = await call(ssm.base, 'POST', at, { token, body: `{"items": ${whole}}` });
    expect(created.status).toBe(201);
    expect(JSON.stringify(created.body.items)).toBe(whole.replaceAll(': "', ':"').replaceAll(', "', ',"'));
    const one = `${at}/${encodeURIComponent(created.body.process_id)}`;
    const moved = await call(ssm.base, 'PATCH', one, { token, body: { state: `b"';--` } });
    expect(moved).toMatchObject({ status: 200, body: { state: `b"';--` } });
    const found = await call(ssm.base, 'GET', `${at}?${new URLSearchParams({ state: `b"';--` })}`, { token });
    expect(found.body.total).toBe(1);
  });

  test('maxLength counts the characters that were given', async () => {
    const create = (title: string) => call(ssm.base, 'POST', path, { token, body: { items: { title } } });
    expect((await create('😀'.repeat(255))).status).toBe(201);
    expect((await create('髙'.repeat(255))).status).toBe(201);
    expect((await create('髙'.repeat(256))).status).toBe(422);
  });
});
