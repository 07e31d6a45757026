import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serverProcess } from '../support/server-process.ts';

const demo = fileURLToPath(new URL('../../../../examples/demo/workspace.yaml', import.meta.url));
const entry = fileURLToPath(new URL('../../src/cli/renkei.ts', import.meta.url));
const password = 'backup-password-1';
const environment = { RENKEI_ADMIN_PASSWORD: password };

const folder = mkdtempSync(join(tmpdir(), 'renkei-backup-'));
const server = await serverProcess(environment);
const second = await serverProcess(environment);
let url: string;
let token: string;
/** What the first server held when the backup was made. */
let held: unknown;

function renkei(dataDir: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', entry, ...args], {
    env: { ...process.env, LANG: 'C', RENKEI_DATA_DIR: dataDir, RENKEI_PORT: '1' },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

async function call(base: string, path: string, body?: unknown): Promise<Record<string, never>> {
  const answer = await fetch(base + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json() as Promise<Record<string, never>>;
}

/** Everything a user would compare. */
async function everything(base: string) {
  const file = await fetch(`${base}/v1/apps/bihin/files/${fileId}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return {
    workspace: await (
      await fetch(`${base}/v1/workspace/export`, { headers: { authorization: `Bearer ${token}` } })
    ).text(),
    records: await call(base, '/v1/apps/bihin/records?limit=500'),
    services: await call(base, '/v1/catalog/technical-services'),
    log: await call(base, '/v1/access-log?limit=500'),
    file: [file.status, await file.text()],
  };
}
let fileId: string;

beforeAll(async () => {
  url = await server.start({ RENKEI_WORKSPACE: demo });
  token = (await call(url, '/v1/sessions', { username: 'admin', password })).access_token!;
  const form = new FormData();
  form.set('file', new Blob(['図面\n']), '図面.txt');
  const uploaded = await fetch(`${url}/v1/apps/bihin/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  fileId = ((await uploaded.json()) as { id: string }).id;
  await call(url, '/v1/apps/bihin/records', { fields: { 備品名: 'キーボード', 出庫数: 3, 資料: [fileId] } });
  await call(url, '/v1/apps/bihin/records', { fields: { 備品名: "it's \\. \t\n a trap", 出庫数: 1 } });
  await new Promise((done) => setTimeout(done, 1500)); // the access log is written behind
  held = await everything(url);
}, 120_000);

afterAll(async () => {
  await server.close();
  await second.close();
  rmSync(folder, { recursive: true, force: true });
});

test('backup takes one moment of a server that goes on saving; restore brings all of it back', async () => {
  const { dataDir } = server;
  const backup = join(folder, 'first');
  let saving = true;
  let saved = 0;
  const saves = (async () => {
    for (; saving; saved++)
      await call(url, '/v1/apps/bihin/records', { fields: { 備品名: `${saved}`, 出庫数: 1 } });
  })();
  const made = renkei(dataDir, 'backup', backup);
  saving = false;
  await saves;
  expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/\d+ tables, \d+ rows/) });
  expect(readdirSync(backup)).toEqual(expect.arrayContaining(['manifest.json', 'secret.key']));
  for (const name of readdirSync(backup)) expect(statSync(join(backup, name)).mode & 0o077).toBe(0);

  // a second one, of the server at rest, is what is compared
  held = await everything(url);
  const quiet = join(folder, 'quiet');
  expect(renkei(dataDir, 'backup', quiet).status).toBe(0);
  const restored = renkei(second.dataDir, 'restore', quiet);
  expect(restored).toMatchObject({ status: 0, stderr: '' });
  const copy = await second.start();
  expect(await everything(copy)).toEqual(held); // signed in with the token of the first server
  // numbers go on where they were, sign-in still works
  const [newer, elsewhere] = [
    await call(url, '/v1/apps/bihin/records', { fields: { 備品名: '次', 出庫数: 1 } }),
    await call(copy, '/v1/apps/bihin/records', { fields: { 備品名: '次', 出庫数: 1 } }),
  ];
  expect(elsewhere.id).toEqual(newer.id);
  await call(copy, '/v1/sessions', { username: 'admin', password });
  expect(saved).toBeGreaterThan(0);

  expect(renkei(second.dataDir, 'restore', quiet)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('in use already'),
  });
}, 120_000);

test('a folder that is no backup, is damaged or belongs to another key is refused, and nothing is restored', () => {
  const fresh = () => mkdtempSync(join(folder, 'fresh-'));
  const backup = join(folder, 'first');
  expect(renkei(server.dataDir, 'backup', backup)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('is not empty'),
  });
  expect(renkei(fresh(), 'restore', join(folder, 'nowhere'))).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('no finished backup'),
  });
  process.env.RENKEI_SECRET_KEY = 'another key';
  try {
    const dataDir = fresh();
    expect(renkei(dataDir, 'restore', backup)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('RENKEI_SECRET_KEY'),
    });
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
  } finally {
    delete process.env.RENKEI_SECRET_KEY;
  }
  appendFileSync(join(backup, 'identity.users.copy.gz'), 'x');
  const dataDir = fresh();
  const damaged = renkei(dataDir, 'restore', backup);
  expect(damaged).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('identity.users.copy.gz is damaged'),
  });
  expect(renkei(dataDir, 'restore', join(folder, 'quiet'))).toMatchObject({ status: 0 });
  expect(renkei(dataDir, 'backup').status).toBe(2);
}, 120_000);
