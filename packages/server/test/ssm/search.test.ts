import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { applyFile, call, example, logIn, type OpenSsm, openSsm } from './open-ssm.ts';

const path = '/api/process_types/01000001/processes';
let db: TestDatabase;
let ssm: OpenSsm;
let token: string;
let sasaki: string;
let made: Date;

beforeAll(async () => {
  db = await createTestDatabase();
  ssm = await openSsm(db);
  const [incident] = example.apps;
  const hiding = { subject: 'user:sasaki', hideFields: ['備考'] };
  await applyFile(ssm.workspace, { ...example, apps: [{ ...incident, access: [hiding] }] });
  token = (await logIn(ssm.base, 'maeda')).access;
  sasaki = (await logIn(ssm.base, 'sasaki')).access;
  const items = [
    { title: '100% 障害', severity: '高', effort: 1, due: '2024-01-01', 備考: '秘密の言葉' },
    { title: 'a_b', severity: '低', effort: 20, due: '2024-02-01' },
    { title: 'aXb ①', severity: '高', effort: 3, body: '<b>太字</b>' },
    { title: 'c\\d', severity: '中', effort: 4 },
  ];
  for (const one of items) {
    const { status } = await call(ssm.base, 'POST', path, { token, body: { items: one } });
    if (status !== 201) throw new Error(`not created: ${status}`);
  }
  made = new Date();
  await call(ssm.base, 'POST', path, { token, body: { items: { title: '後' } } });
});
afterAll(async () => {
  await ssm.close();
  await db.drop();
});

async function search(query: Record<string, string>, as = token) {
  const answer = await call(ssm.base, 'GET', `${path}?${new URLSearchParams(query)}`, { token: as });
  return {
    ...answer,
    titles: (answer.body.processes as { items: { title: string } }[] | undefined)?.map(
      ({ items }) => items.title,
    ),
  };
}
const filter = (condition: unknown) => search({ filter: JSON.stringify(condition) });

describe('contract §4: search', () => {
  test('pages with a total', async () => {
    const all = await search({});
    expect(all.body.total).toBe(5);
    expect(all.titles).toHaveLength(5);
    const page = await search({ limit: '2', offset: '3' });
    expect(page.body.total).toBe(5);
    expect(page.titles).toEqual(all.titles!.slice(3));
    expect((await search({ offset: '9' })).body).toEqual({ total: 5, processes: [] });
  });

  test('wrong parameters are refused', async () => {
    const wrong: Record<string, string>[] = [
      { limit: '0' },
      { limit: '501' },
      { limit: 'x' },
      { offset: '-1' },
      { nothing: '1' },
      { created_from: 'yesterday' },
      { filter: '{' },
      { filter: '{"field":"nothing","op":"=","value":1}' },
      { filter: '{"field":"effort","op":"contains","value":"1"}' },
      { filter: '[]' },
      { filter: '5' },
    ];
    for (const query of wrong) {
      const { status, body } = await search(query);
      expect([query, status, Object.keys(body)]).toEqual([query, 422, ['msg']]);
    }
  });

  test('q is a literal substring of an item that the caller sees', async () => {
    const cases: [string, number][] = [
      ['%', 1],
      ['_', 1],
      ['\\', 1],
      ['①', 1],
      ['太字', 1],
      ['障害', 1],
      ['無い', 0],
      ['秘密', 1],
      ['', 5],
      ["'; DROP TABLE x; --", 0],
    ];
    for (const [q, total] of cases) expect([q, (await search({ q })).body.total]).toEqual([q, total]);
    expect((await search({ q: '秘密' }, sasaki)).body.total).toBe(0);
  });

  test('by state', async () => {
    expect((await search({ state: '受付' })).body.total).toBe(5);
    expect((await search({ state: '調査' })).body.total).toBe(0);
    expect((await search({ state: '無い' })).body).toEqual({ total: 0, processes: [] });
  });

  test('by dates', async () => {
    const at = made.toISOString();
    expect((await search({ created_to: at })).body.total).toBe(4);
    expect((await search({ created_from: at })).titles).toEqual(['後']);
    expect((await search({ updated_from: at, updated_to: at })).body.total).toBe(0);
  });

  test('by conditions on items, by alias or name', async () => {
    expect((await filter({ field: 'effort', op: '>=', value: 4 })).titles).toEqual(['a_b', 'c\\d']);
    expect((await filter({ field: '重要度', op: '=', value: '高' })).body.total).toBe(2);
    expect((await filter({ field: 'title', op: 'contains', value: '①' })).body.total).toBe(1);
    expect((await filter({ field: 'title', op: '=', value: 'aXb ①' })).body.total).toBe(1);
    const nested = {
      all: [
        { field: 'due', op: 'isNotEmpty' },
        {
          any: [
            { field: 'effort', op: '<', value: 2 },
            { field: 'severity', op: '=', value: '中' },
          ],
        },
      ],
    };
    expect((await filter(nested)).titles).toEqual(['100% 障害']);
  });

  test('hidden items cannot be searched by', async () => {
    const condition = JSON.stringify({ field: '備考', op: 'contains', value: '秘密' });
    expect((await search({ filter: condition }, sasaki)).status).toBe(422);
  });
});
