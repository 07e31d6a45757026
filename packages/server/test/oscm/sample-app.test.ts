import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenCatalog, openCatalog } from '../catalog/open-catalog.ts';

const folder = new URL('../../../../examples/sample-app/', import.meta.url);
let opened: OpenCatalog;
let child: ChildProcess;
let url: string;
let data: string;

beforeAll(async () => {
  opened = await openCatalog();
  data = mkdtempSync(join(tmpdir(), 'renkei-sample-'));
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  url = `http://127.0.0.1:${port}`;
  child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('server.ts', folder))], {
    env: {
      ...process.env,
      SAMPLE_PORT: String(port),
      SAMPLE_PLATFORM: opened.url,
      SAMPLE_CREDENTIALS: 'provider:pass-provider',
      SAMPLE_DATA: data,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((done, reject) => {
    child.stdout?.once('data', () => done());
    child.once('exit', (code) => reject(new Error(`the sample application ended with ${code}`)));
  });
});
afterAll(async () => {
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await gone;
  rmSync(data, { recursive: true, force: true });
  await opened.close();
});

test('issue 7: the sample application is subscribed, opened, used, metered and removed', async () => {
  const definition = readFileSync(new URL('technical-services.xml', folder), 'utf8');
  const imported = await opened.importFile(definition.replaceAll('http://127.0.0.1:7777', url));
  expect([imported.status, imported.text]).toEqual([200, imported.text]);
  await opened.call('POST', '/v1/catalog/services', {
    id: 'files',
    technicalService: { id: 'Sample files' },
    supplier: 'acme',
    parameters: { MAX_FOLDER_NUMBER: { value: '1' } },
    prices: { currency: 'EUR', events: { FILE_DOWNLOAD: '0.25' } },
  });
  expect((await opened.call('POST', '/v1/catalog/services/files/activate')).status).toBe(200);
  const made = await opened.call(
    'POST',
    '/v1/catalog/subscriptions',
    { id: 'my files', service: 'files', users: [{ user: 'member' }] },
    'customer',
  );
  expect([made.status, made.body.state]).toEqual([201, 'ACTIVE']);
  const key = Number(made.body.key);
  const path = `/v1/catalog/subscriptions/${key}`;

  const authorization = `Bearer ${await opened.tokenOf('member')}`;
  const entry = await fetch(`${opened.url}/opt/${key.toString(16)}/`, {
    headers: { authorization },
    redirect: 'manual',
  });
  const login = await fetch(entry.headers.get('location') as string, { redirect: 'manual' });
  expect(login.status).toBe(302);
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  const use = (method: string, place: string, body?: string) =>
    fetch(url + place, {
      method,
      headers: { cookie },
      redirect: 'manual',
      ...(body !== undefined && { body }),
    });
  expect(await (await use('GET', '/')).text()).toContain('Files of member');
  expect((await fetch(entry.headers.get('location') as string, { redirect: 'manual' })).status).toBe(401);
  expect((await use('PUT', '/notes')).status).toBe(201);
  expect((await use('PUT', '/more')).status).toBe(500);
  expect((await use('PUT', '/notes/a.txt', 'hello')).status).toBe(201);
  expect(await (await use('GET', '/notes/a.txt')).text()).toBe('hello');

  const bill = await opened.call(
    'GET',
    `/v1/catalog/bills?subscription=${key}&from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z`,
    undefined,
    'customer',
  );
  expect(bill.body.items[0]).toMatchObject({ events: '0.25', total: '0.25' });
  const backup = await opened.call(
    'POST',
    `${path}/operations/BACKUP`,
    { parameters: { LABEL: 'one' } },
    'member',
  );
  expect(backup.body.state).toBe('COMPLETED');
  expect((await use('GET', '/logout')).headers.get('location')).toContain('/marketplace/logoutPage.jsf');
  expect((await opened.call('DELETE', path, undefined, 'customer')).status).toBe(204);
  expect((await opened.call('GET', path)).body).not.toHaveProperty('message');
});
