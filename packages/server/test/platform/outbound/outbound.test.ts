import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type LookupFunction,
  type Socket,
} from 'node:net';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { createLog } from '../../../src/platform/log/log.ts';
import {
  createOutbound,
  type OutboundOptions,
  type OutboundRequest,
} from '../../../src/platform/outbound/outbound.ts';

const tls = (name: string) => fileURLToPath(new URL(`../../support/tls/${name}`, import.meta.url));
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

function outbound(options: Partial<OutboundOptions> = {}) {
  const made = createOutbound({ allow: [], tlsVerify: true, log: createLog('silent'), ...options });
  endings.push(() => made.close());
  const send = (url: string, rest: Partial<OutboundRequest> = {}) =>
    made.send({ method: 'GET', url, headers: {}, timeoutMs: 5_000, maxResponseBytes: 1_000, ...rest });
  return { ...made, send };
}

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  endings.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((done) => server.close(done));
  });
  return (server.address() as AddressInfo).port;
}
const serving = (listener: RequestListener) => listening(createServer(listener));

/** Resolves every name to these addresses. */
const resolvingTo =
  (...addresses: string[]): LookupFunction =>
  (_host, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

function* endless() {
  for (;;) yield Buffer.alloc(10_000);
}

test('sends method, headers and body, and gives status, headers, body and duration', async () => {
  const port = await serving((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      response.writeHead(207, { 'x-seen': `${request.method} ${request.url} ${request.headers['x-a']}` });
      response.end(`«${body}»`);
    });
  });
  const answer = await outbound({ allow: ['127.0.0.0/8'] }).send(`http://127.0.0.1:${port}/p?q=1#f`, {
    method: 'POST',
    headers: { 'x-a': 'b' },
    body: '部品',
  });
  expect(answer).toMatchObject({
    ok: true,
    status: 207,
    truncated: false,
    headers: { 'x-seen': 'POST /p?q=1 b' },
  });
  expect(answer.ok && answer.body.toString()).toBe('«部品»');
  expect(answer.durationMs).toBeGreaterThanOrEqual(0);
});

test('connections are kept for the next call', async () => {
  const ports = new Set<number | undefined>();
  const port = await serving((request, response) => {
    ports.add(request.socket.remotePort);
    response.end();
  });
  const { send } = outbound({ allow: ['127.0.0.1'] });
  for (let i = 0; i < 5; i++) expect(await send(`http://127.0.0.1:${port}/`)).toMatchObject({ ok: true });
  expect(ports.size).toBeLessThan(3);
});

test.each([
  'http://127.0.0.1:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f000001:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://127.1:PORT/',
  'http://127。0。0。1:PORT/',
  'http://0.0.0.0:PORT/',
  'http://[::]:PORT/',
  'http://[::1]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[::ffff:0:127.0.0.1]:PORT/',
  'http://[64:ff9b::127.0.0.1]:PORT/',
  'http://[64:ff9b:1::a00:1]:PORT/',
  'http://[2002:7f00:1::]:PORT/',
  'http://[2001:0:7f00:1::]:PORT/',
  'http://[fe80::1]:PORT/',
  'http://[fc00::1]:PORT/',
  'http://[fd00:ec2::254]:PORT/',
  'http://[fec0::1]:PORT/',
  'http://[ff02::1]:PORT/',
  'http://localhost:PORT/',
  'http://LOCALHOST:PORT/',
  'http://10.0.0.1:PORT/',
  'http://172.16.0.1:PORT/',
  'http://192.168.1.1:PORT/',
  'http://169.254.169.254:PORT/latest/meta-data/',
  'http://100.64.0.1:PORT/',
  'http://198.18.0.1:PORT/',
  'http://224.0.0.1:PORT/',
  'http://255.255.255.255:PORT/',
])('not called: %s', async (url) => {
  let called = false;
  const port = await serving((_request, response) => {
    called = true;
    response.end();
  });
  const { send } = outbound();
  expect(await send(url.replace('PORT', String(port)))).toMatchObject({ ok: false, kind: 'address' });
  expect(called).toBe(false);
});

test.each([['127.0.0.1'], ['::1'], ['::ffff:127.0.0.1'], ['64:ff9b::7f00:1'], ['10.1.2.3', '127.0.0.1']])(
  'a public name that resolves to %s is not called',
  async (...addresses) => {
    const port = await serving((_request, response) => response.end());
    const { send } = outbound({ lookup: resolvingTo(...addresses) });
    expect(await send(`http://rebind.example:${port}/`)).toMatchObject({ ok: false, kind: 'address' });
  },
);

