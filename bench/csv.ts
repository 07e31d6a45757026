/**
 * CSV: 100,000 lines imported, 100 of them bad, then exported again. Prints lines per second and the server's peak
 * memory before and after (Linux). Run: npm run bench -- csv
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverProcess } from '../packages/server/test/support/server-process.ts';

const total = 100_000;
const every = 1000; // one bad line in so many

const server = await serverProcess({ RENKEI_ADMIN_PASSWORD: 'bench-password-1' }, true);
try {
  const file = join(server.dataDir, 'workspace.json');
  const fields = [
    { id: 101, name: '備品名', type: 'text', required: true },
    { id: 102, name: '出庫数', type: 'number' },
    { id: 103, name: '在庫数', type: 'formula', expression: '100 - 出庫数', result: 'number' },
    { id: 104, name: '区分', type: 'select', options: ['周辺機器', '消耗品'] },
    { id: 105, name: '納品日', type: 'date' },
  ];
  writeFileSync(file, JSON.stringify({ renkei: 1, apps: [{ id: 1, alias: 'items', name: '備品', fields }] }));
  const url = await server.start({ RENKEI_WORKSPACE: file });
  const signIn = await fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: 'bench-password-1' }),
  });
  const { access_token: token } = (await signIn.json()) as { access_token: string };
  const authorization = `Bearer ${token}`;

  print('csv: peak memory before, MB', peakMemory());
  const lines = Array.from({ length: total }, (_, n) => {
    const out = n % every === every - 1 ? 'x' : String(n % 50);
    return `備品 ${n},${out},${n % 2 ? '周辺機器' : '消耗品'},2024-0${1 + (n % 9)}-15`;
  });
  const started = performance.now();
  const answer = await fetch(`${url}/v1/apps/items/import`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'text/csv' },
    body: `備品名,出庫数,区分,納品日\n${lines.join('\n')}\n`,
  });
  const report = (await answer.json()) as { inserted: number; failed: number; errors: { line: number }[] };
  const seconds = (performance.now() - started) / 1000;
  const expected = lines.flatMap((_, n) => (n % every === every - 1 ? [n + 2] : []));
  if (
    report.inserted !== total - expected.length ||
    report.errors.some(({ line }, n) => line !== expected[n])
  ) {
    throw new Error(`the report is not right: ${JSON.stringify(report).slice(0, 300)}`);
  }
  print(`csv: lines imported/s (${report.failed} bad ones reported)`, total / seconds);
  print('csv: peak memory after the import, MB', peakMemory());

  const from = performance.now();
  const exported = await fetch(`${url}/v1/apps/items/export`, { headers: { authorization } });
  const text = await exported.text();
  if (text.split('\r\n').length !== report.inserted + 2) throw new Error('the export is not whole');
  print('csv: lines exported/s', report.inserted / ((performance.now() - from) / 1000));
  print('csv: peak memory after the export, MB', peakMemory());
} finally {
  await server.close();
}

function peakMemory(): number {
  const status = `/proc/${server.pid()}/status`;
  if (!existsSync(status)) return Number.NaN;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1]) / 1024;
}

function print(what: string, value: number): void {
  console.log(`${what}: ${value.toFixed(0)}`);
}
