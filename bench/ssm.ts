/**
 * The SSM API: logins, reads of a process beside the bare reference (Fastify and one indexed SELECT), and searches over
 * 200,000 processes, counted and paged. Prints one line per figure. Run: npm run bench -- ssm
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import Fastify from 'fastify';
import pg from 'pg';
import { startEmbeddedPostgres } from '../packages/server/src/platform/database/embedded.ts';
import { createLog } from '../packages/server/src/platform/log/log.ts';
import { serverProcess } from '../packages/server/test/support/server-process.ts';

const total = 200_000;
const users = 300;
const processType = '01000001';
const severities = ['高', '中', '低', '無'];

const folder = mkdtempSync(join(tmpdir(), 'renkei-bench-'));
const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log: createLog('error') });
const { host, port, user, database } = postgres.connection;
const server = await serverProcess({
  RENKEI_ADMIN_PASSWORD: 'bench-password-1',
  RENKEI_DATABASE_URL: `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(host!)}&port=${port}`,
});
try {
  const file = join(folder, 'workspace.json');
  writeFileSync(file, JSON.stringify(workspace()));
  const base = await server.start({ RENKEI_WORKSPACE: file });
  await logins(base);
  const token = (await login(base, 'u0')).access_token;
  await fill(base);
  const id = (await search(base, token, { limit: '1', offset: '777' })).processes[0]!.process_id;
  await reads(base, token, id);
  await searches(base, token);
} finally {
  await server.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}

function workspace(): object {
  return {
    renkei: 1,
    users: Array.from({ length: users }, (_, n) => ({ id: `u${n}`, password: `bench-password-${n}` })),
    apps: [
      {
        id: 71,
        alias: 'incident',
        name: 'インシデント管理(Standard)',
        process: {
          type: processType,
          idPattern: 'IC1--{yyMMdd}-{seq6}',
          states: ['受付', '調査', '完了'],
        },
        fields: [
          { id: 101, name: '件名', alias: 'title', type: 'text', required: true, maxLength: 255 },
          { id: 102, name: '内容', alias: 'body', type: 'richText' },
          { id: 103, name: '重要度', alias: 'severity', type: 'select', options: severities },
          { id: 104, name: '工数', alias: 'effort', type: 'number' },
          { id: 105, name: '期日', alias: 'due', type: 'date' },
        ],
      },
    ],
  };
}

/** Distinct users, since a password that was right a moment ago is known again without hashing. */
async function logins(base: string): Promise<void> {
  for (const word of ['first', 'again within a minute']) {
    const started = performance.now();
    await parallel(8, users, (n) => login(base, `u${n}`));
    const seconds = (performance.now() - started) / 1000;
    print(`ssm: logins/s, ${word} (argon2id, 19 MiB, 2 passes)`, users / seconds);
  }
}

async function fill(base: string): Promise<void> {
  const credentials = { username: 'admin', password: 'bench-password-1' };
  const session = (await post(`${base}/v1/sessions`, credentials)) as { access_token: string };
  await parallel(2, total / 1000, async (batch) => {
    const records = Array.from({ length: 1000 }, (_, row) => {
      const n = batch * 1000 + row;
      return {
        fields: {
          件名: `障害 ${n} ネットワーク`,
          内容: `<p>内容 ${n} 拠点間の通信が断続的に途切れる</p>`,
          重要度: n % 1000 === 0 ? '無' : severities[n % 3],
          工数: n % 5000,
          期日: new Date(Date.UTC(2020, 0, 1 + (n % 2000))).toISOString().slice(0, 10),
        },
      };
    });
    await post(`${base}/v1/apps/incident/records:batch`, { records }, session.access_token);
  });
  const client = new pg.Client(postgres.connection);
  await client.connect();
  await client.query('ANALYZE');
  await client.end();
}

