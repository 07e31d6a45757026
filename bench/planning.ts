// The planning ledgers over the Web-API, each figure beside its reference taken in the same run:
//   npm run bench -- planning
// Aims (issue 5): first import 60 % of a bare COPY, import over itself 80 % of staging COPY plus merge, export 25 %
// of COPY out, a total over 5 million cells under 500 ms at p95, the server under 400 MB.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { products, stores } from './planning/workspace.ts';

const million = 1_000_000;
const server = fork(new URL('./planning/server.ts', import.meta.url), { execArgv: process.execArgv });
const [{ url, database }] = (await once(server, 'message')) as [{ url: string; database: pg.ClientConfig }];
const client = new pg.Client(database);
await client.connect();

/** Row `index` of a year as labels; the month changes slowest, as in a file that is written month by month. */
function rowOf(
  index: number,
  perMonth: number,
): [month: number, store: string, product: string, account: string] {
  const month = Math.floor(index / perMonth) + 1;
  const cell = index % perMonth;
  const account = cell % 2 === 0 ? 'REV' : 'COST';
  const pair = cell >> 1;
  return [month, stores[pair % 1000]!, products[Math.floor(pair / 1000) % 400]!, account];
}

function* portions(count: number, line: (index: number) => string): Generator<string> {
  for (let from = 0; from < count; from += 2000) {
    let text = '';
    for (let index = from; index < Math.min(count, from + 2000); index++) text += line(index);
    yield text;
  }
}

function parameters(type: string, form: string, povs: Record<string, string>): string {
  const rows = Object.entries({ APPLICATION: 'BENCH', FORM: form, PARTICIPANT: '#NONE' })
    .map(([name, value]) => `<parameter name="${name}" value="${value}"/>`)
    .concat(
      Object.entries(povs).map(([key, value]) => `<parameter name="POV" key="${key}" value="${value}"/>`),
    );
  return `<?xml version="1.0" encoding="UTF-8"?><request type="${type}"><parameters>${rows.join('')}</parameters><contents>`;
}

/** Posts a gzip'd, chunked request; gives the seconds it took, the size and the end of its answer. */
async function call(
  type: string,
  form: string,
  povs: Record<string, string>,
  contents: Iterable<string> = [],
) {
  const started = performance.now();
  const sent = request(`${url}/fusionplace/api/1.2/requests`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('bench:bench-password').toString('base64')}`,
      'content-encoding': 'gzip',
    },
  });
  const answered = once(sent, 'response');
  const body = function* () {
    yield parameters(type, form, povs);
    yield* contents;
    yield '</contents></request>';
  };
  await pipeline(Readable.from(body()), createGzip({ level: 1 }), sent);
  const [response] = (await answered) as [import('node:http').IncomingMessage];
  let size = 0;
  let tail = '';
  response.setEncoding('utf8');
  for await (const text of response as AsyncIterable<string>) {
    size += text.length;
    tail = (tail + text).slice(-2000);
  }
  if (!tail.includes('<code>SUCCESSFUL</code>')) throw new Error(`${type} failed: ${tail}`);
  return { seconds: (performance.now() - started) / 1000, size };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** The same cells straight into a table with the same key: one row per cell, as a ledger is commonly kept. */
async function copyInto(table: string, value: (index: number) => number): Promise<void> {
  const storeIds = new Map(stores.map((label, index) => [label, index]));
  const productIds = new Map(products.map((label, index) => [label, index]));
  const lines = portions(million, (index) => {
    const [month, store, product, account] = rowOf(index, 84_000);
    return `1\t1\t1\t${month}\t${account === 'REV' ? 2 : 3}\t0\t${storeIds.get(store)}\t${productIds.get(product)}\t${value(index)}0000\n`;
  });
  const copy = client.query(copyFrom(`COPY ${table} FROM STDIN`));
  await pipeline(Readable.from(lines), copy);
}

const rate = (count: number, seconds: number) => `${Math.round(count / seconds / 1000)}k/s`;
function show(name: string, seconds: number, reference: number, aim: number): void {
  const share = Math.round((reference / seconds) * 100);
  console.log(
    `${name}: ${seconds.toFixed(2)} s (${rate(million, seconds)}), reference ${reference.toFixed(2)} s (${rate(million, reference)}), ${share} % (aim ${aim} %)`,
  );
}

const csv = (year: string, perMonth: number, value: (index: number) => number) => (index: number) => {
  const [month, store, product, account] = rowOf(index, perMonth);
  return `${year},M${month},${store},${product},${account},${value(index)}\n`;
};

try {
  const columns =
    'edition int, scenario int, fy int, period int, account int, change int, d1 int, d2 int, value bigint, PRIMARY KEY (edition, scenario, fy, period, account, change, d1, d2)';
  await client.query(`CREATE TABLE bench_cells (${columns})`);
  const copied = await timed(() => copyInto('bench_cells', (index) => index));
  const year = { '#FY': 'FY2024' };
  const first = (index: number) => index;
  const fresh = await call(
    'IMPORT_VALUES',
    'SMALL_CELLS',
    year,
    portions(million, csv('FY2024', 84_000, first)),
  );
  show('planning: 1,000,000 values into an empty area', fresh.seconds, copied, 60);

  const second = (index: number) => index * 2 + 1;
  const merged = await timed(async () => {
    await client.query('CREATE TEMP TABLE bench_staging (LIKE bench_cells)');
    await copyInto('bench_staging', second);
    await client.query(`INSERT INTO bench_cells SELECT * FROM bench_staging
      ON CONFLICT (edition, scenario, fy, period, account, change, d1, d2) DO UPDATE SET value = excluded.value`);
  });
  const again = await call(
    'IMPORT_VALUES',
    'SMALL_CELLS',
    year,
    portions(million, csv('FY2024', 84_000, second)),
  );
  show('planning: other values over them', again.seconds, merged, 80);
  const same = await call(
    'IMPORT_VALUES',
    'SMALL_CELLS',
    year,
    portions(million, csv('FY2024', 84_000, second)),
  );
  show('planning: the same values over them', same.seconds, merged, 80);

  const out = await timed(() => finished(client.query(copyTo('COPY bench_cells TO STDOUT')).resume()));
  const exported = await call('EXPORT_VALUES', 'SMALL_CELLS', year);
  show('planning: export of them', exported.seconds, out, 25);

  // 5 million cells: 12 months of 1,000 stores x 210 products x 2 accounts
  for (const [fy, products210] of [
    ['FY2024', 105],
    ['FY2025', 105],
  ] as const) {
    const perMonth = 2 * 1000 * products210;
    await call(
      'IMPORT_VALUES',
      'LARGE_CELLS',
      { '#FY': fy },
      portions(12 * perMonth, csv(fy, perMonth, first)),
    );
  }
  await client.query('VACUUM ANALYZE');
  const times: number[] = [];
  for (let round = 0; round < 20; round++) {
    times.push((await call('EXPORT_VALUES', 'LARGE_TOTALS', { '#PERIOD': 'M12' })).seconds * 1000);
  }
  times.sort((a, b) => a - b);
  console.log(
    `planning: total by year, region, product group over 5,040,000 cells: median ${Math.round(times[10]!)} ms, p95 ${Math.round(times[18]!)} ms (aim 500 ms)`,
  );
  const peak = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1];
  console.log(`planning: peak memory of the server ${Math.round(Number(peak) / 1024)} MB (aim 400 MB)`);
} finally {
  await client.end();
  server.disconnect();
  await once(server, 'exit');
}
