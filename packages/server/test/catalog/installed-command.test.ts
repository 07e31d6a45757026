import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RunningServer, renkei, serve, throwAwayFolder } from '../start/renkei-process.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { file19, sample14 } from './definition-files.ts';

// some twenty starts of a process, which is slow where other tests run beside it
vi.setConfig({ testTimeout: 120_000 });

/** `renkei catalog …` as it is installed, beside a server of its own. */
const { folder, remove } = throwAwayFolder();
let database: TestDatabase;
let server: RunningServer;
let environment: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  const workspace = join(folder, 'workspace.yaml');
  writeFileSync(
    workspace,
    'renkei: 1\ncatalog: {organizations: [{id: acme, roles: [technologyProvider]}, {id: rivals, roles: [technologyProvider]}]}\n',
  );
  environment = {
    RENKEI_DATA_DIR: folder,
    RENKEI_PORT: '0',
    RENKEI_DATABASE_URL: database.url,
    RENKEI_SECRET_KEY: 'a key for this test',
  };
  server = await serve({ ...environment, RENKEI_WORKSPACE: workspace });
  environment.RENKEI_PORT = new URL(server.urls[0]!).port;
}, 120_000);
afterAll(async () => {
  server.signal('SIGTERM');
  await server.ended;
  await database.drop();
  remove();
});

const command = (args: string[], language = 'en_US.UTF-8') =>
  renkei(['catalog', ...args], { ...environment, LANG: language }, folder);
function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('contract §1: catalog import ends with 0 and tells what came of each service', async () => {
  const path = file('sample.xml', sample14());
  const dry = await command(['import', path, '--organization', 'acme', '--dry-run']);
  expect(dry).toEqual({ code: 0, stdout: '+ SampleService 1.00 (acme)\n', stderr: '' });
  expect(await command(['import', path, '--organization', 'acme'])).toEqual(dry);
  const again = await command(['import', path, '--organization', 'acme']);
  expect(again).toMatchObject({ code: 0, stdout: '= SampleService 1.00 (acme)\n' });
});

test('contract §1: a refused file ends with 1 and file, line and mistake, in Japanese and English', async () => {
  const path = file('bad.xml', `\n${file19({ accessType: undefined })}`);
  for (const args of [
    ['import', path, '--organization', 'acme'],
    ['check', path],
  ]) {
    expect(await command(args)).toEqual({
      code: 1,
      stdout: '',
      stderr: `${path}:2: TechnicalService/@accessType: this attribute is required\n`,
    });
    expect(await command(args, 'ja_JP.UTF-8')).toMatchObject({
      code: 1,
      stderr: `${path}:2: TechnicalService/@accessType: この属性は必須です\n`,
    });
  }
});

test('contract §1: what the catalog forbids, an unnamed organization and a missing file end with 1', async () => {
  const taken = await command(['import', file('sample.xml', sample14()), '--organization', 'rivals']);
  expect(taken).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('belongs to the organization acme'),
  });
  expect(await command(['import', file('sample.xml', sample14())])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('acme, rivals'),
  });
  for (const args of [
    ['import', 'none.xml'],
    ['check', 'none.xml'],
  ]) {
    const { code, stderr } = await command(args);
    expect([code, stderr]).toEqual([1, expect.stringContaining('none.xml')]);
    expect(stderr).not.toContain('    at ');
  }
});

test('contract §1: catalog check needs no server, catalog export writes what imports again', async () => {
  const alone = await renkei(
    ['catalog', 'check', file('one.xml', file19({ billingIdentifier: 'X' })), '--billing-adapter', 'X'],
    { RENKEI_DATA_DIR: join(folder, 'nowhere') },
  );
  expect(alone).toEqual({ code: 0, stdout: '✓ Example\n', stderr: '' });
  const path = join(folder, 'export.xml');
  expect((await command(['export', path, '--organization', 'acme'])).code).toBe(0);
  expect(readFileSync(path, 'utf8')).toContain('id="SampleService" version="1.00"');
  const again = await command(['import', path, '--organization', 'acme']);
  expect(again).toMatchObject({ code: 0, stdout: '= SampleService 1.00 (acme)\n' });
});

test('contract §1: wrong usage ends with 2', async () => {
  for (const args of [['import'], ['check'], ['export'], ['import', 'a.xml', '--nonsense'], ['nonsense']]) {
    const { code, stdout, stderr } = await command(args);
    expect([args, code, stdout]).toEqual([args, 2, '']);
    expect(stderr).not.toBe('');
  }
});
