import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { applyFile, call, example, logIn, type OpenSsm, openSsm } from './open-ssm.ts';

const page = readFileSync(new URL('../../../../docs/dialects/ssm.md', import.meta.url), 'utf8');
const root = fileURLToPath(new URL('../../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'renkei-clients-'));
let db: TestDatabase;
let ssm: OpenSsm;

beforeAll(async () => {
  db = await createTestDatabase();
  ssm = await openSsm(db);
  await applyFile(ssm.workspace, example);
});
afterAll(async () => {
  await ssm.close();
  await db.drop();
  rmSync(folder, { recursive: true });
});

/** The program of the page in this language. */
function program(language: string): string {
  const found = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, name]) => name === language);
  expect(found).toHaveLength(1);
  return found[0]![2]!;
}

async function run(language: string, name: string, command: string, ...args: string[]): Promise<string> {
  const file = join(folder, name);
  writeFileSync(file, program(language));
  const env = { ...process.env, SSM_URL: ssm.base, SSM_USER: 'maeda', SSM_PASSWORD: 'pass-maeda-1' };
  const { stdout } = await promisify(execFile)(command, [...args, file], { cwd: root, env, timeout: 30_000 });
  return stdout;
}

/** What the client has left behind. */
async function registered(q: string) {
  const { access: token } = await logIn(ssm.base, 'sasaki');
  const path = '/api/process_types/01000001/processes';
  const { body } = await call(ssm.base, 'GET', `${path}?${new URLSearchParams({ q })}`, { token });
  const [{ process_id: id, state, revision, items }] = body.processes;
  const { body: list } = await call(ssm.base, 'GET', `${path}/${id}/attachments`, { token });
  return { total: body.total, id, state, revision, body: items.body, attachments: list.attachments.length };
}

function has(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const left = { total: 1, state: '調査', revision: 2, body: '<div><p>調査中</p></div>', attachments: 1 };

describe('docs/dialects/ssm.md: the clients as written', () => {
  test.skipIf(!has('curl', '--version'))('curl', async () => {
    const output = await run('sh', 'client.sh', 'sh');
    const found = await registered('ネットワーク障害');
    expect(found).toMatchObject(left);
    expect(output).toContain(found.id);
  });

  test.skipIf(!has('python3', '-c', 'import requests'))('Python requests', async () => {
    const output = await run('python', 'client.py', 'python3');
    const found = await registered('ディスク容量不足');
    expect(found).toMatchObject(left);
    expect(output).toContain(`1 ['${found.id}']`);
  });

  test('TypeScript', async () => {
    const output = await run('ts', 'client.mts', process.execPath, '--import', 'tsx');
    const found = await registered('停電');
    expect(found).toMatchObject(left);
    expect(output).toContain(`${found.id} 調査`);
  });
});
