import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { announceAddress, serverAddresses, withdrawAddress } from '../../src/cli/server-address.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { createDirectClient, openWorkspaceClient } from '../../src/cli/workspace-client.ts';
import { applyCommand, diffCommand, exportCommand } from '../../src/cli/workspace-commands.ts';
import { readSettings } from '../../src/config/settings.ts';
import { createOperatorToken, isOperatorToken } from '../../src/platform/crypto/operator-token.ts';
import type { Locale } from '../../src/platform/errors.ts';
import { createLog } from '../../src/platform/log/log.ts';
import { createSettings, createWorkspace, toAnswer, type WorkspaceInput } from '../../src/workspace/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { folderWith } from '../workspace/folder.ts';
import { createShelves } from '../workspace/shelves.ts';

const secretKey = Buffer.from('a secret key of this test');

/** A terminal that keeps what is written to it. */
function record(locale: Locale, answers: boolean[] = []) {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    locale,
    print: (line) => void out.push(line),
    complain: (line) => void err.push(line),
    paint: (_, text) => text,
    interactive: answers.length > 0,
    confirm: async () => answers.shift() ?? false,
  };
  return { terminal, out, err };
}

let own: TestDatabase;
let shelves: ReturnType<typeof createShelves>;
let open: (locale?: Locale) => Parameters<typeof applyCommand>[2]['open'];
const seen: string[] = [];
let port: string;

beforeAll(async () => {
  own = await createTestDatabase();
  const { database } = own;
  shelves = createShelves(database);
  await shelves.prepare();
  const sections = [createSettings({ database }).section, shelves.section];
  const workspace = createWorkspace({ database, sections, log: createLog('silent') });
  await workspace.start();

  const server = fastify();
  server.addHook('onRequest', async (request, reply) => {
    seen.push(`${request.method} ${request.url}`);
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    if (request.url !== '/healthz' && !(await isOperatorToken(token, secretKey))) {
      return reply.code(401).send({ title: 'not signed in' });
    }
  });
  server.get('/healthz', () => ({}));
  server.get('/v1/workspace/export', async () => (await workspace.export()).text);
  for (const action of ['plan', 'apply'] as const) {
    server.post(`/v1/workspace/${action}`, async (request) => {
      const body = request.body as WorkspaceInput & { prune: boolean };
      const locale = request.headers['accept-language'] === 'ja' ? 'ja' : 'en';
      return toAnswer(await workspace[action](body, { prune: body.prune }), locale);
    });
  }
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  onFinish.push(() => server.close());
  port = new URL(url).port;
  const settings = readSettings({ RENKEI_PORT: port });
  open =
    (locale = 'en') =>
    () =>
      openWorkspaceClient({
        settings,
        secretKey,
        locale,
        direct: () => Promise.reject(new Error('there is a server')),
      });
});
const onFinish: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const finish of onFinish) await finish();
  await own.drop();
});

