import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/platform/database/database.ts';
import { createLog } from '../../src/platform/log/log.ts';
import {
  createSettings,
  createWorkspace,
  defaultSettings,
  toAnswer,
  type Workspace,
} from '../../src/workspace/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { folderWith } from './folder.ts';
import { createShelves } from './shelves.ts';

async function open(test: TestDatabase, database = test.database) {
  const settings = createSettings({ database });
  const shelves = createShelves(database);
  const workspace = createWorkspace({
    database,
    sections: [settings.section, shelves.section],
    log: createLog('silent'),
  });
  return { workspace, settings, shelves };
}

async function fresh() {
  const own = await createTestDatabase();
  const opened = await open(own);
  await opened.shelves.prepare();
  await opened.workspace.start();
  return { ...opened, own };
}

/** `line:column message` of each mistake, as the command line shows them. */
async function mistakes(workspace: Workspace, text: string): Promise<string[]> {
  const path = folderWith({ 'w.yaml': text });
  const read = await workspace.read(path('w.yaml'));
  const { faults } = toAnswer(await workspace.apply(read), 'en');
  expect(read.faults).toEqual([]);
  return faults
    .map(({ pointer, at, message }) => ({ message, ...read.locate(pointer, at)! }))
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(({ message, line, column }) => `${line}:${column} ${message}`);
}

