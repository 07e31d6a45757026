import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { App, Change, Records } from '../../src/modules/records/index.ts';
import type { AppError } from '../../src/platform/errors.ts';
import { bihinFields } from '../support/bihin.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { applyApps, createTestRecords, testCaller } from '../support/records.ts';

const bihin = {
  id: 59,
  alias: 'bihin',
  name: '備品アプリ',
  fields: [
    ...bihinFields,
    { id: 108, name: '時刻', type: 'time' },
    { id: 109, name: '日時', type: 'dateTime' },
    { id: 110, name: '色', type: 'multiSelect', options: ['赤', '青', '黄'] },
    { id: 111, name: '組織', type: 'groups' },
    { id: 112, name: '番号', type: 'autoNumber' },
    {
      id: 113,
      name: '明細',
      type: 'table',
      fields: [
        { id: 101, name: '品', type: 'text' },
        { id: 102, name: '数', type: 'number' },
      ],
    },
    { id: 114, name: `a"b'c;%\\`, type: 'text' },
    { id: 115, name: 'constructor', type: 'text', unique: true },
    { id: 116, name: '親', type: 'reference', app: 'bihin', field: '備品名' },
    { id: 117, name: '期限', type: 'formula', expression: '納品日 + 30', result: 'date' },
    {
      id: 118,
      name: '判定',
      type: 'formula',
      expression: 'IF(在庫数 < 50, "少", "多") & 区分',
      result: 'text',
    },
  ],
};

let db: TestDatabase;
let records: Records;
let app: App;
const maeda = testCaller('maeda');
const changes: Change[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
  records = createTestRecords(db.database);
  records.onChange(async (_tx, list) => {
    changes.push(...list);
  });
  records.judge((of) =>
    of.id === 59
      ? [
          {
            key: 'many',
            condition: {
              all: [
                { field: '出庫数', op: '>=', value: 10 },
                { field: '担当', op: 'contains', value: '$loginUser' },
              ],
            },
          },
        ]
      : [],
  );
  await applyApps(db.database, records, [bihin]);
  app = await records.app(maeda, 'bihin');
});
afterAll(() => db.drop());

async function add(values: Record<string, unknown>) {
  const [row] = await records.insert(maeda, app, [{ values }]);
  return row!;
}

