/**
 * The foundation's hot paths, each beside two references measured in the same run (bench/foundation/reference.mjs).
 * Server, references and load are processes of their own; the server is the shipped one, on its embedded PostgreSQL with
 * default settings (fsync on). Run: npm run bench -- foundation. Recorded in bench/results/foundation.md.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createCall } from '../packages/server/test/native/open-native.ts';
import { serve, throwAwayFolder } from '../packages/server/test/start/renkei-process.ts';

const records = 100_000;
const connections = 64;
const seconds = Number(process.env.BENCH_SECONDS ?? 8);
const file = (name: string) => fileURLToPath(new URL(`./foundation/${name}`, import.meta.url));

type Request = { method?: string; path: string; headers?: Record<string, string>; body?: string };
type Figures = { perSecond: number; sent: number; p50: number; p99: number; failed: number; why?: object };
/** `cpu`: microseconds of processor time that the serving process spent per request, whatever else the machine did. */
type Measured = Figures & { cpu: number };

const sink = createServer((request, response) => {
  request.resume();
  request.on('end', () => response.end('{"result":"ok"}'));
});
await new Promise<void>((done) => sink.listen(0, '127.0.0.1', done));
const hook = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/`;

const { folder, remove } = throwAwayFolder();
const workspace = join(folder, 'workspace.json');
const fields = [
  { id: 101, name: '備品名', type: 'text', required: true, maxLength: 100 },
  { id: 102, name: '出庫数', type: 'number', min: 0 },
  { id: 103, name: '在庫数', type: 'formula', expression: '100 - 出庫数', result: 'number' },
  { id: 104, name: '区分', type: 'select', options: ['周辺機器', '消耗品', '什器', '書籍'] },
  { id: 105, name: '詳細', type: 'richText' },
  { id: 106, name: '担当', type: 'users' },
  { id: 107, name: '納品日', type: 'date' },
  { id: 108, name: '資料', type: 'files' },
];
const automations = [{ title: '知らせる', on: ['added'], webhook: { url: hook } }];
writeFileSync(
  workspace,
  JSON.stringify({
    renkei: 1,
    users: [{ id: 'maeda', name: '前田隆', password: 'pass-maeda-1', accessKeys: ['key-maeda-1'] }],
    apps: [
      { id: 59, alias: 'bihin', name: '備品アプリ', fields },
      { id: 60, alias: 'hooked', name: '知らせる備品アプリ', fields, automations },
    ],
  }),
);
const server = await serve({
  RENKEI_DATA_DIR: folder,
  RENKEI_PORT: '0',
  RENKEI_WORKSPACE: workspace,
  RENKEI_OUTBOUND_ALLOW: '127.0.0.0/8',
});
const [url] = server.urls as [string];
const connectionString = `postgresql://renkei@/postgres?host=${encodeURIComponent(join(folder, 'postgres/socket'))}`;
const reference = spawn(process.execPath, [
  file('reference.mjs'),
  connectionString,
  'app_59',
  String(records),
]);
reference.stderr.pipe(process.stderr);

