import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createConsole } from '../../src/dialects/native/index.ts';
import { type Listener, startListener } from '../../src/platform/http/listener.ts';
import { createHttpMetrics } from '../../src/platform/http/request-metrics.ts';
import { createLog } from '../../src/platform/log/log.ts';

const folder = mkdtempSync(join(tmpdir(), 'renkei-console-'));
let listener: Listener;

beforeAll(async () => {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(
    join(folder, 'index.html'),
    '<meta property="csp-nonce" nonce="__RENKEI_NONCE__"><script src="/assets/index-1a2b.js" nonce="__RENKEI_NONCE__">',
  );
  writeFileSync(join(folder, 'assets/index-1a2b.js'), 'export {};');
  writeFileSync(join(folder, 'favicon.svg'), '<svg/>');
  listener = await listening(folder);
});
afterAll(async () => {
  await listener.close(100);
  rmSync(folder, { recursive: true });
});

function listening(from: string): Promise<Listener> {
  return startListener({
    host: '127.0.0.1',
    port: 0,
    log: createLog('silent'),
    metrics: createHttpMetrics(new Registry()),
    plugins: [createConsole({ folder: from })],
  });
}

const get = (path: string) => fetch(listener.url + path);

test.each(['/', '/sign-in', '/apps', '/apps/59/records/3?tab=history'])('%s is the page', async (path) => {
  const response = await get(path);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(await response.text()).toContain('/assets/index-1a2b.js');
});

test('its policy allows no inline scripts or styles but those with the nonce of this very answer', async () => {
  const [one, other] = await Promise.all([get('/'), get('/')]);
  const policy = one.headers.get('content-security-policy') ?? '';
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
  expect(policy).toContain("default-src 'none'; script-src 'self';");
  expect(policy).not.toContain('unsafe');
  expect(nonce).toMatch(/^[\w+/=]{24}$/);
  expect((await one.text()).split(`nonce="${nonce}"`)).toHaveLength(3);
  expect(other.headers.get('content-security-policy')).not.toContain(nonce);
  expect(one.headers.get('cache-control')).toBe('no-store');
});

test('files whose names hold a hash are kept for good', async () => {
  const response = await get('/assets/index-1a2b.js');
  expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(response.headers.get('content-type')).toMatch(/^application\/javascript/);
  const icon = await get('/favicon.svg');
  expect([icon.status, icon.headers.get('cache-control')]).toEqual([200, 'public, max-age=86400']);
});

test.each([
  '/auth/nothing',
  '/api/nothing',
  '/v1/nothing',
  '/cgi-bin/dneo/nothing.cgi',
  '/fusionplace/rest/v1/nothing',
  '/opt/abc',
  '/nothing',
  '/assets/nothing.js',
  '/assets/../index.html',
  '/assets/%2e%2e/index.html',
  '/index.html',
])('%s never gets the page', async (path) => {
  const response = await get(path);
  expect(response.status).toBe(404);
  expect(response.headers.get('content-type')).not.toMatch(/html/);
});

test('without a built console, / says what to do', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'renkei-console-'));
  const bare = await listening(empty);
  const response = await fetch(bare.url);
  expect([response.status, await response.text()]).toEqual([
    503,
    'The console is not built: npm run build\n',
  ]);
  await bare.close(100);
  rmSync(empty, { recursive: true });
});