describe('records', () => {
  test('every field type is stored and read back', async () => {
    const parent = await add({ 備品名: '親機' });
    const row = await add({
      備品名: 'キーボード',
      出庫数: '2.50',
      区分: '周辺機器',
      詳細: '<p>x</p>',
      担当: ['maeda', 34],
      納品日: '2024-02-29',
      時刻: '09:30',
      日時: '2024-02-29T23:34:56',
      色: ['赤', '青'],
      組織: 'it',
      明細: [{ 品: 'A', 数: 1 }, { 品: 'B' }],
      'a"b\'c;%\\': `"';--`,
      constructor: 'c1',
      親: parent.id,
    });
    expect(row).toMatchObject({
      revision: 1,
      created_by: 15,
      f101: 'キーボード',
      f102: '2.50',
      f103: '97.5',
      f106: [15, 34],
      f107: '2024-02-29',
      f108: '09:30:00',
      f110: ['赤', '青'],
      f111: [3],
      f113: [
        { 101: 'A', 102: '1' },
        { 101: 'B', 102: null },
      ],
      f114: `"';--`,
      f116: '親機',
      f116_id: parent.id,
      f117: '2024-03-30',
      f118: '多周辺機器',
    });
    expect(row.f109).toEqual(new Date('2024-02-29T14:34:56Z'));
    expect(Number(row.f112)).toBeGreaterThan(Number(parent.f112));
    const { row: read } = await records.get(maeda, app, row.id);
    expect(read).toMatchObject({ f101: 'キーボード', f116: '親機' });
  });

  test('all faults of a record are reported with their places, and nothing is stored', async () => {
    const before = await records.count(maeda, app, {});
    const error: AppError = await add({
      出庫数: -1,
      区分: '無い',
      納品日: '2023-02-29',
      在庫数: 5,
      知らない: 1,
      備品名: 'x'.repeat(101),
      担当: 'nobody',
    }).catch((thrown) => thrown);
    expect(error.errors.map(({ code, place }) => [code, place])).toEqual([
      ['records.tooSmall', '/fields/出庫数'],
      ['records.notOption', '/fields/区分'],
      ['records.notDate', '/fields/納品日'],
      ['records.computed', '/fields/在庫数'],
      ['records.fieldUnknown', '/fields/知らない'],
      ['records.tooLong', '/fields/備品名'],
      ['records.userUnknown', '/fields/担当'],
    ]);
    await expect(add({})).rejects.toMatchObject({ code: 'records.required', place: '/fields/備品名' });
    expect(await records.count(maeda, app, {})).toBe(before);
  });

  test('maxLength counts characters, not UTF-16 units', async () => {
    expect((await add({ 備品名: '😀'.repeat(100) })).f101).toBe('😀'.repeat(100));
  });

  test('a change raises the revision, follows formulas and tells what changed', async () => {
    const { id } = await add({ 備品名: 'マウス', 出庫数: 1, 担当: 'maeda' });
    changes.length = 0;
    const [row] = await records.update(maeda, app, [
      { id, revision: 1, values: { 出庫数: '10.0', 備品名: 'マウス' } },
    ]);
    expect(row).toMatchObject({ revision: 2, f102: '10.0', f103: '90' });
    expect(changes[0]!.changed).toEqual(new Set([app.fieldsById.get(102), app.fieldsById.get(103)]));
    expect(changes[0]!.holds).toEqual(new Set(['many']));
    await expect(
      records.update(maeda, app, [{ id, revision: 1, values: { 出庫数: 3 } }]),
    ).rejects.toMatchObject({ code: 'records.stale' });
    const [entry] = await records.history(maeda, app, id);
    expect(entry).toMatchObject({
      revision: 2,
      by: 15,
      changes: { 出庫数: ['1', '10.0'], 在庫数: ['99', '90'] },
    });
  });

  test('rich text is stored without what a browser could run', async () => {
    const row = await add({ 備品名: 'r', 詳細: '  <p onclick="x()">太字 <b>b</b></p><script>x()</script>' });
    expect(row.f105).toBe('  <p>太字 <b>b</b></p>');
    const [changed] = await records.update(maeda, app, [{ id: row.id, values: { 詳細: '1 < 2 & 3' } }]);
    expect(changed!.f105).not.toContain('<script');
  });

  test('a value set to what it was has not changed', async () => {
    const { id } = await add({ 備品名: 'x', 出庫数: '2' });
    changes.length = 0;
    await records.update(maeda, app, [{ id, values: { 出庫数: '2.0', 備品名: 'x' } }]);
    expect([...changes[0]!.changed]).toEqual([]);
  });

  test('a unique value is refused the second time, by name', async () => {
    await add({ 備品名: 'u', constructor: 'same' });
    await expect(add({ 備品名: 'u', constructor: 'same' })).rejects.toMatchObject({
      code: 'records.notUnique',
      place: '/fields/constructor',
    });
  });

  test('records saved at the same time are saved together; a faulty one fails alone', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, (_, n) => add({ 備品名: `p${n}`, constructor: n === 30 ? 'p29' : `p${n}` })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(59);
    const ids = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []));
    expect(new Set(ids).size).toBe(59);
    for (const [n, one] of results.entries()) {
      if (one.status === 'fulfilled') expect(one.value.f101).toBe(`p${n}`);
    }
  });

  test('conditions compare numbers as numbers and text literally', async () => {
    await applyApps(db.database, records, [
      {
        id: 60,
        name: 'n',
        fields: [
          { id: 101, name: 'n', type: 'number' },
          { id: 102, name: 't', type: 'text' },
        ],
      },
    ]);
    const other = await records.app(maeda, 60);
    await records.insert(maeda, other, [
      { values: { n: 9, t: '50%' } },
      { values: { n: 100, t: '50x' } },
      { values: { t: '50_' } },
    ]);
    const ids = async (filter: object) =>
      (await records.list(maeda, other, { filter: filter as never, limit: 50 })).rows.map(({ id }) => id);
    expect(await ids({ field: 'n', op: '>=', value: '10' })).toEqual([2]);
    expect(await ids({ field: 't', op: 'contains', value: '%' })).toEqual([1]);
    expect(await ids({ field: 't', op: '=', value: '50_' })).toEqual([3]);
    expect(await ids({ field: 'n', op: '!=', value: 9 })).toEqual([2, 3]);
    expect(
      await ids({
        any: [
          { field: 'n', op: 'isEmpty' },
          {
            all: [
              { field: 'n', op: '<', value: 10 },
              { field: 't', op: 'notContains', value: 'x' },
            ],
          },
        ],
      }),
    ).toEqual([1, 3]);
    await expect(ids({ field: 'zzz', op: '=', value: 1 })).rejects.toMatchObject({
      code: 'records.fieldUnknown',
    });
  });

  test('pages by keyset give every record once in order, empty values last', async () => {
    await applyApps(db.database, records, [
      {
        id: 61,
        name: 'p',
        fields: [
          { id: 101, name: 'n', type: 'number' },
          { id: 102, name: 't', type: 'text' },
        ],
      },
    ]);
    const other = await records.app(maeda, 61);
    const numbers = Array.from({ length: 37 }, (_, n) => (n % 5 === 0 ? null : n % 7));
    await records.insert(
      maeda,
      other,
      numbers.map((n) => ({ values: { n, t: n === null ? null : `t${n}` } })),
    );
    for (const sort of ['n', 't', undefined]) {
      for (const descending of [false, true]) {
        const seen: (string | null)[] = [];
        const ids: number[] = [];
        let cursor: string | undefined;
        for (;;) {
          const options = { limit: 4, descending, ...(sort && { sort }), ...(cursor && { cursor }) };
          const page = await records.list(maeda, other, options);
          seen.push(...page.rows.map((row) => row.f101 as string | null));
          ids.push(...page.rows.map(({ id }) => id));
          if (page.next === null) break;
          cursor = page.next;
        }
        expect(new Set(ids).size).toBe(37);
        if (sort) {
          const filled = seen.filter((one) => one !== null).map(Number);
          expect(filled).toEqual([...filled].sort((a, b) => (descending ? b - a : a - b)));
          expect(seen.slice(filled.length).every((one) => one === null)).toBe(true);
        }
      }
    }
    const second = await records.list(maeda, other, { sort: 'n', offset: 1, limit: 1 });
    expect(second.rows[0]!.id).toBe(15);
  });

  test('rights narrow in SQL: operations, records, fields', async () => {
    const access = [
      { subject: 'everyone', allow: ['view', 'add'], when: { field: '公開', op: '=', value: 'yes' } },
      { subject: 'group:it', allow: ['view', 'change'] },
      { subject: 'field:担当', allow: ['view', 'change'] },
      { subject: 'user:sasaki', hideFields: ['秘密'], readOnlyFields: ['公開'] },
    ];
    const fields = [
      { id: 101, name: '公開', type: 'select', options: ['yes', 'no'] },
      { id: 102, name: '秘密', type: 'text' },
      { id: 103, name: '担当', type: 'users' },
    ];
    await applyApps(db.database, records, [{ id: 62, name: 'r', fields, access }]);
    const other = await records.app(maeda, 62);
    await records.insert(maeda, other, [
      { values: { 公開: 'yes', 秘密: 's1' } },
      { values: { 公開: 'no', 秘密: 's2' } },
      { values: { 公開: 'no', 秘密: 's3', 担当: 'sasaki' } },
    ]);
    const sasaki = testCaller('sasaki');
    const page = await records.list(sasaki, other, { limit: 10 });
    expect(page.rows.map(({ id }) => id)).toEqual([1, 3]);
    expect(page.fields.map(({ name }) => name)).toEqual(['公開', '担当']);
    expect('f102' in page.rows[0]!).toBe(false);
    expect((await records.list(maeda, other, { limit: 10 })).rows).toHaveLength(3);
    const filtered = { filter: { field: '秘密', op: '=' as const, value: 's1' }, limit: 5 };
    await expect(records.list(sasaki, other, filtered)).rejects.toMatchObject({
      code: 'records.fieldUnknown',
    });
    await expect(records.list(sasaki, other, { sort: '秘密', limit: 5 })).rejects.toMatchObject({
      kind: 'invalid',
    });
    expect((await records.list(sasaki, other, { keyword: 's1', limit: 5 })).rows).toEqual([]);
    await expect(records.get(sasaki, other, 2)).rejects.toMatchObject({ code: 'records.recordNotFound' });
    await expect(records.update(sasaki, other, [{ id: 2, values: {} }])).rejects.toMatchObject({
      kind: 'notFound',
    });
    await expect(records.update(sasaki, other, [{ id: 1, values: { 担当: [] } }])).rejects.toMatchObject({
      kind: 'forbidden',
    });
    await expect(records.update(sasaki, other, [{ id: 3, values: { 公開: 'yes' } }])).rejects.toMatchObject({
      code: 'records.readOnly',
    });
    await expect(records.remove(sasaki, other, [{ id: 3 }])).rejects.toMatchObject({ kind: 'forbidden' });
    await records.update(sasaki, other, [{ id: 3, values: { 担当: [] } }]);
  });

  test('applying the same apps again changes nothing; a new field fills, a pruned one goes', async () => {
    expect((await applyApps(db.database, records, [bihin])).map(({ action }) => action)).toEqual(['keep']);
    const base = { id: 63, name: 'm', fields: [{ id: 101, name: 'a', type: 'number' }] };
    await applyApps(db.database, records, [base]);
    await records.insert(maeda, await records.app(maeda, 63), [{ values: { a: 4 } }]);
    const more = {
      ...base,
      fields: [
        ...base.fields,
        { id: 102, name: 'b', type: 'formula', expression: 'a * a', result: 'number' },
      ],
    };
    await applyApps(db.database, records, [more]);
    expect((await records.get(maeda, await records.app(maeda, 63), 1)).row.f102).toBe('16');
    await applyApps(db.database, records, [base]);
    expect((await records.app(maeda, 63)).fields).toHaveLength(2);
    await expect(
      applyApps(db.database, records, [{ ...base, fields: [{ id: 101, name: 'a', type: 'text' }] }]),
    ).rejects.toMatchObject({ code: 'records.typeChanged', place: '/apps/0/fields/0/type' });
  });
});
