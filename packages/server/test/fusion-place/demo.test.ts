import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Running, startFusionPlace } from './server.ts';

type Loader = {
  loadLedger(options: {
    url: string;
    user: string;
    password: string;
  }): Promise<{ year: number; expected: number; shown: number }[]>;
};

const demo = new URL('../../../../examples/demo/', import.meta.url);
let server: Running;

beforeAll(async () => {
  const { planning } = parse(readFileSync(new URL('planning.yaml', demo), 'utf8'));
  server = await startFusionPlace({}, planning);
});
afterAll(() => server?.stop());

test("the demo's public figures go in through the Web-API, and its totals are those of the data set", async () => {
  const { loadLedger } = (await import(new URL('load-ledger.mjs', demo).href)) as Loader;
  const url = server.base.replace('/fusionplace', '');
  const totals = await loadLedger({ url, user: 'sasaki', password: 'pass-sasaki-1' });
  expect(totals.map(({ year }) => year)).toEqual([
    2000, 2001, 2002, 2003, 2004, 2005, 2006, 2007, 2008, 2009, 2010,
  ]);
  for (const { year, expected, shown } of totals) expect([year, shown]).toEqual([year, expected]);
  expect(totals[0]!.expected).toBeGreaterThan(50_000);
});
