import { once } from 'node:events';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, basic, document, post, type Running, startFusionPlace, year } from './server.ts';

let server: Running;
const limit = 20 * 1024 * 1024;

beforeAll(async () => {
  server = await startFusionPlace({ maxUnpacked: limit });
});
afterAll(() => server?.stop());

const headers = { authorization: basic('maeda', 'pass-maeda-1') };
const start = document('IMPORT_VALUES', [['APPLICATION', 'SAMPLE1'], ...year('FY2015')]).replace(
  /<contents>[\s\S]*/,
  '<contents>',
);

/** Sends what `chunks` gives until the server answers; the status, and how much memory the process grew by, in MB. */
async function flood(chunks: Iterable<string | Buffer>, more: Record<string, string> = {}) {
  global.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 50);
  const sent = request(server.url, { method: 'POST', headers: { ...headers, ...more } });
  const answered = once(sent, 'response');
  const body = Readable.from(chunks, { objectMode: false });
  const sending = more['content-encoding']
    ? pipeline(body, createGzip({ level: 1 }), sent)
    : pipeline(body, sent);
  sending.catch(() => undefined); // cut off by the answer
  const [response] = await answered;
  let said = '';
  for await (const text of response.setEncoding('utf8')) said += text;
  body.destroy();
  sent.destroy();
  clearInterval(watch);
  return { status: response.statusCode as number, said, grown: (peak - before) / 1024 / 1024 };
}

function* endless(head: string, piece: string): Generator<string> {
  yield head;
  for (;;) yield piece;
}

async function isAlive(): Promise<boolean> {
  return (await ask(server, 'EXPORT_VALUES', year('FY2015'))).code === 'SUCCESSFUL';
}

test('a gzip bomb and an endless chunked body are cut off at the limit, in flat memory', async () => {
  const blank = ' '.repeat(65_535).concat('\n');
  const rows = 'FY2015,M1,S01,M01,REV,1\n'.repeat(2500);
  for (const [piece, more] of [
    [blank, { 'content-encoding': 'gzip' }],
    [rows, { 'transfer-encoding': 'chunked' }],
    ['x'.repeat(65_536), { 'transfer-encoding': 'chunked' }],
  ] as const) {
    const { status, grown, said } = await flood(endless(start, piece), more);
    // one endless row is refused as such: nothing but its limit is read of it
    expect([200, 413]).toContain(status);
    if (piece !== 'x'.repeat(65_536)) expect([status, said]).toEqual([413, expect.stringContaining('XML')]);
    expect(grown).toBeLessThan(300);
  }
  expect(await isAlive()).toBe(true);
  expect((await ask(server, 'EXPORT_VALUES', year('FY2015'))).returned).not.toContain('M1');
}, 120_000);

test('entity bombs, external entities and a DOCTYPE are refused', async () => {
  const bombs = [
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><request type="X">&b;</request>',
    '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><request type="X"/>',
    '<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><request type="X" desc="&f;"/>',
    '<request type="X" desc="&undefined;"/>',
    `${'<a>'.repeat(5000)}`,
    `<request type="${'x'.repeat(2_000_000)}"/>`,
  ];
  for (const bomb of bombs) expect([400, 413]).toContain((await post(server, bomb)).status);
  expect(await isAlive()).toBe(true);
});

test('a client that goes away in the middle leaves nothing behind', async () => {
  const sent = request(server.url, { method: 'POST', headers });
  sent.on('error', () => undefined);
  sent.write(`${start}FY2015,M1,S01,M01,REV,1\n`);
  await new Promise((resolve) => setTimeout(resolve, 300));
  sent.destroy();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await ask(server, 'EXPORT_VALUES', year('FY2015'))).returned).not.toContain('M1');
  const open = await server.database.row<{ open: number }>({
    name: 'open',
    text: "SELECT count(*) AS open FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'",
    values: [],
  });
  expect(open?.open).toBe(0);
});

test('eight imports at once lose nothing; two through one area end as one of them', async () => {
  const months = ['M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M7', 'M8'];
  const rows = (store: string, month: string, value: number) =>
    `FY2016,${month},${store},M01,CASH,${value}\n`;
  const both = await Promise.all(
    ['S01', 'S02'].map((store, index) =>
      ask(
        server,
        'IMPORT_VALUES',
        year('FY2016'),
        months.map((month) => rows(store, month, index + 1)).join(''),
      ),
    ),
  );
  expect(both.map(({ code }) => code)).toEqual(['SUCCESSFUL', 'SUCCESSFUL']);
  const lines = (await ask(server, 'EXPORT_VALUES', year('FY2016'))).returned.trim().split('\n').slice(1);
  expect(lines).toHaveLength(8);
  expect(new Set(lines.map((line) => line.split(',')[1])).size).toBe(1);

  // areas of their own: one month of the balance each, all in the same vector of months
  const byMonth = { ...sampleForm, label: 'BY_MONTH' };
  await declare(byMonth);
  const answers = await Promise.all(
    months.map((month, index) =>
      ask(
        server,
        'IMPORT_VALUES',
        [
          ['FORM', 'BY_MONTH'],
          ['PARTICIPANT', '#NONE'],
          ['POV', 'FY2016', '#FY'],
          ['POV', month, '#PERIOD'],
        ],
        `S01,M01,CASH,${index + 10}\n`,
      ),
    ),
  );
  expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['SUCCESSFUL']));
  const kept = (await ask(server, 'EXPORT_VALUES', year('FY2016'))).returned
    .replaceAll('"', '')
    .trim()
    .split('\n');
  expect(kept.slice(1)).toEqual(months.map((month, index) => `${month},S01,M01,CASH,${index + 10}`));
});

const sampleForm = {
  ledger: 'MAIN',
  parameters: ['#FY', '#PERIOD'],
  fixed: { '#SCENARIO': 'ACT' },
  import: { fields: ['TENPO', 'SHOHIN', '#ACCOUNT'] },
};

async function declare(form: typeof sampleForm & { label: string }): Promise<void> {
  const { sample, applyPlanning } = await import('../planning/sample.ts');
  await applyPlanning(server.database, server.planning, [{ ...sample, forms: [...sample.forms, form] }]);
}
