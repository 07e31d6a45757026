import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { tls } from '../support/mailbox.ts';
import { applyFile, call, example, logIn, openSsm } from './open-ssm.ts';
import { spawnServer } from './spawn-server.ts';

let db: TestDatabase;
const ending: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
  const first = await openSsm(db);
  await applyFile(first.workspace, example);
  await first.close();
});
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});
afterAll(() => db.drop());

async function open(settings: Record<string, string> = {}, listeners: object[] = []) {
  const ssm = await openSsm(db, { settings, listeners });
  ending.push(ssm.close);
  return ssm;
}

describe('ssm §1.5: settings', () => {
  test('case 12: the health check is there unless PUBLISH_HEALTHCHECK is false', async () => {
    const { urls } = await open({}, [
      { settings: { RENKEI_PUBLISH_HEALTHCHECK: 'true' } },
      { settings: { RENKEI_PUBLISH_HEALTHCHECK: 'false' } },
    ]);
    const [absent, published, hidden] = await Promise.all(
      urls.map((url) => call(url, 'GET', '/healthcheck')),
    );
    expect(absent).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(published).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(hidden).toMatchObject({ status: 404, body: { msg: expect.any(String) } });
    for (const { type } of [absent!, published!, hidden!]) expect(type).toMatch(/^application\/json/);
  });

  test('case 15: the access URLs, empty when ACCESS_URL_SOURCE is absent', async () => {
    const source = 'http://your-senjusm-url/ssm';
    const { urls } = await open({}, [{ settings: { RENKEI_ACCESS_URL_SOURCE: source } }]);
    const { access } = await logIn(urls[0]!, 'maeda');
    const ask = (url: string) => call(url, 'GET', '/api/access_urls', { token: access });
    expect(await ask(urls[0]!)).toMatchObject({ status: 200, body: { access_url: '', saml_access_url: '' } });
    const { status, body } = await ask(urls[1]!);
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['access_url', 'saml_access_url']);
    for (const url of Object.values(body)) expect(url.startsWith(source)).toBe(true);
  });

  test('case 23: listeners have their own settings, and share users and revocation', async () => {
    const { urls } = await open({}, [
      { settings: { RENKEI_ACCESS_TOKEN_TTL: '60', RENKEI_PUBLISH_HEALTHCHECK: 'false' } },
      { settings: { RENKEI_ACCESS_TOKEN_TTL: 'PT2H', RENKEI_RICH_TEXT_DISALLOWED_TAGS: 'reject' } },
    ]);
    const [, old, fresh] = urls as [string, string, string];
    const life = (token: string) => {
      const { exp, iat } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
      return exp - iat;
    };
    const first = await logIn(old, 'maeda');
    expect(life(first.access)).toBe(60);
    const types = (url: string, token: string) => call(url, 'GET', '/api/process_types', { token });
    expect((await types(fresh, first.access)).status).toBe(200);
    const second = await logIn(fresh, 'maeda');
    expect(life(second.access)).toBe(7200);
    expect((await types(old, first.access)).status).toBe(401);
    expect((await types(old, second.access)).status).toBe(200);
    // text rules by listener
    const rich = (url: string) =>
      call(url, 'POST', '/api/process_types/01000001/processes', {
        token: second.access,
        body: { items: { title: 'x', body: 'a<script>1</script>' } },
      });
    expect(await rich(old)).toMatchObject({ status: 201, body: { items: { body: '<div>a</div>' } } });
    expect((await rich(fresh)).status).toBe(500);
    // a listener of this dialect serves nothing else
    expect((await fetch(`${old}/v1/apps`)).status).toBe(404);
  });

  test('case 24: ports out of range stop the start, as do lives that are none', () => {
    const read = (settings: Record<string, string>) => () =>
      readSettings({ RENKEI_DATA_DIR: tmpdir(), ...settings });
    expect(read({ RENKEI_PORT: '49152' })().port).toBe(49152);
    expect(read({ RENKEI_PORT: '65535' })().port).toBe(65535);
    expect(read({ RENKEI_PORT: '65536' })).toThrow(/RENKEI_PORT.*65536/);
    expect(read({ RENKEI_ACCESS_TOKEN_TTL: '0' })).toThrow(/RENKEI_ACCESS_TOKEN_TTL/);
    expect(read({ RENKEI_PUBLISH_HEALTHCHECK: 'maybe' })).toThrow(/RENKEI_PUBLISH_HEALTHCHECK/);
    expect(read({ RENKEI_TLS_VERIFY: 'no' })).toThrow(/RENKEI_TLS_VERIFY/);
  });
});

