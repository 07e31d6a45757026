/**
 * CSV: 100,000 lines imported and exported, 100 of them bad, then 1,000,000 with 10,000 bad ones. Prints lines per second and the server's
 * peak memory (Linux) after each step; fails where it is over 300 MB, at any size. Run: npm run bench -- csv
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverProcess } from '../packages/server/test/support/server-process.ts';

/** How many lines, and one bad one in so many. */
const runs = [
  { size: 100_000, every: 1000 },
  { size: 1_000_000, every: 100 },
];
const mostMemory = 300;

type Run = (typeof runs)[number];

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
  const apps = runs.map(({ size }, index) => ({
    id: index + 1,
    alias: `items${size}`,
    name: '備品',
    fields,
  }));
  writeFileSync(file, JSON.stringify({ renkei: 1, apps }));
  const url = await server.start({ RENKEI_WORKSPACE: file });
  const signIn = await fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: 'bench-password-1' }),
  });
  const { access_token: token } = (await signIn.json()) as { access_token: string };
  const authorization = `Bearer ${token}`;

  print('csv: peak memory before, MB', peakMemory());
  for (const run of runs) {
    const inserted = await importLines(url, authorization, run);
    await exportLines(url, authorization, run.size, inserted);
  }
} finally {
  await server.close();
}

/** @returns how many were stored, every good one */
async function importLines(url: string, authorization: string, { size, every }: Run): Promise<number> {
  const started = performance.now();
  const answer = await fetch(`${url}/v1/apps/items${size}/import`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'text/csv' },
    body: ReadableStream.from(csvLines({ size, every })),
    duplex: 'half',
  } as RequestInit);
  const report = (await answer.json()) as { inserted: number; failed: number; errors: { line: number }[] };
  const seconds = (performance.now() - started) / 1000;
  const bad = size / every;
  if (
    report.inserted !== size - bad ||
    report.errors.length !== bad ||
    report.errors.some(({ line }, n) => line !== (n + 1) * every + 1)
  ) {
    throw new Error(`the report is not right: ${JSON.stringify(report).slice(0, 300)}`);
  }
  print(`csv ${size}: lines imported/s (${report.failed} bad ones reported)`, size / seconds);
  print(`csv ${size}: peak memory after the import, MB`, peakMemory());
  return report.inserted;
}

async function exportLines(url: string, authorization: string, size: number, lines: number): Promise<void> {
  const started = performance.now();
  const exported = await fetch(`${url}/v1/apps/items${size}/export`, { headers: { authorization } });
  let found = 0;
  for await (const chunk of exported.body!) found += chunk.filter((byte) => byte === 10).length;
  if (found !== lines + 1) throw new Error('the export is not whole');
  print(`csv ${size}: lines exported/s`, lines / ((performance.now() - started) / 1000));
  print(`csv ${size}: peak memory after the export, MB`, peakMemory());
}

function* csvLines({ size, every }: Run): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode('備品名,出庫数,区分,納品日\n');
  for (let from = 0; from < size; from += 1000) {
    const lines = Array.from({ length: Math.min(1000, size - from) }, (_, index) => {
      const n = from + index;
      const out = n % every === every - 1 ? 'x' : String(n % 50);
      return `備品 ${n},${out},${n % 2 ? '周辺機器' : '消耗品'},2024-0${1 + (n % 9)}-15\n`;
    });
    yield encoder.encode(lines.join(''));
  }
}

/** The most memory that the server has held so far, in MB. @throws Error where it is more than it may be */
function peakMemory(): number {
  const status = `/proc/${server.pid()}/status`;
  if (!existsSync(status)) return Number.NaN;
  const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1]) / 1024;
  if (peak > mostMemory) throw new Error(`the server held ${peak.toFixed(0)} MB`);
  return peak;
}

function print(what: string, value: number): void {
  console.log(`${what}: ${value.toFixed(0)}`);
}