describe('contract §1: renkei apply, diff, export', () => {
  test('apply prints what it added, changed and left alone; the running server follows', async () => {
    const path = folderWith({
      'w.yaml': 'renkei: 1\ninclude: b.yaml\nshelves: [{id: a, label: 棚}]\n',
      'b.yaml': 'shelves: [{id: b, secret: {file: key}}]\n',
      key: 'k\n',
    });
    const diff = record('en');
    expect(
      await diffCommand(path('w.yaml'), { prune: false }, { terminal: diff.terminal, open: open() }),
    ).toBe(0);
    expect(diff.out).toEqual([
      '+ shelf a',
      '+ shelf b',
      'Applying would give: 2 added, 0 changed, 0 removed, 0 left alone',
    ]);
    expect(shelves.names()).toEqual([]);

    const first = record('ja');
    const options = { prune: false, yes: false };
    expect(await applyCommand(path('w.yaml'), options, { terminal: first.terminal, open: open('ja') })).toBe(
      0,
    );
    expect(first.out.at(-1)).toBe('適用しました: 追加 2、変更 0、削除 0、そのまま 0');
    expect(shelves.names()).toEqual(['a', 'b']);

    const second = record('en');
    expect(await applyCommand(path('w.yaml'), options, { terminal: second.terminal, open: open() })).toBe(0);
    expect(second.out).toEqual(['= shelf a, b', 'Applied: 0 added, 0 changed, 0 removed, 2 left alone']);
    expect(seen.filter((line) => line === 'POST /v1/workspace/apply')).toHaveLength(2);
  });

  test('mistakes of the file and of the server are shown together, each with its line', async () => {
    const path = folderWith({
      'w.yaml':
        'renkei: 1\nshelves:\n  - id: c\n    id: d\n  - {id: e, 名前: 棚, next: nowhere}\n  - id: 01000001\n',
    });
    const { terminal, err, out } = record('ja');
    const before = shelves.names();
    expect(
      await applyCommand(path('w.yaml'), { prune: false, yes: false }, { terminal, open: open('ja') }),
    ).toBe(1);
    expect(out).toEqual([]);
    expect(err.map((line) => line.replace(/^.*w\.yaml/, 'w.yaml'))).toEqual([
      'w.yaml:4:5: キー「id」が二度あります(一度目は3行目)',
      '  4 |     id: d',
      '    |     ^',
      'w.yaml:5:13: 「名前」というキーはありません',
      '  5 |   - {id: e, 名前: 棚, next: nowhere}',
      '    |             ^',
      'w.yaml:6:9: 文字列にしてください。引用符がないので数値 1000001として読まれました("…" で囲んでください)',
      '  6 |   - id: 01000001',
      '    |         ^',
      '誤りが3件あります。何も変更していません。',
    ]);
    expect(shelves.names()).toEqual(before);
  });

  test('a file that is missing or no YAML never reaches the server', async () => {
    const path = folderWith({ 'w.yaml': 'renkei: [\n' });
    for (const name of ['w.yaml', 'none.yaml']) {
      const { terminal, err } = record('en');
      const never = () => Promise.reject(new Error('not needed'));
      expect(await applyCommand(path(name), { prune: false, yes: false }, { terminal, open: never })).toBe(1);
      expect(err.at(-1)).toBe('1 mistake; nothing was changed.');
    }
  });

  test('--prune lists what it removes and asks on a terminal, unless --yes', async () => {
    const path = folderWith({
      'ab.yaml': 'renkei: 1\nshelves: [{id: a}, {id: b}]\n',
      'a.yaml': 'renkei: 1\nshelves: [{id: a}]\n',
    });
    await applyCommand(
      path('ab.yaml'),
      { prune: true, yes: true },
      { terminal: record('en').terminal, open: open() },
    );
    const no = record('en', [false]);
    expect(
      await applyCommand(
        path('a.yaml'),
        { prune: true, yes: false },
        { terminal: no.terminal, open: open() },
      ),
    ).toBe(1);
    expect(no.out).toEqual(['This will be removed:', '  - shelf b']);
    expect(shelves.names()).toEqual(['a', 'b']);
    const yes = record('en');
    expect(
      await applyCommand(
        path('a.yaml'),
        { prune: true, yes: true },
        { terminal: yes.terminal, open: open() },
      ),
    ).toBe(0);
    expect(yes.out.slice(0, 2)).toEqual(['This will be removed:', '  - shelf b']);
    expect(shelves.names()).toEqual(['a']);
  });

  test('export writes to standard output or a file that only its owner reads', async () => {
    const path = folderWith({});
    const { terminal, out } = record('en');
    expect(await exportCommand(undefined, { terminal, open: open() })).toBe(0);
    expect(out.join('\n')).toMatch(/^# Written by "renkei export"/);
    expect(await exportCommand(path('w.yaml'), { terminal, open: open() })).toBe(0);
    expect(readFileSync(path('w.yaml'), 'utf8')).toBe(`${out.join('\n')}\n`);
    expect(statSync(path('w.yaml')).mode & 0o777).toBe(0o600);
    const failed = record('en');
    expect(await exportCommand(path('none/w.yaml'), { terminal: failed.terminal, open: open() })).toBe(1);
    expect(failed.err[0]).toMatch(/ENOENT/);
  });
});

describe('reaching the server', () => {
  test('a server with another secret key refuses, and the command says so', async () => {
    const { terminal, err } = record('en');
    const before = seen.length;
    const wrong = () =>
      openWorkspaceClient({
        settings: readSettings({ RENKEI_PORT: port }),
        secretKey: Buffer.from('another key'),
        locale: 'en',
        direct: () => Promise.reject(new Error('there is a server')),
      });
    expect(await exportCommand(undefined, { terminal, open: wrong })).toBe(1);
    expect(err[0]).toMatch(/answered 401: not signed in \(is it the server of this data folder/);
    expect(seen.length).toBe(before + 2);
  });

  test('without a running server the database is used directly', async () => {
    const path = folderWith({ 'w.yaml': 'renkei: 1\nshelves: [{id: direct}]\n' });
    const folder = path('data');
    mkdirSync(folder);
    await announceAddress(folder, 'http://127.0.0.1:1'); // left by a server that was killed
    const settings = readSettings({ RENKEI_DATA_DIR: folder, RENKEI_PORT: '1' });
    const database = own.connect();
    onTestFinished(() => database.close());
    const other = createShelves(database);
    const sections = [createSettings({ database }).section, other.section];
    const workspace = createWorkspace({ database, sections, log: createLog('silent') });
    const direct = async () => createDirectClient(workspace, 'en', async () => undefined);
    const { terminal } = record('en');
    const command = {
      terminal,
      open: () => openWorkspaceClient({ settings, secretKey, locale: 'en' as const, direct }),
    };
    expect(await applyCommand(path('w.yaml'), { prune: false, yes: false }, command)).toBe(0);
    expect(other.names()).toContain('direct');
    await expect.poll(() => shelves.names()).toContain('direct');
  });

  test('the address is the noted one, then that of the settings', async () => {
    const folder = folderWith({})('.');
    const settings = readSettings({ RENKEI_DATA_DIR: folder, RENKEI_HOST: '0.0.0.0' });
    await announceAddress(folder, 'http://127.0.0.1:1234/');
    expect(await serverAddresses(settings)).toEqual(['http://127.0.0.1:1234', 'http://127.0.0.1:49152']);
    await withdrawAddress(folder);
    expect(await serverAddresses({ ...settings, host: '::' })).toEqual(['http://[::1]:49152']);
  });

  test('operator tokens hold for their own key only', async () => {
    const token = await createOperatorToken(secretKey);
    expect(await isOperatorToken(token, secretKey)).toBe(true);
    expect(await isOperatorToken(token, Buffer.from('another key'))).toBe(false);
    const [, payload] = token.split('.');
    const none = `${Buffer.from('{"alg":"none","typ":"operator+jwt"}').toString('base64url')}.${payload}.`;
    expect(await isOperatorToken(none, secretKey)).toBe(false);
    expect(await isOperatorToken('', secretKey)).toBe(false);
  });
});
