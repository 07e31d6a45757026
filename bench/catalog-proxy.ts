/**
 * The reverse proxy of subscribed applications (`/opt/…`, access type PROXY) beside a direct connection, a plain hop
 * through @fastify/http-proxy, and nginx where it is installed, to the same application in the same run, by turns;
 * then a download of 1 GB in flat memory. Run: npm run bench -- catalog-proxy
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { serverProcess } from '../packages/server/test/support/server-process.ts';

const password = 'bench-password-1';
const page = `<html><body>${'<a href="/app/x">link</a> some text '.repeat(50)}</body></html>`;
const megabyte = Buffer.alloc(1_048_576, 1);
/** The ways take turns, so that a busy machine is busy for all of them; the middle round counts. */
const rounds = 3;
const seconds = 3;

const application = createServer((request, response) => {
  if (request.url === '/app/big') {
    let left = 1024;
    const more = () => {
      while (left > 0) {
        left -= 1;
        if (!response.write(megabyte)) return void response.once('drain', more);
      }
      response.end();
    };
    return more();
  }
  if (request.url === '/app/page') response.setHeader('content-type', 'text/html');
  response.end(request.url === '/app/page' ? page : 'hello');
});
await new Promise<void>((done) => application.listen(0, '127.0.0.1', done));
const base = `http://127.0.0.1:${(application.address() as AddressInfo).port}/app`;

const server = await serverProcess({ RENKEI_ADMIN_PASSWORD: password }, true);
let nginx: ChildProcess | undefined;
let plainHop: ChildProcess | undefined;
const folder = mkdtempSync(join(tmpdir(), 'renkei-nginx-'));
try {
  const workspace = join(server.dataDir, 'workspace.json');
  const roles = ['technologyProvider', 'supplier', 'customer'];
  const text = `<TechnicalServices><TechnicalService id="App" version="1" accessType="PROXY" provisioningType="SYNCHRONOUS" baseUrl="${base}"/></TechnicalServices>`;
  const catalog = {
    organizations: [{ id: 'acme', roles, users: ['admin'] }],
    technicalServices: [{ path: 'app.xml', text }],
    services: [{ id: 'app', technicalService: { id: 'App', version: '1' }, supplier: 'acme' }],
  };
  writeFileSync(workspace, JSON.stringify({ renkei: 1, catalog }));
  const url = await server.start({ RENKEI_WORKSPACE: workspace });
  const { access_token: token } = await post(`${url}/v1/sessions`, { username: 'admin', password });
  const authorization = `Bearer ${token}`;
  const { key } = await post(
    `${url}/v1/catalog/subscriptions`,
    { id: 'app', service: 'app', users: [{ user: 'admin' }] },
    authorization,
  );
  const prefix = `${url}/opt/${Number(key).toString(16)}`;
  const hop = await startPlainHop();
  const ways: [name: string, url: string, headers: Record<string, string>, pid?: number][] = [
    ['direct', base, {}],
    ['plain hop', `${hop.url}/app`, {}, hop.pid],
    ['renkei', prefix, { authorization }, server.pid()],
  ];
  const beside = await startNginx();
  if (beside === undefined) console.log('catalog proxy: nginx is not installed: not measured');
  else ways.push(['nginx', beside, {}]);
  for (const path of ['text', 'page']) {
    const results = new Map<string, { perSecond: number; p50: number; p99: number; cpu: number }[]>();
    for (let round = 0; round <= rounds; round++) {
      for (const [name, address, headers, pid] of ways) {
        const cpuBefore = cpuOf(pid);
        const options = { url: `${address}/${path}`, headers, connections: 32 };
        const { requests, latency, non2xx } = await autocannon({
          ...options,
          duration: round === 0 ? 2 : seconds,
        });
        if (non2xx > 0) throw new Error(`${name}: ${non2xx} answers were refusals`);
        const measured = {
          perSecond: requests.average,
          p50: latency.p50,
          p99: latency.p99,
          cpu: ((cpuOf(pid) - cpuBefore) / requests.total) * 1e6,
        };
        if (round > 0) results.set(name, [...(results.get(name) ?? []), measured]);
      }
    }
    const middle = (name: string) =>
      results.get(name)?.sort((a, b) => a.perSecond - b.perSecond)[Math.floor(rounds / 2)];
    for (const [name] of ways) {
      const { perSecond, p50, p99, cpu } = middle(name)!;
      print(`catalog proxy ${name}, ${path}: requests/s`, perSecond);
      print(`catalog proxy ${name}, ${path}: latency p50, ms`, p50);
      print(`catalog proxy ${name}, ${path}: latency p99, ms`, p99);
      if (cpu > 0) print(`catalog proxy ${name}, ${path}: CPU time a request, µs`, cpu);
    }
    const share = middle('renkei')!.perSecond / middle('plain hop')!.perSecond;
    print(`catalog proxy renkei, ${path}: share of the plain hop, %`, share * 100);
  }
  print('catalog proxy: resident memory before the download, MB', memory());
  const started = performance.now();
  const answer = await fetch(`${prefix}/big`, { headers: { authorization } });
  let bytes = 0;
  let peak = 0;
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes % 64_000_000 < chunk.length) peak = Math.max(peak, memory());
  }
  print('catalog proxy: download, MB/s', bytes / 1e6 / ((performance.now() - started) / 1000));
  print('catalog proxy: highest resident memory during it, MB', peak);
} finally {
  nginx?.kill('SIGTERM');
  plainHop?.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
  application.closeAllConnections();
  application.close();
  await server.close();
}

/** The proxy library in a process of its own; its address. */
async function startPlainHop(): Promise<{ url: string; pid: number | undefined }> {
  const file = fileURLToPath(new URL('./catalog/plain-hop.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', file, new URL(base).origin], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  plainHop = child;
  const [said] = (await once(child.stdout!, 'data')) as [Buffer];
  return { url: said.toString().trim(), pid: child.pid };
}

/** nginx with one worker, as a plain reverse proxy with kept connections; undefined where there is none. */
async function startNginx(): Promise<string | undefined> {
  if (spawnSync('nginx', ['-v']).error) return undefined;
  const probe = createSocket();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `worker_processes 1; daemon off; pid ${folder}/pid; error_log /dev/null;
     events { worker_connections 512; }
     http { access_log off; upstream app { server ${new URL(base).host}; keepalive 64; }
       server { listen 127.0.0.1:${port}; location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`,
  );
  nginx = spawn('nginx', ['-c', file, '-p', folder], { stdio: 'ignore' });
  await new Promise((done) => setTimeout(done, 1000));
  return `http://127.0.0.1:${port}/app`;
}

async function post(address: string, body: object, authorization?: string): Promise<Record<string, string>> {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${address}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record<string, string>;
}

/** CPU time that a process has used, in seconds: it tells on a busy machine too what a request costs. */
function cpuOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory of the server, MB. */
function memory(): number {
  const status = readFileSync(`/proc/${server.pid()}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000;
}

function print(name: string, value: number): void {
  console.log(`${name}: ${value.toFixed(1)}`);
}
