import { readFileSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCall } from '../native/open-native.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type RunningServer, renkei, serve, throwAwayFolder } from './renkei-process.ts';

// several starts of a process each, which is slow where other tests run beside it
vi.setConfig({ testTimeout: 120_000 });

const tls = fileURLToPath(new URL('../support/tls/', import.meta.url));
let test_: TestDatabase;
let folder: ReturnType<typeof throwAwayFolder>;
let running: RunningServer[];

beforeEach(async () => {
  test_ = await createTestDatabase();
  folder = throwAwayFolder();
  running = [];
});
afterEach(async () => {
  for (const server of running) server.signal('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  folder.remove();
  await test_.drop();
});

const base = () => ({ RENKEI_DATA_DIR: folder.folder, RENKEI_DATABASE_URL: test_.url, RENKEI_PORT: '0' });

async function start(variables: Record<string, string> = {}, args: string[] = []): Promise<RunningServer> {
  const server = await serve({ ...base(), ...variables }, args);
  running.push(server);
  return server;
}

async function stop(server: RunningServer) {
  server.signal('SIGTERM');
  return server.ended;
}

test('contract §2: the password of admin is made up and printed at the first start only', async () => {
  const first = await start();
  const password = /password (\S+) /.exec(first.output())?.[1];
  expect(password).toMatch(/^[\w-]{12,}$/);
  const call = createCall(first.urls[0]!);
  const credentials = { username: 'admin', password };
  expect((await call('POST', '/v1/sessions', { body: credentials })).status).toBe(201);
  expect(first.output().split(password!)).toHaveLength(2);
  expect((await stop(first)).code).toBe(0);

  const second = await start();
  expect(second.output()).not.toMatch(/made up/);
  const again = await createCall(second.urls[0]!)('POST', '/v1/sessions', { body: credentials });
  expect(again.status).toBe(201);
  expect((await stop(second)).code).toBe(0);
});

test('contract §2: RENKEI_ADMIN_PASSWORD sets it, and then none is printed', async () => {
  const server = await start({ RENKEI_ADMIN_PASSWORD: 'chosen-admin-1' });
  expect(server.output()).not.toMatch(/made up|chosen-admin-1/);
  const body = { username: 'admin', password: 'chosen-admin-1' };
  expect((await createCall(server.urls[0]!)('POST', '/v1/sessions', { body })).status).toBe(201);
});

test('contract §7: a listener with dialects ["ssm"] serves /auth but not /v1; settings are its own', async () => {
  const listeners = [
    { port: 0, dialects: ['ssm'] },
    { port: 0, dialects: ['native'], settings: { RENKEI_ACCESS_TOKEN_TTL: 'PT5M' } },
  ];
  const server = await start({
    RENKEI_LISTENERS: JSON.stringify(listeners),
    RENKEI_ADMIN_PASSWORD: 'admin-1234',
  });
  expect(server.urls).toHaveLength(3);
  expect(new Set(server.urls).size).toBe(3);
  const [main, ssm, native] = server.urls.map(createCall);
  const session = { body: { username: 'admin', password: 'admin-1234' } };
  expect((await main!('POST', '/v1/sessions', session)).json.expires_in).toBe(3600);
  expect((await native!('POST', '/v1/sessions', session)).json.expires_in).toBe(300);
  expect((await ssm!('POST', '/v1/sessions', session)).status).toBe(404);
  expect((await ssm!('POST', '/auth/login', session)).status).toBe(200);
  expect((await native!('POST', '/auth/login', session)).status).toBe(404);
  expect((await ssm!('GET', '/healthz')).status).toBe(200);
});

test('contract §2: with certificate and key the server speaks HTTPS only', async () => {
  const server = await start({
    RENKEI_TLS_CERT: join(tls, 'localhost.crt'),
    RENKEI_TLS_KEY: join(tls, 'localhost.key'),
  });
  const url = server.urls[0]!;
  expect(url).toMatch(/^https:/);
  const status = await new Promise<number>((resolve, reject) => {
    httpsRequest(
      `${url}/healthz`,
      { ca: readFileSync(join(tls, 'localhost.crt')), servername: 'localhost' },
      (answer) => resolve(answer.statusCode!),
    )
      .on('error', reject)
      .end();
  });
  expect(status).toBe(200);
  await expect(fetch(`${url.replace('https', 'http')}/healthz`)).rejects.toThrow();
  // the command line finds the server and trusts this very certificate
  const exported = await renkei(['export'], {
    ...base(),
    RENKEI_TLS_CERT: join(tls, 'localhost.crt'),
    RENKEI_TLS_KEY: join(tls, 'localhost.key'),
  });
  expect(exported.stderr).toBe('');
  expect(exported.stdout).toContain('renkei: 1');
});

test('a graceful stop finishes what runs: the answer arrives whole, then the process ends with 0', async () => {
  const server = await start({ RENKEI_ADMIN_PASSWORD: 'admin-1234' });
  const url = server.urls[0]!;
  const call = createCall(url);
  const token = (await call('POST', '/v1/sessions', { body: { username: 'admin', password: 'admin-1234' } }))
    .json.access_token;
  const apps = [{ id: 9, alias: 'big', name: 'big', fields: [{ id: 101, name: 'a', type: 'text' }] }];
  await call('POST', '/v1/workspace/apply', { token, body: { file: { renkei: 1, apps } } });
  const records = Array.from({ length: 1000 }, (_, n) => ({ fields: { a: `${n} ${'x'.repeat(5000)}` } }));
  const saving = call('POST', '/v1/apps/big/records:batch', { token, body: { records } });
  await new Promise((done) => setTimeout(done, 60));
  server.signal('SIGTERM');
  const saved = await saving;
  expect(saved.status).toBe(200);
  expect(saved.json.items).toHaveLength(1000);
  const ended = await server.ended;
  expect(ended.code).toBe(0);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

test('--roles worker works in the background and listens nowhere; wrong roles are wrong usage', async () => {
  const worker = await start({}, ['--roles', 'worker']);
  expect(worker.urls).toEqual([]);
  expect((await stop(worker)).code).toBe(0);
  const wrong = await renkei(['serve', '--roles', 'api,cook'], base());
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('cook');
});

test('a port that is taken ends the start with status 1 and one line', async () => {
  const first = await start();
  const { port } = new URL(first.urls[0]!);
  const second = await renkei(['serve'], { ...base(), RENKEI_PORT: port });
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(port);
  expect(second.stderr).not.toMatch(/\n\s+at /);
});

test('a database that cannot be reached ends the start with status 1 and no password', async () => {
  const url = 'postgresql://renkei:db-hunter2@127.0.0.1:1/renkei';
  const { code, stdout, stderr } = await renkei(['serve'], { ...base(), RENKEI_DATABASE_URL: url });
  expect(code).toBe(1);
  expect(stderr).toMatch(/127\.0\.0\.1:1/);
  expect(stdout + stderr).not.toContain('db-hunter2');
});

test('a wrong setting ends the start with status 1 and that one line', async () => {
  const { code, stdout, stderr } = await renkei(['serve'], { ...base(), RENKEI_PORT: 'http' });
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr.trim().split('\n')).toEqual([
    'RENKEI_PORT: "http" is not allowed; allowed: a whole number from 0 to 65535',
  ]);
});

test('no secret appears in the output, at the most talkative level', async () => {
  const secrets = {
    admin: 'admin-s3cret-0001',
    user: 'pass-s3cret-0002',
    key: 'key-s3cret-0003',
    hook: 'hook-s3cret-0004',
    signing: 'whsec_czNjcmV0LTAwMDU1NTU1NTU1NTU1NTU1NTU1NTU1',
    secretKey: 'signing-key-s3cret-0006-0006-0006',
    smtp: 'smtp-s3cret-0007',
    wrong: 'wrong-s3cret-0008',
  };
  const file = join(folder.folder, 'workspace.yaml');
  writeFileSync(
    file,
    JSON.stringify({
      renkei: 1,
      users: [{ id: 'maeda', name: 'x', password: secrets.user, accessKeys: [secrets.key] }],
      apps: [
        {
          id: 59,
          alias: 'bihin',
          name: '備品',
          fields: [{ id: 101, name: '備品名', type: 'text' }],
          automations: [
            {
              title: 'hook',
              on: ['added'],
              webhook: {
                url: 'http://127.0.0.1:9/hook',
                accessToken: secrets.hook,
                signingSecret: secrets.signing,
              },
            },
          ],
        },
      ],
    }),
  );
  const server = await start({
    RENKEI_LOG_LEVEL: 'trace',
    RENKEI_ADMIN_PASSWORD: secrets.admin,
    RENKEI_SECRET_KEY: secrets.secretKey,
    RENKEI_SMTP_URL: `smtp://renkei:${secrets.smtp}@127.0.0.1:9`,
    RENKEI_WORKSPACE: file,
  });
  const call = createCall(server.urls[0]!);
  const credentials = { username: 'maeda', password: secrets.user };
  const session = (await call('POST', '/v1/sessions', { body: credentials })).json;
  const ssm = (await call('POST', '/auth/login', { body: credentials })).json;
  const token = session.access_token;
  const apiKey = (await call('POST', '/v1/api-keys', { token, body: { name: 'k' } })).json.key;
  await call('POST', '/v1/sessions', { body: { ...credentials, password: secrets.wrong } });
  await call('POST', '/auth/login', { body: { ...credentials, password: secrets.wrong } });
  await call('GET', '/v1/me', { token: apiKey });
  await call('GET', `/v1/nothing?access_token=${token}`, { token });
  const made = await call('POST', '/v1/apps/bihin/records', { token, body: { fields: { 備品名: 'x' } } });
  expect(made.status).toBe(201);
  const form = new URLSearchParams({
    action: 'get_data',
    access_key: secrets.key,
    app_id: '59',
    data_id: '1',
  });
  const read = await fetch(`${server.urls[0]}/cgi-bin/dneo/appsr.cgi`, { method: 'POST', body: form });
  expect(read.status).toBeLessThan(500);
  await new Promise((done) => setTimeout(done, 1500)); // the webhook fails meanwhile
  const { stdout, stderr } = await stop(server);
  const output = stdout + stderr;
  const all = [
    ...Object.values(secrets),
    token,
    session.refresh_token,
    ssm.access_token,
    ssm.refresh_token,
    apiKey,
    new URL(test_.url.replace('@/', '@h/')).password || 'no-password-in-this-address',
  ];
  expect(all.every((secret) => typeof secret === 'string' && secret.length > 8)).toBe(true);
  expect(all.filter((secret) => output.includes(secret))).toEqual([]);
});
