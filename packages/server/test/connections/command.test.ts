import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { FakeHighrise } from '../../../connect/test/support/fake-highrise.ts';
import { addCompanies } from '../../../connect/test/support/people.ts';
import { serverProcess } from '../support/server-process.ts';

const entry = fileURLToPath(new URL('../../src/cli/renkei.ts', import.meta.url));
let connectionString: string;
let environment: Record<string, string>;

beforeAll(async () => {
  const highrise = await FakeHighrise.start();
  addCompanies(highrise, 2);
  connectionString = `AuthScheme=APIToken;APIToken=t;AccountId=acme;URL=${highrise.url}`;
  const folder = mkdtempSync(join(tmpdir(), 'renkei-sql-'));
  const file = join(folder, 'workspace.json');
  const fields = [{ id: 101, name: '備品名', alias: 'item', type: 'text' }];
  writeFileSync(
    file,
    JSON.stringify({
      renkei: 1,
      apps: [{ id: 59, alias: 'bihin', name: '備品アプリ', fields }],
      connections: [{ name: 'crm', driver: 'highrise', connectionString: { env: 'CRM' } }],
    }),
  );
  const server = await serverProcess({ RENKEI_WORKSPACE: file, CRM: connectionString });
  await server.start();
  environment = { RENKEI_DATA_DIR: server.dataDir, RENKEI_PORT: '0' };
  return async () => {
    await server.close();
    await highrise.stop();
    rmSync(folder, { recursive: true });
  };
}, 120_000);

/** `renkei sql …` with the environment of the server's folder, or with another. */
const run = (args: string[], env = environment) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const command = ['--import', 'tsx', entry, 'sql', ...args];
    execFile(process.execPath, command, { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

test('contract §1: renkei sql runs on the server of its folder, in every format', {
  timeout: 60_000,
}, async () => {
  expect(await run(['INSERT INTO apps.bihin (item) VALUES (?)', '--param', '紙 "A4"'])).toMatchObject({
    code: 0,
    stdout: '1 row written\n',
  });
  const sql = 'SELECT b.id, b.item, c.Id AS company FROM apps.bihin b JOIN crm.Companies c ON c.Id = b.id';
  expect((await run([sql, '--format', 'csv'])).stdout).toBe('id,item,company\r\n1,"紙 ""A4""",1\r\n');
  expect(JSON.parse((await run([sql, '--format', 'json'])).stdout)).toEqual([
    { id: 1, item: '紙 "A4"', company: 1 },
  ]);
  expect((await run([sql])).stdout).toContain('(1 row)');
});

test('contract §1: wrong SQL exits 1, an unknown format 2', { timeout: 60_000 }, async () => {
  const wrong = await run(['SELECT nothing FROM apps.bihin']);
  expect(wrong).toMatchObject({ code: 1, stdout: '' });
  expect(wrong.stderr).toContain('nothing');
  expect((await run(['SELECT 1', '--format', 'xml'])).code).toBe(2);
});

test('contract §7: with a connection string no server is needed', { timeout: 60_000 }, async () => {
  const nowhere = { RENKEI_DATA_DIR: join(tmpdir(), 'renkei-no-server') };
  const found = await run(
    ['SELECT Id FROM Companies', '--connection-string', connectionString, '--format', 'json'],
    nowhere,
  );
  expect(JSON.parse(found.stdout)).toEqual([{ Id: 1 }, { Id: 2 }]);
});