test('of the addresses of a name only the permitted ones are called', async () => {
  const port = await serving((_request, response) => response.end('here'));
  const lookup = resolvingTo('10.0.0.1', '127.0.0.1', '169.254.169.254');
  const { send } = outbound({ allow: ['127.0.0.0/8'], lookup });
  expect(await send(`http://mixed.example:${port}/`)).toMatchObject({ ok: true, status: 200 });
});

test('the address is checked for each connection: a name may change its mind', async () => {
  const port = await serving((_request, response) => response.setHeader('connection', 'close').end());
  let current = '127.0.0.1';
  const lookup: LookupFunction = (host, options, callback) => resolvingTo(current)(host, options, callback);
  const { send } = outbound({ allow: ['127.0.0.1/32'], lookup });
  expect(await send(`http://rebind.example:${port}/`)).toMatchObject({ ok: true });
  current = '127.0.0.2';
  expect(await send(`http://rebind.example:${port}/`)).toMatchObject({ ok: false, kind: 'address' });
});

test('a redirect is an answer and is not followed', async () => {
  let calls = 0;
  const port = await serving((_request, response) => {
    calls += 1;
    response.writeHead(302, { location: 'http://127.0.0.1/admin' }).end();
  });
  expect(await outbound({ allow: ['127.0.0.1'] }).send(`http://127.0.0.1:${port}/`)).toMatchObject({
    status: 302,
    headers: { location: 'http://127.0.0.1/admin' },
  });
  expect(calls).toBe(1);
});

test.each([
  'http://user:pass@example.com/',
  'https://user@example.com/',
  'ftp://example.com/',
  'file:///etc/passwd',
  '/x',
  '',
])('no address to call: %s', async (url) => {
  expect(await outbound({ allow: ['0.0.0.0/0'] }).send(url)).toMatchObject({ ok: false, kind: 'url' });
});

test.each([
  ['127.0.0.0/8', true],
  ['127.0.0.1', true],
  ['::/0', false],
  ['10.0.0.0/8', false],
  ['hook.example', true],
  ['HOOK.example.', true],
  ['hook.example:PORT', true],
  ['hook.example:1', false],
  ['other.example', false],
  ['example', false],
])('allow entry %s: called %s', async (entry, called) => {
  const port = await serving((_request, response) => response.end());
  const { send } = outbound({
    allow: [entry.replace('PORT', String(port))],
    lookup: resolvingTo('127.0.0.1'),
  });
  const answer = await send(`http://hook.example:${port}/`);
  expect(answer).toMatchObject(called ? { ok: true } : { ok: false, kind: 'address' });
});

test('allow entries of address and port permit that port only', async () => {
  const port = await serving((_request, response) => response.end());
  const url = `http://127.0.0.1:${port}/`;
  expect(await outbound({ allow: [`127.0.0.1:${port}`] }).send(url)).toMatchObject({ ok: true });
  expect(await outbound({ allow: ['127.0.0.1:1'] }).send(url)).toMatchObject({ ok: false, kind: 'address' });
});

test.each(['', '10.0.0.0/33', '10.0.0/8', 'http://x/', 'a b', 'x:99999', '[::1', 'x/y', 'u@h'])(
  'allow entry "%s" is refused at the start',
  (entry) => {
    expect(() => createOutbound({ allow: [entry], tlsVerify: true, log: createLog('silent') })).toThrow(
      /RENKEI_OUTBOUND_ALLOW/,
    );
  },
);

test('a body over the limit is cut there and said to be', async () => {
  const port = await serving((_request, response) => {
    Readable.from(endless()).pipe(response);
  });
  const { send } = outbound({ allow: ['127.0.0.1'] });
  const answer = await send(`http://127.0.0.1:${port}/`, { maxResponseBytes: 12_345 });
  expect(answer).toMatchObject({ ok: true, truncated: true });
  expect(answer.ok && answer.body.length).toBe(12_345);
});