describe('renkei import-conf', () => {
  const command = fileURLToPath(new URL('../../src/cli/renkei.ts', import.meta.url));
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', command, 'import-conf', ...args], { cwd }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );

  test('cases 16 and 17: its settings start a server; a leading blank and a missing file exit 1, no file 2', {
    timeout: 180_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'renkei-conf-'));
    const file = join(folder, 'ssmwebapi.conf');
    writeFileSync(
      file,
      [
        '# SSM',
        String.raw`SECRET_KEY = b'p\x8eT\x00\xff\'"\t\\k# .0123456789'`,
        'JWT_ACCESS_TOKEN_EXPIRES = datetime.timedelta(hours=12)',
        'PUBLISH_HEALTHCHECK_API = False',
        'ACCESS_URL_SOURCE = "http://your-senjusm-url/ssm"',
      ].join('\n'),
    );
    const good = await run(file);
    expect(good).toMatchObject({ code: 0 });
    const settings = Object.fromEntries(
      good.stdout
        .trim()
        .split('\n')
        .map((line: string) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    const { base } = await open(settings);
    expect((await call(base, 'GET', '/healthcheck')).status).toBe(404);
    const { access } = await logIn(base, 'maeda');
    const { body } = await call(base, 'GET', '/api/access_urls', { token: access });
    expect(body.access_url).toBe('http://your-senjusm-url/ssm');

    writeFileSync(file, '# SSM\n SECRET_KEY = b"x"\n');
    expect(await run(file)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/line 2|2行目/),
    });
    expect(await run(join(folder, 'none'))).toMatchObject({ code: 1, stdout: '' });
    expect(await run()).toMatchObject({ code: 2, stdout: '' });
    rmSync(folder, { recursive: true });
  });
});

