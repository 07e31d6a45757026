import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NativeServer, openNative, workspace } from './open-native.ts';

let server: NativeServer;
let token: string;
const records = '/v1/apps/bihin/records';
/** 備品名, 出庫数, 区分, 納品日; ties and gaps on purpose. */
const rows = Array.from({ length: 60 }, (_, n) => ({
  備品名: `品${String(n).padStart(2, '0')}${n % 7 === 0 ? ' 100%_\\' : ''}`,
  出庫数: n % 5 === 0 ? null : n % 4,
  区分: n % 3 === 0 ? '消耗品' : '周辺機器',
  納品日: `2024-0${1 + (n % 3)}-15`,
  担当: n % 2 === 0 ? ['maeda'] : ['sasaki'],
  用途: n % 2 === 0 ? ['社内', '貸出'] : ['社外'],
}));

beforeAll(async () => {
  server = await openNative(workspace);
  token = await server.signIn('maeda', 'pass-maeda-1');
  const body = { records: rows.map((fields) => ({ fields })) };
  expect((await server.call('POST', `${records}:batch`, { token, body })).status).toBe(200);
});
afterAll(() => server.close());

type Row = { id: number; fields: Record<string, unknown> };

async function list(query: Record<string, string>) {
  const { status, json, text } = await server.call('GET', `${records}?${new URLSearchParams(query)}`, {
    token,
  });
  expect(status, text).toBe(200);
  return json as { items: Row[]; next: string | null };
}

async function all(query: Record<string, string>) {
  const items: Row[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await list({ ...query, ...(cursor !== undefined && { cursor }) });
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = page.next;
  }
}

const names = (items: Row[]) => items.map(({ fields }) => fields.備品名);
const expected = (keep: (row: (typeof rows)[number]) => boolean) =>
  rows.filter(keep).map(({ 備品名 }) => 備品名);

test('contract §5: a list holds 50 records unless limit says otherwise, and next leads on', async () => {
  const first = await list({});
  expect(first.items).toHaveLength(50);
  expect(first.next).toEqual(expect.any(String));
  expect((await list({ cursor: first.next! })).items).toHaveLength(10);
  expect(names(await all({ limit: '7' }))).toEqual(expected(() => true));
});

test.each([
  ['=', '区分', '消耗品', (row) => row.区分 === '消耗品'],
  ['!=', '区分', '消耗品', (row) => row.区分 !== '消耗品'],
  ['>=', '出庫数', 2, (row) => row.出庫数 !== null && row.出庫数 >= 2],
  ['<', '出庫数', '2', (row) => row.出庫数 !== null && row.出庫数 < 2],
  ['>', '納品日', '2024-01-15', (row) => row.納品日 > '2024-01-15'],
  ['<=', '納品日', '2024-02-15', (row) => row.納品日 <= '2024-02-15'],
  ['contains', '備品名', '0%_\\', (row) => row.備品名.includes('0%_\\')],
  ['notContains', '備品名', '0%_\\', (row) => !row.備品名.includes('0%_\\')],
  ['contains', '備品名', '_', (row) => row.備品名.includes('_')],
  ['contains', '担当', 'sasaki', (row) => row.担当[0] === 'sasaki'],
  ['contains', '用途', '貸出', (row) => row.用途.includes('貸出')],
  ['isEmpty', '出庫数', undefined, (row) => row.出庫数 === null],
  ['isNotEmpty', '出庫数', undefined, (row) => row.出庫数 !== null],
] satisfies [string, string, unknown, (row: (typeof rows)[number]) => boolean][])(
  'contract §3: filter %s on %s',
  async (op, field, value, keep) => {
    const items = await all({ filter: JSON.stringify({ field, op, value }), limit: '9' });
    expect(names(items)).toEqual(expected(keep));
    expect(items.length).toBeGreaterThan(0);
  },
);