async function reads(base: string, token: string, id: string): Promise<void> {
  const pool = new pg.Pool({ ...postgres.connection, max: 10 });
  const bare = Fastify();
  bare.get('/process/:id', async (request) => {
    const { rows } = await pool.query({
      name: 'reference',
      text: 'SELECT * FROM records.app_71 WHERE process_id = $1',
      values: [(request.params as { id: string }).id],
    });
    return rows[0];
  });
  const reference = await bare.listen({ port: 0, host: '127.0.0.1' });
  const measure = (url: string) =>
    autocannon({ url, connections: 64, duration: 8, headers: { authorization: `Bearer ${token}` } });
  for (const [name, url] of [
    [
      'ssm: reads/s of a process with its token checked',
      `${base}/api/process_types/${processType}/processes/${id}`,
    ],
    ['ssm: reads/s of the bare reference (in this process)', `${reference}/process/${id}`],
  ] as const) {
    await measure(url); // warms up
    const result = await measure(url);
    if (result.non2xx > 0 || result.errors > 0) throw new Error(`${name}: ${result.non2xx} refused`);
    print(name, result.requests.average);
    print(`${name}: ms p99`, result.latency.p99);
  }
  await bare.close();
  await pool.end();
}

async function searches(base: string, token: string): Promise<void> {
  const filter = (condition: object) => ({ filter: JSON.stringify(condition) });
  const cases: [string, (n: number) => Record<string, string>][] = [
    ['all, first page', () => ({})],
    ['all, offset 100,000', () => ({ offset: '100000' })],
    ['state', () => ({ state: '受付' })],
    ['severity = 無 (200)', () => filter({ field: 'severity', op: '=', value: '無' })],
    ['severity = 高 (a third)', () => filter({ field: 'severity', op: '=', value: '高' })],
    ['effort = n (40)', (n) => filter({ field: 'effort', op: '=', value: (n * 17) % 5000 })],
    ['title = text (1)', (n) => filter({ field: 'title', op: '=', value: `障害 ${n * 31} ネットワーク` })],
    [
      'due within a month and effort under 1000 (600)',
      () =>
        filter({
          all: [
            { field: 'due', op: '>=', value: '2022-03-01' },
            { field: 'due', op: '<', value: '2022-04-01' },
            { field: 'effort', op: '<', value: 1000 },
          ],
        }),
    ],
    [
      'severity 高 and effort between 100 and 200 (1,350)',
      () =>
        filter({
          all: [
            { field: 'severity', op: '=', value: '高' },
            { field: 'effort', op: '>=', value: 100 },
            { field: 'effort', op: '<', value: 200 },
          ],
        }),
    ],
    ['q (1, whole table read)', (n) => ({ q: `障害 ${100_000 + n} ` })],
  ];
  for (const [name, query] of cases) {
    const times: number[] = [];
    let found = 0;
    for (let n = 0; n < 60; n++) {
      const started = performance.now();
      found = (await search(base, token, query(n))).total;
      times.push(performance.now() - started);
    }
    times.sort((a, b) => a - b);
    print(`ssm: search over ${total.toLocaleString('en')}: ${name}: ms p50`, times[29]!);
    print(`ssm: search over ${total.toLocaleString('en')}: ${name}: ms p95`, times[56]!);
    if (found === 0) throw new Error(`${name} found nothing`);
  }
}

async function search(base: string, token: string, query: Record<string, string>) {
  const url = `${base}/api/process_types/${processType}/processes?${new URLSearchParams(query)}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as { total: number; processes: { process_id: string }[] };
}

async function login(base: string, username: string): Promise<{ access_token: string }> {
  const password = username.replace('u', 'bench-password-');
  return (await post(`${base}/auth/login`, { username, password })) as { access_token: string };
}

async function post(url: string, body: object, token?: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

async function parallel(lanes: number, count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function print(name: string, value: number): void {
  console.log(`${name}: ${value < 100 ? value.toFixed(1) : Math.round(value)}`);
}