describe('contract §7: passwords are checked by another server', () => {
  const right = { username: 'maeda', password: 'upstream-password' };

  /** Answers 204 to the right password, 401 to others, and what `answers` says to some users. */
  async function upstream(secure: boolean, answers: Record<string, number> = {}) {
    const asked: unknown[] = [];
    const handler = async (request: IncomingMessage, response: ServerResponse) => {
      let text = '';
      for await (const piece of request) text += piece;
      const body = JSON.parse(text) as typeof right;
      asked.push({ method: request.method, type: request.headers['content-type'], body });
      const matches = body.password === right.password;
      response.writeHead(answers[body.username] ?? (matches ? 204 : 401), { location: 'http://127.0.0.1/' });
      response.end();
    };
    const server = secure
      ? createTlsServer({ key: tls('localhost.key'), cert: tls('localhost.crt') }, handler)
      : createServer(handler);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    ending.push(async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    });
    return { url: `${secure ? 'https' : 'http'}://127.0.0.1:${port}/check`, asked };
  }
  const login = (base: string, body: object) => call(base, 'POST', '/auth/login', { body });

  test('2xx means yes, 401 and 403 no, all else is a 500; only login asks', async () => {
    const { url, asked } = await upstream(false, { sasaki: 403, kobayashi: 302, ldap: 204 });
    const { base } = await open({ RENKEI_UPSTREAM_AUTH_URL: url });
    const { status, body } = await login(base, right);
    expect(status).toBe(200);
    expect(asked).toEqual([{ method: 'POST', type: 'application/json', body: right }]);
    expect((await call(base, 'POST', '/auth/refresh', { token: body.refresh_token })).status).toBe(200);
    expect(asked).toHaveLength(1);
    expect((await login(base, { ...right, password: 'pass-maeda-1' })).status).toBe(401);
    expect((await login(base, { ...right, username: 'sasaki' })).status).toBe(401);
    expect(await login(base, { ...right, username: 'kobayashi' })).toMatchObject({
      status: 500,
      body: { msg: expect.any(String) },
    });
    // users of other methods get no tokens, whatever it says; neither do users that are not here
    expect((await login(base, { ...right, username: 'ldap' })).status).toBe(401);
    expect((await login(base, { ...right, username: 'nobody' })).status).toBe(401);
  });

  test('a server that is not there is a 500', async () => {
    const { base } = await open({ RENKEI_UPSTREAM_AUTH_URL: 'http://127.0.0.1:1/check' });
    expect((await login(base, right)).status).toBe(500);
  });

  test('cases 13 and 14: an untrusted certificate is a 500, unless verification is off', async () => {
    const { url, asked } = await upstream(true);
    const settings = { RENKEI_UPSTREAM_AUTH_URL: url };
    for (const verify of [{}, { RENKEI_TLS_VERIFY: 'true' }] as Record<string, string>[]) {
      const { base } = await open({ ...settings, ...verify });
      expect(await login(base, right)).toMatchObject({ status: 500, body: { msg: expect.any(String) } });
    }
    expect(asked).toEqual([]);
    const { base } = await open({ ...settings, RENKEI_TLS_VERIFY: 'false' });
    expect((await login(base, right)).status).toBe(200);
  });

  test('NODE_EXTRA_CA_CERTS is honoured', { timeout: 60_000 }, async () => {
    const { url } = await upstream(true);
    const server = await spawnServer(db, {
      RENKEI_UPSTREAM_AUTH_URL: url,
      NODE_EXTRA_CA_CERTS: fileURLToPath(new URL('../support/tls/localhost.crt', import.meta.url)),
    });
    ending.push(server.stop);
    expect((await login(server.base, right)).status).toBe(200);
  });
});

describe('contract §7: sizes of bodies', () => {
  const create = '/api/process_types/01000001/processes';

  test('64 MB are read, also when an item is far over its limit', { timeout: 60_000 }, async () => {
    const { base } = await open();
    const { access } = await logIn(base, 'maeda');
    const body = JSON.stringify({ items: { title: '大', body: 'x'.repeat(63 * 1024 * 1024) } });
    const answer = await call(base, 'POST', create, { token: access, body });
    expect(answer).toMatchObject({ status: 201, body: { items: { title: '大', body: null } } });
  });

  test('100 MB are refused with 413, quickly, and the client can read why', async () => {
    const { base } = await open();
    const { access } = await logIn(base, 'maeda');
    const started = performance.now();
    const answer = await call(base, 'POST', create, { token: access, body: 'x'.repeat(100 * 1024 * 1024) });
    expect(answer).toMatchObject({ status: 413, body: { msg: expect.any(String) } });
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('without a declared length too; the server lives', async () => {
    const { base } = await open();
    const { access } = await logIn(base, 'maeda');
    const { hostname, port } = new URL(base);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname);
      const chunk = `${(1024 * 1024).toString(16)}\r\n${'x'.repeat(1024 * 1024)}\r\n`;
      let sent = 0;
      const more = () => {
        while (sent < 70) {
          sent += 1;
          if (!socket.write(chunk)) return;
        }
        if (sent === 70) socket.write('0\r\n\r\n');
        sent += 1;
      };
      socket.on('drain', more);
      socket.on('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
      socket.on('error', () => resolve('broken'));
      socket.write(
        `POST ${create} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${access}\r\n` +
          'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      );
      more();
    });
    expect(answer).toMatch(/^HTTP\/1.1 413/);
    expect((await call(base, 'GET', '/healthcheck')).status).toBe(200);
  });

  test('a stranger is refused before his body is read', async () => {
    const { base } = await open();
    const { status } = await call(base, 'POST', create, { body: '{broken' });
    expect(status).toBe(401);
  });
});
