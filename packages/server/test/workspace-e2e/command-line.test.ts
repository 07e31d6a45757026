import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createCall } from '../native/open-native.ts';
import { type RunningServer, renkei, serve, throwAwayFolder } from '../start/renkei-process.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

// several starts of a process each, which is slow where other tests run beside it
vi.setConfig({ testTimeout: 120_000 });

/** `renkei` as users run it: with the environment of a running server. */
let databases: TestDatabase[];
let folders: ReturnType<typeof throwAwayFolder>[];
let server: RunningServer;
let environment: Record<string, string>;

const workspace = `renkei: 1
settings:
  timezone: Asia/Tokyo
groups:
  - {id: it, number: 3, name: 情報システム部}
users:
  - {id: maeda, number: 15, name: 前田隆, password: {env: MAEDA_PASSWORD}, groups: [it], accessKeys: [key-maeda-1]}
apps:
  - id: 59
    alias: bihin
    name: '備品 "アプリ" %;'
    fields:
      - {id: 101, name: 備品名, alias: item, type: text, required: true}
      - {id: 102, name: 出庫数, type: number, min: 0}
      - {id: 103, name: 在庫数, type: formula, expression: "100 - 出庫数", result: number}
    access:
      - {subject: everyone, allow: [view, add]}
    automations:
      - title: 備品情報変更
        on: [added, updated]
        when: {all: [{field: 出庫数, op: ">=", value: 1}]}
        webhook: {url: "http://127.0.0.1:9/hook", accessToken: so84TkMOI470}
  - id: 71
    alias: incident
    name: インシデント管理
    process:
      type: "01000001"
      idPattern: "IC1--{yyMMdd}-{seq4}"
      states: [受付, 完了]
    fields:
      - {id: 101, name: 件名, alias: title, type: text}
`;

beforeAll(async () => {
  databases = [await createTestDatabase(), await createTestDatabase()];
  folders = [throwAwayFolder(), throwAwayFolder()];
  environment = variables(0);
  server = await serve(environment);
});
afterAll(async () => {
  server?.signal('SIGTERM');
  await server?.ended;
  for (const folder of folders) folder.remove();
  for (const database of databases) await database.drop();
});

function variables(index: number): Record<string, string> {
  return {
    RENKEI_DATA_DIR: folders[index]!.folder,
    RENKEI_DATABASE_URL: databases[index]!.url,
    RENKEI_PORT: '0',
    RENKEI_ADMIN_PASSWORD: 'admin-1234',
    MAEDA_PASSWORD: 'pass-maeda-1',
  };
}

function write(name: string, text: string): string {
  const path = join(folders[0]!.folder, name);
  writeFileSync(path, text);
  return path;
}

test('contract §1: apply reaches the running server; the second time nothing changes', async () => {
  const file = write('workspace.yaml', workspace);
  const wanted = await renkei(['diff', file], environment);
  expect(wanted.code, wanted.stderr).toBe(0);
  expect(wanted.stdout).toContain('app 59');
  const first = await renkei(['apply', file], environment);
  expect(first.code, first.stderr).toBe(0);
  expect(first.stdout).toMatch(/5 added, 0 changed|added/);
  // contract §7: what is saved after it returns follows the new rules
  const call = createCall(server.urls[0]!);
  const body = { username: 'maeda', password: 'pass-maeda-1' };
  const token = (await call('POST', '/v1/sessions', { body })).json.access_token;
  const made = await call('POST', '/v1/apps/bihin/records', {
    token,
    body: { fields: { 備品名: 'x', 出庫数: 30 } },
  });
  expect(made.json.fields.在庫数).toBe(70);
  const second = await renkei(['apply', file], environment);
  expect(second.code).toBe(0);
  expect(second.stdout).toMatch(/0 added, 0 changed, 0 removed/);
  const nothing = await renkei(['diff', file], environment);
  expect(nothing.stdout).toMatch(/0 to add, 0 to change|0 added, 0 changed|No changes|Nothing/i);
});