try {
  const referenceUrl = await new Promise<string>((done) =>
    reference.stdout.once('data', (chunk) => done(String(chunk).trim())),
  );
  const call = createCall(url);
  const credentials = { username: 'maeda', password: 'pass-maeda-1' };
  const token: string = (await call('POST', '/v1/sessions', { body: credentials })).json.access_token;
  await fill(call, token);
  // what autovacuum does within a minute
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query('VACUUM ANALYZE records.app_59');
  await client.end();
  console.log(`${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}`);
  console.log(`${records} records, ${connections} connections, ${seconds} s each\n`);

  const native = { authorization: `Bearer ${token}` };
  const json = { ...native, 'content-type': 'application/json' };
  const form = { 'x-desknets-auth': 'key-maeda-1', 'content-type': 'application/x-www-form-urlencoded' };
  const some = <T>(make: (n: number) => T) => Array.from({ length: 1000 }, (_, n) => make(n));
  const any = (n: number) => 1 + ((n * 7919) % records);
  const creating = (n: number) =>
    JSON.stringify({ fields: { 備品名: `品 ${n}`, 出庫数: n % 100, 区分: '消耗品', 納品日: '2024-04-01' } });
  const filter = (n: number) => {
    const all = [
      { field: '出庫数', op: '=', value: n % 100 },
      { field: '区分', op: '=', value: '消耗品' },
    ];
    return encodeURIComponent(JSON.stringify({ all }));
  };
  const inserting = new URLSearchParams({
    action: 'insert_data',
    app_id: '60',
    '{{備品名}}': '品',
    '{{出庫数}}': '3',
  });

  const constant = await measure('bare framework, a constant', referenceUrl, [{ path: '/constant' }]);
  const select = await measure('bare framework, one SELECT', referenceUrl, [{ path: '/select' }], {
    constant,
  });
  const beside = { constant, select };
  const run = (name: string, requests: Request[]) => measure(name, url, requests, beside);
  await run(
    'native get',
    some((n) => ({ path: `/v1/apps/bihin/records/${any(n)}`, headers: native })),
  );
  await run(
    'AppSuite get_data',
    some((n) => ({
      method: 'POST',
      path: '/cgi-bin/dneo/appsr.cgi',
      headers: form,
      body: `action=get_data&app_id=59&data_id=${any(n)}`,
    })),
  );
  await run(
    'native list, filter on 2 fields',
    some((n) => ({ path: `/v1/apps/bihin/records?limit=50&filter=${filter(n)}`, headers: native })),
  );
  await run(
    'native create',
    some((n) => ({ method: 'POST', path: '/v1/apps/bihin/records', headers: json, body: creating(n) })),
  );
  await run(
    'native create, with a webhook',
    some((n) => ({ method: 'POST', path: '/v1/apps/hooked/records', headers: json, body: creating(n) })),
  );
  await run('AppSuite insert_data, with a webhook', [
    { method: 'POST', path: '/cgi-bin/dneo/appsr.cgi', headers: form, body: String(inserting) },
  ]);
} finally {
  reference.kill();
  server.signal('SIGTERM');
  await server.ended;
  sink.close();
  remove();
}

async function fill(call: ReturnType<typeof createCall>, token: string): Promise<void> {
  const kinds = ['周辺機器', '消耗品', '什器', '書籍'];
  for (let from = 0; from < records; from += 1000) {
    const list = Array.from({ length: 1000 }, (_, n) => ({
      fields: {
        備品名: `備品 ${from + n}`,
        出庫数: (from + n) % 100,
        区分: kinds[Math.floor((from + n) / 100) % 4],
        詳細: '<p>三階の棚</p>',
        担当: ['maeda'],
        納品日: '2024-04-01',
      },
    }));
    const { status, text } = await call('POST', '/v1/apps/bihin/records:batch', {
      token,
      body: { records: list },
    });
    if (status !== 200) throw new Error(text);
  }
}

/** Warms up for two seconds, measures, prints a line. */
async function measure(
  name: string,
  target: string,
  requests: Request[],
  beside: { constant?: Measured; select?: Measured } = {},
): Promise<Measured> {
  await load(target, requests, 2);
  const before = await metric(target, 'process_cpu_seconds_total');
  const figures = await load(target, requests, seconds);
  const cpu = Math.round(
    ((await metric(target, 'process_cpu_seconds_total')) - before) * (1e6 / figures.sent),
  );
  const of = (other?: Measured) =>
    other === undefined ? '' : `${Math.round((100 * figures.perSecond) / other.perSecond)} %`;
  const memory = Math.round((await metric(target, 'process_resident_memory_bytes')) / 1024 ** 2);
  console.log(
    [
      name.padEnd(36),
      `${Math.round(figures.perSecond)} req/s`.padStart(12),
      `p50 ${figures.p50} ms`.padStart(13),
      `p99 ${figures.p99} ms`.padStart(13),
      `cpu ${cpu} µs`.padStart(13),
      `${memory} MB`.padStart(8),
      beside.constant ? `   ${of(beside.constant)} of constant` : '',
      beside.select ? `, ${of(beside.select)} of SELECT` : '',
      figures.failed > 0 ? `  ${figures.failed} FAILED` : '',
    ].join(''),
  );
  if (figures.failed > 0) {
    process.exitCode = 1;
    console.log(JSON.stringify(figures.why));
    console.log(
      server
        .output()
        .split('\n')
        .filter((line) => /"level":"(warn|error)"/.test(line))
        .slice(0, 3)
        .join('\n'),
    );
  }
  return { ...figures, cpu };
}

function load(target: string, requests: Request[], duration: number): Promise<Figures> {
  const child = spawn(process.execPath, [file('load.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify({ url: target, connections, seconds: duration, requests }));
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

/** One of the process's own figures, as Prometheus reads them. */
async function metric(target: string, name: string): Promise<number> {
  const text = await (await fetch(`${target}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
}