test('the time limit covers headers, body and a drip of bytes', async () => {
  const silent = await serving(() => {});
  const drip = await serving((_request, response) => {
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  });
  const { send } = outbound({ allow: ['127.0.0.1'] });
  for (const port of [silent, drip]) {
    const answer = await send(`http://127.0.0.1:${port}/`, { timeoutMs: 200, maxResponseBytes: 1e9 });
    expect(answer).toMatchObject({ ok: false, kind: 'timeout' });
    expect(answer.durationMs).toBeLessThan(2_000);
    expect(!answer.ok && answer.error.text('ja')).toBe(
      `127.0.0.1:${port}から200ミリ秒以内に応答がありません`,
    );
  }
});

test('a name look-up that never answers ends in time too', async () => {
  const { send } = outbound({ lookup: () => {} });
  expect(await send('http://slow.example/', { timeoutMs: 100 })).toMatchObject({
    ok: false,
    kind: 'timeout',
  });
});

test('the caller can stop a call, before and while it runs', async () => {
  const port = await serving(() => {});
  const { send } = outbound({ allow: ['127.0.0.1'] });
  const url = `http://127.0.0.1:${port}/`;
  expect(await send(url, { signal: AbortSignal.abort() })).toMatchObject({ ok: false, kind: 'aborted' });
  expect(await send(url, { signal: AbortSignal.timeout(50) })).toMatchObject({ ok: false, kind: 'aborted' });
});

test('a refused connection, a name without address, an answer that is no HTTP, a cut answer', async () => {
  const closed = createTcpServer();
  await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done));
  const free = (closed.address() as AddressInfo).port;
  await new Promise((done) => closed.close(done));
  const babble = await listening(createTcpServer((socket) => void socket.end('SSH-2.0-x\r\n\r\n')));
  const cut = await listening(
    createTcpServer((socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')),
  );
  const mute = await listening(createTcpServer((socket) => void socket.end()));
  const { send } = outbound({ allow: ['127.0.0.1'] });
  expect(await send(`http://127.0.0.1:${free}/`)).toMatchObject({ ok: false, kind: 'connect' });
  for (const port of [babble, cut, mute]) {
    expect(await send(`http://127.0.0.1:${port}/`)).toMatchObject({ ok: false, kind: 'protocol' });
  }
  const lookup: LookupFunction = (_host, _options, callback) =>
    callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), '');
  const answer = await outbound({ lookup }).send('https://none.example/secret-path?token=secret');
  expect(answer).toMatchObject({ ok: false, kind: 'dns' });
  expect(!answer.ok && answer.error.text('en')).toBe(
    'The name of none.example cannot be resolved (ENOTFOUND)',
  );
});

test('a header that cannot be sent is a failure, not an exception', async () => {
  const answer = await outbound({ allow: ['127.0.0.1'] }).send('http://127.0.0.1:1/', {
    headers: { 'x-a': 'b\r\nc: d' },
  });
  expect(answer).toMatchObject({ ok: false, kind: 'request' });
});

test('close ends the calls that run', async () => {
  const port = await serving(() => {});
  const { send, close } = outbound({ allow: ['127.0.0.1'] });
  const running = send(`http://127.0.0.1:${port}/`);
  setTimeout(close, 50);
  expect(await running).toMatchObject({ ok: false });
  expect(await send(`http://127.0.0.1:${port}/`)).toMatchObject({ ok: false });
});

test('an untrusted certificate is a TLS failure unless verification is off', async () => {
  const server = createTlsServer(
    { key: readFileSync(tls('localhost.key')), cert: readFileSync(tls('localhost.crt')) },
    (_request, response) => response.end('secret'),
  );
  const url = `https://localhost:${await listening(server)}/`;
  expect(await outbound({ allow: ['127.0.0.0/8'] }).send(url)).toMatchObject({ ok: false, kind: 'tls' });
  expect(await outbound({ allow: ['127.0.0.0/8'], tlsVerify: false }).send(url)).toMatchObject({
    status: 200,
  });

  // Node.js reads NODE_EXTRA_CA_CERTS when it starts.
  const source = new URL('../../../src/platform/', import.meta.url);
  const script = `const { createOutbound } = await import('${new URL('outbound/outbound.ts', source)}');
    const { createLog } = await import('${new URL('log/log.ts', source)}');
    const outbound = createOutbound({ allow: ['127.0.0.0/8'], tlsVerify: true, log: createLog('silent') });
    const answer = await outbound.send({ method: 'GET', url: '${url}', headers: {}, timeoutMs: 5000, maxResponseBytes: 9 });
    console.log(answer.status ?? answer.error.message);
    await outbound.close();`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: tls('localhost.crt') } },
  );
  expect(stdout.trim()).toBe('200');
});