test('contract §1: an export into a fresh data folder applies cleanly, and diff is then empty', async () => {
  const file = join(folders[0]!.folder, 'exported.yaml');
  const exported = await renkei(['export', file], environment);
  expect(exported.code, exported.stderr).toBe(0);
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(readFileSync(file, 'utf8')).not.toContain('pass-maeda-1');
  // no server runs there: the command works on the database itself
  const elsewhere = variables(1);
  const applied = await renkei(['apply', file], elsewhere);
  expect(applied.code, applied.stderr).toBe(0);
  const diff = await renkei(['diff', file], elsewhere);
  expect(diff.code).toBe(0);
  expect(changeLines(diff.stdout)).toEqual([]);
  const again = await renkei(['export'], elsewhere);
  expect(again.stdout).toBe(readFileSync(file, 'utf8'));
});

function changeLines(output: string): string[] {
  return output.split('\n').filter((line) => /^[+~-] /.test(line));
}

test('contract §3: five mistakes are reported with line and column, and nothing changes', async () => {
  const file = write(
    'mistakes.yaml',
    `renkei: 1
settings:
  timezone: Asia/Tokio
users:
  - {id: suzuki, name: 鈴木, groups: [nowhere]}
apps:
  - id: 90
    name: 誤り
    feilds: []
    fields:
      - {id: 101, name: A, type: txt}
      - {id: 101, name: B, type: text}
`,
  );
  const before = (await renkei(['export'], environment)).stdout;
  const { code, stdout, stderr } = await renkei(['apply', file], environment);
  expect(code).toBe(1);
  const told = stdout + stderr;
  for (const place of ['3:13', '5:37', '9:5', '11:34', '12:14'])
    expect(told).toContain(`mistakes.yaml:${place}`);
  expect(told).not.toMatch(/\n\s+at /);
  expect((await renkei(['export'], environment)).stdout).toBe(before);
});

test('a file that is no YAML, or is not there, is told in a line with status 1', async () => {
  const broken = await renkei(['apply', write('broken.yaml', 'renkei: [1\nusers: }')], environment);
  expect(broken.code).toBe(1);
  expect(broken.stderr + broken.stdout).toMatch(/broken\.yaml:\d+:\d+/);
  const absent = await renkei(['apply', '/nowhere/workspace.yaml'], environment);
  expect(absent.code).toBe(1);
  expect(absent.stderr).toContain('/nowhere/workspace.yaml');
  expect(absent.stderr).not.toMatch(/\n\s+at /);
});

test('--prune lists what it removes; without it what the file does not mention stays', async () => {
  const file = write('small.yaml', 'renkei: 1\napps: []\n');
  expect(changeLines((await renkei(['diff', file], environment)).stdout)).toEqual([]);
  const diff = await renkei(['diff', '--prune', file], environment);
  expect(diff.stdout).toMatch(/- app 71/);
  const call = createCall(server.urls[0]!);
  const body = { username: 'admin', password: 'admin-1234' };
  const token = (await call('POST', '/v1/sessions', { body })).json.access_token;
  expect((await call('GET', '/v1/apps/incident', { token })).status).toBe(200);
});

test.each([
  [['--help']],
  [['serve', '--help']],
  [['apply', '--help']],
  [['diff', '--help']],
  [['export', '--help']],
  [['listen', '--help']],
])('contract §1: renkei %j explains, each command with an example', async (args) => {
  const { code, stdout, stderr } = await renkei(args);
  expect(code).toBe(0);
  expect(stderr).toBe('');
  expect(stdout).toContain('Usage: renkei');
  expect(stdout).toMatch(
    args.length === 1 ? /serve[\s\S]*apply[\s\S]*diff[\s\S]*export/ : /Examples?:\n {2}.*renkei/,
  );
});

test.each([
  [[]],
  [['unknown']],
  [['apply']],
  [['apply', 'a', 'b']],
  [['serve', '--port', '1']],
  [['listen', 'x']],
])('contract §1: renkei %j is wrong usage: status 2 and a word of help', async (args) => {
  const { code, stderr } = await renkei(args, environment);
  expect(code).toBe(2);
  expect(stderr).not.toBe('');
  expect(stderr).not.toMatch(/\n\s+at /);
});