describe('contract §3: wrong files', () => {
  let at: Awaited<ReturnType<typeof fresh>>;
  beforeAll(async () => {
    at = await fresh();
  });
  afterAll(() => at.own.drop());

  test('many mistakes: all of them with line and column, and nothing changes', async () => {
    expect(
      await mistakes(
        at.workspace,
        `renkei: 1
settings:
  timezone: Mars/Olympus
  locale: fr
shelves:
  - id: good
  - id: bad
    lable: 棚
    items:
      - {id: 1, name: 品名, type: txet}
  - label: no id
  - {id: lost, next: nowhere}
`,
      ),
    ).toEqual([
      '3:13 "Mars/Olympus" is not an IANA time zone (such as Asia/Tokyo)',
      '4:11 "fr" is not allowed; allowed: ja, en',
      '8:5 unknown key "lable" (did you mean "label"?)',
      '10:33 "txet" is not allowed; allowed: text, number (did you mean "text"?)',
      '11:5 "id" is missing',
      '12:22 there is no shelf "nowhere"',
    ]);
    expect(await at.own.database.row(sql`SELECT count(*) FROM shelves`)).toEqual({ count: 0 });
    expect(await at.own.database.rows(sql`SELECT * FROM workspace.settings`)).toEqual([]);
  });

  test('a number where text belongs says to quote it', async () => {
    expect(
      await mistakes(at.workspace, 'renkei: 1\nshelves:\n  - id: 01000001\n  - id: true\n  - id:\n'),
    ).toEqual([
      '3:9 must be text, but without quotes it was read as the number 1000001: put it in quotes ("…")',
      '4:9 must be text, but without quotes it was read as true: put it in quotes ("…")',
      '5:8 must be text, not nothing',
    ]);
  });

  test('bounds, lengths, types and unions are told in the branch that was meant', async () => {
    expect(
      await mistakes(
        at.workspace,
        `renkei: 1
shelves:
  - id: ""
  - id: aaaaaaaaaaaaaaaaaaaaaaaaa
  - id: a
    items:
      - {id: 1.5, name: x, type: text, maxLength: 0}
      - {id: 2, name: x, type: text, min: 3}
      - {id: 3, name: x, type: number, min: many}
      - {id: 4, name: x}
      - plain
    secret: [1]
    when: {all: [{field: 品名, op: "=="}, {all: [{field: 5, op: "="}]}]}
    label: {ja: x}
shelfs: []
`,
      ),
    ).toEqual([
      '3:9 must not be empty',
      '4:9 must have at most 20 characters',
      '7:14 must be a whole number, not the number 1.5',
      '7:51 must be at least 1',
      '8:38 unknown key "min"',
      '9:45 must be a number, not text',
      '10:9 "type" is missing',
      '11:9 must be a map of keys and values, not text',
      '12:13 must be text or a map of keys and values, not a list',
      '13:34 "==" is not allowed; allowed: =, < (did you mean "="?)',
      '13:56 must be text, but without quotes it was read as the number 5: put it in quotes ("…")',
      '14:12 must be text, not a map of keys and values',
      '15:1 unknown key "shelfs" (did you mean "shelves"?)',
    ]);
  });

  test('messages are there in Japanese', async () => {
    const { faults } = await at.workspace.plan({ file: { renkei: 1, shelves: [{ id: 5, lable: 1 }] } });
    expect(faults.map((fault) => [fault.place, fault.text('ja')])).toEqual([
      ['/shelves/0/lable', '「lable」というキーはありません(「label」では?)'],
      [
        '/shelves/0/id',
        '文字列にしてください。引用符がないので数値 5として読まれました("…" で囲んでください)',
      ],
    ]);
  });

  test('what is no workspace at all is refused, however odd', async () => {
    const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`);
    for (const file of [
      null,
      5,
      'x',
      [],
      {},
      { renkei: 2 },
      deep,
      { renkei: 1, include: ['x'] },
      JSON.parse('{"renkei":1,"__proto__":1}'),
      { renkei: 1, shelves: [{ id: 'a\0' }] },
    ]) {
      const { faults, changes } = await at.workspace.apply({ file });
      expect(faults.length).toBeGreaterThan(0);
      expect(changes).toEqual([]);
    }
  });

  test('secrets that cannot be found are told where they stand, and never taken from the server', async () => {
    process.env.WORKSPACE_TEST_SECRET = 'of the server';
    const file = { renkei: 1, shelves: [{ id: 'a', secret: { env: 'WORKSPACE_TEST_SECRET' } }] };
    const { faults } = await at.workspace.plan({ file });
    delete process.env.WORKSPACE_TEST_SECRET;
    expect(faults.map(({ place, message }) => [place, message])).toEqual([
      [
        '/shelves/0/secret',
        'the environment variable WORKSPACE_TEST_SECRET is not set where the file was read',
      ],
    ]);
  });
});

describe('contract §3: apply, diff and export', () => {
  const text = `renkei: 1
settings:
  timezone: Europe/Berlin
  accessUrls: {internal: "https://192.0.2.1/cgi-bin/dneo/"}
  mail: {from: "連携 <renkei@example.com>"}
shelves:
  - {id: "01000001", label: 棚, items: [{id: 1, name: "a: b # c", type: text}]}
  - {id: "yes", label: "複数\\n行", secret: {env: PASS}}
`;

  test('twice in a row: the second time nothing is left to do, and the revision stays', async () => {
    const { workspace, settings, shelves, own } = await fresh();
    expect(settings.current()).toEqual(defaultSettings);
    const path = folderWith({ 'w.yaml': text.replace('{env: PASS}', '{file: pass}'), pass: 'pw\n' });
    const read = await workspace.read(path('w.yaml'));
    const first = await workspace.apply(read, { by: 'test' });
    expect(first.faults).toEqual([]);
    expect(first.changes.map(({ action, kind, id }) => `${action} ${kind} ${id}`)).toEqual([
      'add setting timezone',
      'add setting accessUrls.internal',
      'add setting mail.from',
      'add shelf 01000001',
      'add shelf yes',
    ]);
    expect(settings.current()).toEqual({
      ...defaultSettings,
      timezone: 'Europe/Berlin',
      accessUrls: { internal: 'https://192.0.2.1/cgi-bin/dneo/', external: '' },
      mail: { security: 'smtp', from: '連携 <renkei@example.com>' },
    });
    expect(shelves.names()).toEqual(['01000001', 'yes']);
    expect(await own.database.row(sql`SELECT secret FROM shelves WHERE id = 'yes'`)).toEqual({
      secret: 'pw',
    });
    for (const result of [await workspace.plan(read), await workspace.apply(read)]) {
      expect(new Set(result.changes.map(({ action }) => action))).toEqual(new Set(['keep']));
    }
    const state = sql`SELECT revision, applied_by FROM workspace.state`;
    expect(await own.database.row(state)).toEqual({ revision: 1, applied_by: 'test' });
    await own.drop();
  });

  test('export into a fresh server: diff is empty', async () => {
    const a = await fresh();
    const path = folderWith({ 'w.yaml': text.replace(', secret: {env: PASS}', '') });
    await a.workspace.apply(await a.workspace.read(path('w.yaml')));
    const { text: exported } = await a.workspace.export();
    expect(exported).toContain('# Written by "renkei export"');
    expect(exported).toContain('label: 棚');
    const b = await fresh();
    const copy = await b.workspace.read(folderWith({ 'copy.yaml': exported })('copy.yaml'));
    expect(copy.faults).toEqual([]);
    expect((await b.workspace.apply(copy)).faults).toEqual([]);
    const diff = await a.workspace.plan(copy, { prune: true });
    expect(diff.changes.filter(({ action }) => action !== 'keep')).toEqual([]);
    expect((await b.workspace.export()).text).toBe(exported);
    await a.own.drop();
    await b.own.drop();
  });

  test('what the file does not mention is left alone, and removed only with prune', async () => {
    const { workspace, settings, shelves, own } = await fresh();
    await workspace.apply({
      file: { renkei: 1, settings: { locale: 'en' }, shelves: [{ id: 'a' }, { id: 'b' }] },
    });
    const less = { file: { renkei: 1, shelves: [{ id: 'b' }] } };
    await workspace.apply(less);
    expect(shelves.names()).toEqual(['a', 'b']);
    const pruned = await workspace.apply(less, { prune: true });
    expect(pruned.changes.filter(({ action }) => action === 'remove').map(({ id }) => id)).toEqual([
      'locale',
      'a',
    ]);
    expect(shelves.names()).toEqual(['b']);
    expect(settings.current()).toEqual(defaultSettings);
    await own.drop();
  });

  test('another process follows an apply, and applies at the same time queue up', async () => {
    const a = await fresh();
    const database = a.own.connect();
    const b = await open(a.own, database);
    await b.workspace.start();
    await Promise.all(
      ['x', 'y', 'z', 'w'].map((id, index) =>
        (index % 2 ? a : b).workspace.apply({ file: { renkei: 1, shelves: [{ id }] } }),
      ),
    );
    await expect
      .poll(() => [a.shelves.names(), b.shelves.names()])
      .toEqual([
        ['w', 'x', 'y', 'z'],
        ['w', 'x', 'y', 'z'],
      ]);
    expect(await a.own.database.row(sql`SELECT revision FROM workspace.state`)).toEqual({ revision: 4 });
    await database.close();
    await a.own.drop();
  });
});
