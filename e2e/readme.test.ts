import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { throwAwayFolder } from '../packages/server/test/start/renkei-process.ts';

/** The walk-through of the README, as it stands there: on its ports, in three "terminals". */
const root = fileURLToPath(new URL('..', import.meta.url));
const blocks = codeBlocks('README.md');
const { folder, remove } = throwAwayFolder();
const terminals: ChildProcess[] = [];

function codeBlocks(file: string): string[] {
  return [...readFileSync(`${root}/${file}`, 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map(
    ([, code]) => code!,
  );
}

/** Runs a command that stays; resolves with a way to see its output once `ready` appears there. */
async function terminal(command: string, ready: RegExp): Promise<() => string> {
  // its own process group: npm stands between us and the server
  const child = spawn('bash', ['-c', command], {
    cwd: root,
    detached: true,
    env: { ...process.env, RENKEI_DATA_DIR: folder, NODE_ENV: 'production' },
  });
  terminals.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  for (const limit = Date.now() + 120_000; !ready.test(output); await sleep(50)) {
    if (child.exitCode !== null || Date.now() > limit) throw new Error(`${command} is not ready:\n${output}`);
  }
  return () => output;
}

afterAll(async () => {
  for (const child of terminals.reverse()) {
    if (child.exitCode !== null) continue;
    const gone = new Promise((done) => child.once('close', done));
    process.kill(-child.pid!, 'SIGTERM');
    await gone;
  }
  remove();
});

test('the Japanese README holds the same commands', () => {
  expect(codeBlocks('README.ja.md')).toEqual(blocks);
});

test('issue "Must show": the walk-through of the README works to the letter', async () => {
  const [start, listen, ...rest] = blocks;
  expect([start, listen]).toEqual(['npm start\n', 'npx renkei listen\n']);
  await terminal(start!, /sign in/);
  const received = await terminal(listen!, /9900/);
  const ran = spawnSync('bash', ['-euo', 'pipefail', '-c', rest.map((code) => `${code}\necho`).join('\n')], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(ran.status, ran.stderr).toBe(0);
  const answers = ran.stdout
    .trim()
    .split(/\n+/)
    .map((line) => JSON.parse(line));
  expect(answers).toHaveLength(3);
  const [incident, inserted, list] = answers;
  expect(incident).toMatchObject({
    process_type: '01000001',
    process_id: expect.stringMatching(/^IC1--\d{6}-\d{4}$/),
    state: '受付',
    items: { title: 'プリンターが動かない', severity: '高' },
  });
  expect(inserted.status).toBe('ok');
  expect(list.items).toHaveLength(1);
  expect(list.items[0].fields).toMatchObject({ 備品名: 'ノートパソコン', 出庫数: 3, 在庫数: 97 });
  for (const limit = Date.now() + 10_000; !/ノートパソコン/.test(received()) && Date.now() < limit; )
    await sleep(50);
  expect(received()).toContain('ノートパソコン');
  expect(received()).toContain('備品情報変更');
}, 240_000);
