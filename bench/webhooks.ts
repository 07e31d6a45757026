/**
 * Webhooks: 10,000 records saved as fast as they can be, with a webhook each to a receiver in this process: deliveries per
 * second. Saves at a steady pace: the time from a save (its transaction's start, which is before the commit) to the first
 * attempt. Then what a dead receiver and one that hangs cost the others: saves and deliveries to a quick one beside them,
 * as a ratio to those beside two further quick ones. Run: npm run bench -- webhooks
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { serverProcess } from '../packages/server/test/support/server-process.ts';

const total = 10_000;
const batch = 500;

let quick = 0;
const receiver = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    if (request.url === '/hang') return;
    if (request.url === '/') quick += 1;
    response.end();
  });
});
await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
const target = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;

const server = await serverProcess({ RENKEI_ADMIN_PASSWORD: 'bench-password-1' }, true);
try {
  const file = join(server.dataDir, 'workspace.json');
  const fields = [
    { id: 101, name: '備品名', type: 'text', required: true },
    { id: 102, name: '出庫数', type: 'number' },
  ];
  const app = (id: number, alias: string, urls: Record<string, string>) => ({
    id,
    alias,
    name: alias,
    fields,
    automations: Object.entries(urls).map(([title, url]) => ({ title, webhook: { url } })),
  });
  const apps = [
    app(1, 'plain', {}),
    app(2, 'one', { quick: `${target}/` }),
    app(3, 'three', { second: `${target}/second`, third: `${target}/third`, quick: `${target}/` }),
    app(4, 'mixed', { dead: 'http://127.0.0.1:9/', hang: `${target}/hang`, quick: `${target}/` }),
  ];
  writeFileSync(file, JSON.stringify({ renkei: 1, apps }));
  const url = await server.start({ RENKEI_WORKSPACE: file });
  const { access_token: token } = (await post(`${url}/v1/sessions`, {
    username: 'admin',
    password: 'bench-password-1',
  })) as { access_token: string };

  await save(url, token, 'plain', 2000); // warms up
  print('webhooks: inserts/s without a webhook', await save(url, token, 'plain', total));
  const one = await burst(url, token, 'one');
  print('webhooks: inserts/s with one', one.inserts);
  print('webhooks: deliveries/s with one', one.deliveries);
  await steady(url, token);
  const three = await burst(url, token, 'three');
  const mixed = await burst(url, token, 'mixed');
  print('webhooks: inserts/s with three quick ones', three.inserts);
  print('webhooks: inserts/s with one dead, one hanging, one quick', mixed.inserts);
  print('webhooks: deliveries/s to a quick one beside two quick ones', three.deliveries);
  print('webhooks: deliveries/s to a quick one beside a dead and a hanging one', mixed.deliveries);
  print(
    'webhooks: inserts beside dead and hanging, % of those beside quick',
    percent(mixed.inserts, three.inserts),
  );
  print(
    'webhooks: deliveries beside dead and hanging, % of those beside quick',
    percent(mixed.deliveries, three.deliveries),
  );
} finally {
  receiver.closeAllConnections();
  receiver.close();
  await server.close();
}

/** Saves all records as fast as they go; how many a second were saved, and delivered to the receiver at `/`. */
async function burst(url: string, token: string, alias: string) {
  quick = 0;
  const started = performance.now();
  const sending = arrived(total);
  const inserts = await save(url, token, alias, total);
  return { inserts, deliveries: total / (((await sending) - started) / 1000) };
}

function percent(part: number, whole: number): number {
  return Math.round((100 * part) / whole);
}

/** Saves at a steady pace, with nothing else waiting. */
async function steady(url: string, token: string): Promise<void> {
  await paced(url, token, 'one', 300, 10);
  const delays = await firstAttempts(url, token, 'one');
  for (const q of [0.5, 0.95, 0.99]) {
    print(`webhooks: save to first attempt at 300 saves/s, ms p${q * 100}`, quantile(delays, q));
  }
}

/** When the quick receiver has this many requests. */
async function arrived(count: number): Promise<number> {
  while (quick < count) await new Promise((done) => setTimeout(done, 5));
  return performance.now();
}

/** Saves records in batches over four connections. @returns records per second */
async function save(url: string, token: string, alias: string, count: number): Promise<number> {
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (next < count) {
        const from = next;
        next += batch;
        const creates = Array.from({ length: batch }, (_, n) => ({
          fields: { 備品名: `備品 ${from + n}`, 出庫数: n },
        }));
        await post(`${url}/v1/apps/${alias}/records:batch`, { records: creates }, token);
      }
    }),
  );
  return count / ((performance.now() - started) / 1000);
}

/** Single saves at a steady pace. */
async function paced(
  url: string,
  token: string,
  alias: string,
  perSecond: number,
  seconds: number,
): Promise<void> {
  const started = performance.now();
  const saves: Promise<unknown>[] = [];
  for (let n = 0; n < perSecond * seconds; n++) {
    const due = started + (n * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 1) await new Promise((done) => setTimeout(done, early));
    saves.push(post(`${url}/v1/apps/${alias}/records`, { fields: { 備品名: `${n}`, 出庫数: n } }, token));
  }
  await Promise.all(saves);
}

/** Milliseconds from each delivery's row to its first attempt, of the last thousand to the quick receiver. */
async function firstAttempts(url: string, token: string, alias: string): Promise<number[]> {
  const delays: number[] = [];
  let cursor = '';
  while (delays.length < 300) {
    const page = (await get(`${url}/v1/deliveries?app=${alias}&state=done&limit=100${cursor}`, token)) as {
      items: { id: number; at: string; automation: string }[];
      next: string | null;
    };
    for (const { id, at } of page.items.filter((_, n) => n % 10 === 0)) {
      const { attempts } = (await get(`${url}/v1/deliveries/${id}`, token)) as { attempts: { at: string }[] };
      delays.push(Date.parse(attempts.at(-1)!.at) - Date.parse(at));
    }
    if (page.next === null) break;
    cursor = `&cursor=${page.next}`;
  }
  return delays.sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

function print(what: string, value: number): void {
  console.log(`${what}: ${value.toFixed(value < 100 ? 1 : 0)}`);
}

async function post(url: string, body: unknown, token?: string): Promise<unknown> {
  return call(url, { method: 'POST', body: JSON.stringify(body) }, token);
}

async function get(url: string, token: string): Promise<unknown> {
  return call(url, {}, token);
}

async function call(url: string, init: RequestInit, token?: string): Promise<unknown> {
  const headers = {
    ...(init.body !== undefined && { 'content-type': 'application/json' }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(url, { ...init, headers });
  const answer = (await response.json()) as unknown;
  if (!response.ok) throw new Error(`${url}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}