test('contract §7: conditions nest', async () => {
  const filter = {
    all: [
      {
        any: [
          { field: '区分', op: '=', value: '消耗品' },
          { field: '出庫数', op: '=', value: 3 },
        ],
      },
      { field: '納品日', op: '=', value: '2024-02-15' },
    ],
  };
  expect(names(await all({ filter: JSON.stringify(filter) }))).toEqual(
    expected((row) => (row.区分 === '消耗品' || row.出庫数 === 3) && row.納品日 === '2024-02-15'),
  );
});

test.each(['出庫数', '備品名', '納品日', '区分', '番号'])(
  'sort by %s, up and down, page by page: every record once, empty ones last',
  async (field) => {
    const whole = await list({ sort: field, limit: '500' });
    const paged = await all({ sort: field, limit: '7' });
    expect(paged.map(({ id }) => id)).toEqual(whole.items.map(({ id }) => id));
    expect(new Set(paged.map(({ id }) => id)).size).toBe(60);
    const values = paged.map(({ fields }) => fields[field] as string | number | null);
    const filled = values.filter((value) => value !== null);
    expect(values.slice(filled.length).every((value) => value === null)).toBe(true);
    expect(filled).toEqual([...filled].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    const down = (await all({ sort: `-${field}`, limit: '7' })).map(({ fields }) => fields[field]);
    expect(down.filter((value) => value !== null)).toEqual([...filled].reverse());
    expect(down.slice(filled.length).every((value) => value === null)).toBe(true);
  },
);

test('a page continues where it ended although records before it are gone', async () => {
  const first = await list({ sort: '備品名', limit: '5' });
  const gone = await server.call('POST', records, { token, body: { fields: { 備品名: '品00前' } } });
  await server.call('DELETE', `${records}/${gone.json.id}`, { token });
  const second = await list({ sort: '備品名', limit: '5', cursor: first.next! });
  expect(names(second.items)).toEqual([...expected(() => true)].sort().slice(5, 10));
});

test('q finds literal text: % and _ are no wildcards', async () => {
  expect(names(await all({ q: '100%_\\' }))).toEqual(expected(({ 備品名 }) => 備品名.includes('100%_\\')));
  expect(await all({ q: '品__' })).toEqual([]);
});

test.each([
  [{ filter: 'no json' }, '/filter'],
  [{ filter: '[]' }, '/filter'],
  [{ filter: 'null' }, '/filter'],
  [{ filter: '{"field":"色","op":"=","value":1}' }, '/filter'],
  [{ filter: '{"field":"出庫数","op":"LIKE","value":1}' }, '/filter'],
  [{ filter: '{"field":"出庫数","op":"=","value":"十"}' }, '/filter'],
  [{ filter: '{"field":"納品日","op":"=","value":"2023-02-29"}' }, '/filter'],
  [{ filter: '{"field":"出庫数","op":"=","value":{"a":1}}' }, '/filter'],
  [{ filter: '{"all":"x"}' }, '/filter'],
  [{ filter: `${'{"all":['.repeat(500)}${']}'.repeat(500)}` }, '/filter'],
  [{ sort: '色' }, '/sort'],
  [{ sort: '資料' }, '/sort'],
  [{ sort: 'id; DROP TABLE records.apps' }, '/sort'],
  [{ cursor: 'x' }, '/cursor'],
  [{ cursor: Buffer.from('["a",{}]').toString('base64url') }, '/cursor'],
  [{ limit: '0' }, '/limit'],
  [{ limit: '501' }, '/limit'],
  [{ limit: 'x' }, '/limit'],
  [{ limt: '5' }, ''],
])('a wrong parameter is refused and named: %j', async (query, pointer) => {
  const { status, json } = await server.call('GET', `${records}?${new URLSearchParams(query)}`, { token });
  expect(status).toBe(422);
  expect(json.errors[0].pointer.startsWith(pointer)).toBe(true);
});

test('a cursor of another sort order is refused, not an error of ours', async () => {
  const { next } = await list({ sort: '備品名', limit: '5' });
  const query = new URLSearchParams({ sort: '納品日', cursor: next! });
  const { status, json } = await server.call('GET', `${records}?${query}`, { token });
  expect(status).toBe(422);
  expect(json.errors[0].pointer).toBe('/cursor');
});
