import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { sample } from '../planning/sample.ts';
import { serverProcess } from '../support/server-process.ts';
import { basic, document, read, year } from './server.ts';

const server = await serverProcess({
  RENKEI_FUSION_PLACE_AUTH: 'basic',
  RENKEI_ADMIN_PASSWORD: 'admin-password-1',
});
afterAll(() => server.close());

const headers = { authorization: basic('admin', 'admin-password-1') };
const stores = Array.from({ length: 2000 }, (_, index) => `T${index}`);
const large = {
  ...sample,
  dimensions: [{ label: 'TENPO', members: stores.map((label) => ({ label })) }, sample.dimensions[1]],
  forms: [sample.forms[0]],
};

async function call(url: string, type: string, csv = '') {
  const body = document(type, [['APPLICATION', 'SAMPLE1'], ...year('FY2015')], csv);
  return read(await fetch(`${url}/fusionplace/api/1.2/requests`, { method: 'POST', headers, body }));
}

const rows = (value: number) =>
  stores
    .flatMap((store) =>
      ['M1', 'M2', 'M3', 'M4'].map((month) => `FY2015,${month},${store},M01,CASH,${value}\n`),
    )
    .join('');

/** The one value that all cells hold. */
async function onlyValue(url: string): Promise<string> {
  const { returned } = await call(url, 'EXPORT_VALUES');
  const values = returned
    .replaceAll('"', '')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',')[4]!);
  expect(values).toHaveLength(stores.length * 4);
  expect(new Set(values).size).toBe(1);
  return values[0]!;
}

test('killed in the middle of an import: all old values or all new ones, never a mix', async () => {
  const file = join(server.dataDir, 'workspace.json');
  writeFileSync(file, JSON.stringify({ renkei: 1, planning: [large] }));
  let url = await server.start({ RENKEI_WORKSPACE: file });
  expect((await call(url, 'IMPORT_VALUES', rows(1))).code).toBe('SUCCESSFUL');
  let last = '1';
  // while it uploads, and at growing pauses after the last byte
  for (const [value, pause] of [
    [2, -1],
    [3, 30],
    [4, 120],
    [5, 300],
  ] as const) {
    const body = document('IMPORT_VALUES', [['APPLICATION', 'SAMPLE1'], ...year('FY2015')], rows(value));
    const sent = request(`${url}/fusionplace/api/1.2/requests`, { method: 'POST', headers });
    sent.on('error', () => undefined);
    if (pause < 0) {
      sent.write(body.slice(0, body.length / 2));
      await sleep(200);
    } else {
      sent.end(body);
      await sleep(pause);
    }
    await server.kill();
    url = await server.start();
    const now = await onlyValue(url);
    expect([last, String(value)]).toContain(now);
    if (pause < 0) expect(now).toBe(last);
    last = now;
  }
  expect((await call(url, 'IMPORT_VALUES', rows(9))).code).toBe('SUCCESSFUL');
  expect(await onlyValue(url)).toBe('9');
}, 240_000);
