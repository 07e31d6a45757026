/**
 * What the record of the traffic costs: the same requests at three listeners of one server, which keep everything, no
 * bodies, and nothing. In turns, so that whatever else the machine does meets all three. Run: npm run bench -- traffic.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCall } from '../packages/server/test/native/open-native.ts';
import { serve, throwAwayFolder } from '../packages/server/test/start/renkei-process.ts';

const connections = 64;
const seconds = Number(process.env.BENCH_SECONDS ?? 2);
const rounds = 9;
const modes = ['full', 'headers', 'off'] as const;
type Mode = (typeof modes)[number];
type Figures = { perSecond: number; sent: number; failed: number };

const loadFile = fileURLToPath(new URL('./foundation/load.mjs', import.meta.url));
const { folder, remove } = throwAwayFolder();
const workspace = join(folder, 'workspace.json');
const fields = [
  { id: 101, name: '備品名', type: 'text' },
  { id: 102, name: '出庫数', type: 'number' },
];
writeFileSync(workspace, JSON.stringify({ renkei: 1, apps: [{ id: 59, name: '備品アプリ', fields }] }));
const server = await serve({
  RENKEI_DATA_DIR: folder,
  RENKEI_PORT: '0',
  RENKEI_WORKSPACE: workspace,
  RENKEI_ADMIN_PASSWORD: 'pass-admin-1',
  RENKEI_LISTENERS: JSON.stringify(
    modes.slice(1).map((mode) => ({ port: 0, settings: { RENKEI_TRAFFIC: mode } })),
  ),
});
const urls = Object.fromEntries(modes.map((mode, n) => [mode, server.urls[n]!])) as Record<Mode, string>;

try {
  const call = createCall(urls.off);
  const credentials = { username: 'admin', password: 'pass-admin-1' };
  const token: string = (await call('POST', '/v1/sessions', { body: credentials })).json.access_token;
  const body = JSON.stringify({ fields: { 備品名: '品', 出庫数: 3 } });
  for (let n = 0; n < 1000; n++) {
    await call('POST', '/v1/apps/59/records', { token, body: JSON.parse(body) });
  }
  console.log(`${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}`);
  console.log(`${connections} connections, ${rounds} rounds of ${seconds} s\n`);
  const headers = { authorization: `Bearer ${token}` };
  const json = { ...headers, 'content-type': 'application/json' };
  await compare(
    'native get',
    Array.from({ length: 1000 }, (_, n) => ({ path: `/v1/apps/59/records/${n + 1}`, headers })),
  );
  await compare('native create', [{ method: 'POST', path: '/v1/apps/59/records', headers: json, body }]);
} finally {
  server.signal('SIGTERM');
  await server.ended;
  remove();
}

/** The medians of the rounds, and of each round's ratios to `off`: one that something else slowed down does not count. */
async function compare(name: string, requests: object[]): Promise<void> {
  const all: Record<Mode, { perSecond: number; cpu: number }>[] = [];
  for (const mode of modes) await load(urls[mode], requests, 1);
  for (let round = 0; round < rounds; round++) {
    const figures: Partial<Record<Mode, { perSecond: number; cpu: number }>> = {};
    for (const mode of round % 2 === 0 ? modes : [...modes].reverse()) {
      const before = await cpuSeconds();
      const { perSecond, sent, failed } = await load(urls[mode], requests, seconds);
      if (failed > 0) throw new Error(`${failed} requests failed`);
      figures[mode] = { perSecond, cpu: ((await cpuSeconds()) - before) * (1e6 / sent) };
    }
    all.push(figures as (typeof all)[number]);
  }
  for (const mode of modes) {
    const of = (key: 'perSecond' | 'cpu') => median(all.map((figures) => figures[mode][key]));
    const ratio = median(all.map((figures) => figures[mode].perSecond / figures.off.perSecond));
    const ratioOfCpu = median(all.map((figures) => figures[mode].cpu / figures.off.cpu));
    console.log(
      [
        `${name}, ${mode}`.padEnd(28),
        `${Math.round(of('perSecond'))} req/s`.padStart(12),
        `cpu ${Math.round(of('cpu'))} µs`.padStart(13),
        `${(100 * ratio).toFixed(0)} % of off`.padStart(15),
        `cpu ${(100 * ratioOfCpu).toFixed(0)} %`.padStart(12),
      ].join(''),
    );
  }
}

function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)]!;
}

function load(url: string, requests: object[], duration: number): Promise<Figures> {
  const child = spawn(process.execPath, [loadFile], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify({ url, connections, seconds: duration, requests }));
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('close', (code) =>
      code === 0 ? resolve(JSON.parse(output)) : reject(new Error(`the load ended with ${code}`)),
    );
  });
}

async function cpuSeconds(): Promise<number> {
  const text = await (await fetch(`${urls.off}/metrics`)).text();
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1]);
}
