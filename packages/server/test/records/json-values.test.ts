import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, memberNames, type Records, toJson } from '../../src/modules/records/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { applyApps, createTestRecords, testCaller } from '../support/records.ts';

const source = {
  usersByNumber: async (numbers: Iterable<number>) =>
    new Map([...numbers].map((number) => [number, { login: `u${number}`, number, name: `利用者${number}` }])),
  groupsByNumber: async (numbers: Iterable<number>) =>
    new Map([...numbers].map((number) => [number, { id: `g${number}`, number, name: `組織${number}` }])),
};

const apps = [
  {
    id: 1,
    alias: 'every',
    name: '全部',
    fields: [
      { id: 101, name: 'text', type: 'text' },
      { id: 102, name: 'number', type: 'number' },
      { id: 103, name: 'sum', type: 'formula', expression: 'number * 2', result: 'number' },
      { id: 104, name: 'date', type: 'date' },
      { id: 105, name: 'time', type: 'time' },
      { id: 106, name: 'dateTime', type: 'dateTime' },
      { id: 107, name: 'colours', type: 'multiSelect', options: ['赤', '青'] },
      { id: 108, name: 'users', type: 'users' },
      { id: 109, name: 'groups', type: 'groups' },
      { id: 110, name: 'files', type: 'files' },
      { id: 111, name: 'serial', type: 'autoNumber', prefix: 'A-', digits: 4 },
      { id: 112, name: 'plain', type: 'autoNumber' },
      { id: 113, name: 'other', type: 'reference', app: 'other', field: 'when' },
      {
        id: 114,
        name: 'rows',
        type: 'table',
        fields: [
          { id: 1, name: '数', type: 'number' },
          { id: 2, name: '担当', type: 'users' },
          { id: 3, name: '日時', type: 'dateTime' },
        ].map((field) => ({ ...field, id: field.id + 100 })),
      },
    ],
  },
  { id: 2, alias: 'other', name: '別', fields: [{ id: 101, name: 'when', type: 'dateTime' }] },
];

let db: TestDatabase;
let records: Records;
let app: App;
const maeda = testCaller('maeda');

beforeAll(async () => {
  db = await createTestDatabase();
  records = createTestRecords(db.database);
  await applyApps(db.database, records, apps);
  app = await records.app(maeda, 'every');
});
afterAll(() => db.drop());

async function json(values: Record<string, unknown>) {
  const [saved] = await records.insert(maeda, app, [{ values }]);
  const { fields, row } = await records.get(maeda, app, saved!.id);
  const names = await memberNames(source, fields, [row]);
  return Object.fromEntries(fields.map((field) => [field.name, toJson(field, row, names)]));
}

describe('values in JSON', () => {
  test('every type has one form', async () => {
    const other = await records.app(maeda, 'other');
    const [target] = await records.insert(maeda, other, [{ values: { when: '2024-02-29T23:34:56' } }]);
    const shown = await json({
      text: '髙',
      number: '2.50',
      date: '2024-02-29',
      time: '09:30',
      dateTime: '2024-02-29T23:34:56+09:00',
      colours: ['青'],
      users: ['maeda'],
      groups: ['it'],
      other: target!.id,
      rows: [{ 数: 1, 担当: 'sasaki', 日時: '2024-02-29T00:00:00' }],
    });
    expect(shown).toEqual({
      text: '髙',
      number: 2.5,
      sum: 5,
      date: '2024-02-29',
      time: '09:30',
      dateTime: '2024-02-29T14:34:56Z',
      colours: ['青'],
      users: [{ id: 'u15', number: 15, name: '利用者15' }],
      groups: [{ id: 'g3', number: 3, name: '組織3' }],
      files: [],
      serial: 'A-0001',
      plain: 1,
      other: '2024-02-29T14:34:56Z',
      rows: [{ 数: 1, 担当: [{ id: 'u34', number: 34, name: '利用者34' }], 日時: '2024-02-28T15:00:00Z' }],
    });
  });

  test('nothing is null, or an empty list where lists are shown', async () => {
    expect(await json({})).toMatchObject({
      text: null,
      number: null,
      date: null,
      dateTime: null,
      colours: [],
      users: [],
      groups: [],
      files: [],
      other: null,
      rows: [],
    });
  });

  test('a number that a JSON number cannot hold exactly is text', async () => {
    for (const exact of ['0', '-12.25', '0.1', '9007199254740992', '1.500'])
      expect((await json({ number: exact })).number).toBe(Number(exact));
    for (const inexact of [
      '9007199254740993',
      '0.10000000000000000001',
      '12345678901234567890123',
      '0.0000001',
    ])
      expect((await json({ number: inexact })).number).toBe(inexact);
  });

  test('seconds and milliseconds are shown where there are any', async () => {
    expect(await json({ time: '09:30:15', dateTime: '2024-02-29T14:34:56.125Z' })).toMatchObject({
      time: '09:30:15',
      dateTime: '2024-02-29T14:34:56.125Z',
    });
  });
});
