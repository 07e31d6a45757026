import { request as httpRequest } from 'node:http';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Answer, adminPassword, type NativeServer, openNative, workspace } from './open-native.ts';

let server: NativeServer;
let token: string;

beforeAll(async () => {
  server = await openNative(workspace);
  token = await server.signIn('admin', adminPassword);
});
afterEach(async () => {
  // whatever was sent: the process is alive and works
  expect((await server.call('GET', '/readyz')).status).toBe(200);
});
afterAll(() => server.close());

/** RFC 9457, and nothing of our inside. */
function expectProblem(answer: Answer, status: number) {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.json).toMatchObject({
    type: expect.stringMatching(/^urn:renkei:error:/),
    title: expect.any(String),
    status,
    detail: expect.any(String),
  });
  expect(answer.text).not.toMatch(/\.ts:\d|\.js:\d|node_modules|at async|postgres|SELECT |INSERT /);
}

/** Every route that takes a JSON body. */
const bodies = [
  ['POST', '/v1/sessions'],
  ['POST', '/v1/sessions/refresh'],
  ['POST', '/v1/api-keys'],
  ['POST', '/v1/apps/bihin/records'],
  ['POST', '/v1/apps/bihin/records:batch'],
  ['PATCH', '/v1/apps/bihin/records/1'],
  ['POST', '/v1/workspace/apply'],
  ['POST', '/v1/workspace/plan'],
] as const;

async function raw(
  method: string,
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    json: text === '' ? undefined : JSON.parse(text),
  };
}

test.each(bodies)('%s %s: broken JSON, an empty body and another media type', async (method, path) => {
  for (const body of ['{"a":', '{', 'nope', '{"a":1}}', '\0', '{"fields":{"備品名":"\xff']) {
    expectProblem(await raw(method, path, body), 400);
  }
  expectProblem(await raw(method, path, ''), 400);
  expectProblem(await raw(method, path, '<a/>', { 'content-type': 'application/xml' }), 415);
});

test.each(bodies)('%s %s: JSON of another shape and unknown keys', async (method, path) => {
  for (const body of ['[]', 'null', '1', '"x"', 'true', '{}', '{"surprise":1}']) {
    const answer = await raw(method, path, body);
    expectProblem(answer, 422);
    expect(answer.json.errors.length).toBeGreaterThan(0);
    expect(answer.json.errors[0]).toMatchObject({ pointer: expect.any(String), detail: expect.any(String) });
  }
});

test.each([
  ['/v1/sessions', { username: 1, password: 'x' }, '/username'],
  ['/v1/sessions', { username: 'x', password: null }, '/password'],
  ['/v1/sessions', { username: '', password: 'x' }, '/username'],
  ['/v1/sessions/refresh', { refresh_token: {} }, '/refresh_token'],
  ['/v1/api-keys', { name: [] }, '/name'],
  ['/v1/api-keys', { name: 'x', scopes: 'all' }, '/scopes'],
  ['/v1/apps/bihin/records', { fields: 'x' }, '/fields'],
  ['/v1/apps/bihin/records:batch', { records: {} }, '/records'],
  ['/v1/apps/bihin/records:batch', { records: [{ id: '1', fields: {} }] }, '/records/0/id'],
  ['/v1/workspace/plan', { file: {}, prune: 'yes' }, '/prune'],
])('%s %j: wrong types are named by their pointer', async (path, body, pointer) => {
  const answer = await server.call('POST', path, { token, body });
  expectProblem(answer, 422);
  expect(answer.json.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
});

test.each(bodies)('%s %s: deep JSON', async (method, path) => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  for (const body of [
    deep,
    `{"fields":{"備品名":${deep}},"records":[{"fields":{"備品名":${deep}}}],"file":${deep}}`,
  ]) {
    const answer = await raw(method, path, body);
    expect([400, 413, 422], answer.text).toContain(answer.status);
    if (answer.status !== 200) expectProblem(answer, answer.status);
  }
});

test.each(bodies)('%s %s: a body of 100 MB is answered 413 before it is read', async (method, path) => {
  const { hostname, port } = new URL(server.url);
  const started = performance.now();
  const status = await new Promise<number>((resolve, reject) => {
    const request = httpRequest({
      hostname,
      port,
      method,
      path: encodeURI(path),
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': 100 * 1024 * 1024,
      },
    });
    request.on('response', (answer) => resolve(answer.statusCode!));
    request.on('error', reject);
    request.write('{"fields":{"備品名":"');
  });
  expect(status).toBe(413);
  expect(performance.now() - started).toBeLessThan(2000);
});

test('a body of 100 MB without a length is cut off at the limit', async () => {
  const { hostname, port } = new URL(server.url);
  const piece = Buffer.alloc(1024 * 1024, 'a');
  let sent = 0;
  const status = await new Promise<number>((resolve, reject) => {
    const request = httpRequest({
      hostname,
      port,
      method: 'POST',
      path: '/v1/sessions',
      headers: { 'content-type': 'application/json' },
    });
    let answered = false;
    request.on('response', (answer) => {
      answered = true;
      resolve(answer.statusCode!);
    });
    request.on('error', (error) => (answered ? undefined : reject(error)));
    const write = () => {
      if (answered || sent === 100) return;
      sent += 1;
      request.write(piece, write);
    };
    write();
  });
  expect(status).toBe(413);
  expect(sent).toBeLessThan(100);
});

test.each([
  ['GET', '/v1/apps/nothing', 404],
  ['GET', '/v1/apps/999999/records', 404],
  ['POST', '/v1/apps/nothing/records', 404],
  ['POST', '/v1/apps/nothing/records:batch', 404],
  ['GET', '/v1/apps/bihin/records/999999999', 404],
  ['GET', '/v1/apps/bihin/records/0', 404],
  ['GET', '/v1/apps/bihin/records/-1', 404],
  ['GET', '/v1/apps/bihin/records/1.5', 404],
  ['GET', '/v1/apps/bihin/records/99999999999999999999', 404],
  ['GET', "/v1/apps/bihin/records/1' OR '1'='1", 404],
  ['PATCH', '/v1/apps/bihin/records/999999999', 404],
  ['DELETE', '/v1/apps/bihin/records/999999999', 404],
  ['GET', '/v1/apps/bihin/records/999999999/history', 404],
  ['GET', '/v1/apps/bihin/files/999999999', 404],
  ['GET', '/v1/apps/bihin/files/x', 404],
  ['DELETE', '/v1/api-keys/nothing', 404],
  ['DELETE', '/v1/api-keys/00000000-0000-4000-8000-000000000000', 404],
  ['GET', "/v1/apps/bihin'; DROP TABLE records.apps; --", 404],
  ['GET', '/v1/apps/__proto__/records', 404],
  ['GET', '/v1/apps/x%00y/records', 404],
  ['GET', '/v1/apps/bihin/records/%00', 404],
  ['GET', '/v1/access-log?app=nothing', 404],
  ['GET', '/v1/access-log?from=yesterday', 422],
  ['GET', '/v1/access-log?to=2024-13-45', 422],
  ['GET', '/v1/access-log?cursor=x', 422],
  ['GET', '/v1/access-log?surprise=1', 422],
  ['GET', '/v1/users?limit=-1', 422],
  ['GET', '/v1/groups?limit=1e9', 422],
  ['GET', '/v1/nothing', 404],
  ['POST', '/v1/', 404],
  ['GET', '/v1', 404],
  ['PUT', '/v1/sessions', 404],
  ['DELETE', '/v1/apps/bihin/records', 404],
])('%s %s: %d', async (method, path, status) => {
  const body = /POST|PATCH|PUT/.test(method)
    ? path.endsWith('batch')
      ? { records: [{ fields: {} }] }
      : { fields: {} }
    : undefined;
  expectProblem(await server.call(method, path, { token, ...(body && { body }) }), status);
});

test('percent signs that are no encoding are a 400', async () => {
  const { hostname, port } = new URL(server.url);
  const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const request = httpRequest({ hostname, port, path: '/v1/apps/%E0%A4%A/records' }, (response) => {
      let text = '';
      response.on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode!, text }));
    });
    request.on('error', reject).end();
  });
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text).status).toBe(400);
});

test.each(["'; DROP TABLE records.apps; --", '" OR ""="', '\\', '%', '_', '$1', '{{x}}', '\u2028', '🙂'])(
  'SQL and other metacharacters are text: %s',
  async (text) => {
    const made = await server.call('POST', '/v1/apps/bihin/records', {
      token,
      body: { fields: { 備品名: text } },
    });
    expect(made.json.fields.備品名).toBe(text);
    const filter = JSON.stringify({ field: '備品名', op: 'contains', value: text });
    const path = `/v1/apps/bihin/records?${new URLSearchParams({ filter })}`;
    expect((await server.call('GET', path, { token })).json.items).toEqual([made.json]);
    await server.call('DELETE', `/v1/apps/bihin/records/${made.json.id}`, { token });
    expect(
      (await server.call('GET', `/v1/users?${new URLSearchParams({ q: text })}`, { token })).status,
    ).toBe(200);
  },
);

test('NUL is refused wherever text goes', async () => {
  const answers = await Promise.all([
    server.call('POST', '/v1/sessions', { body: { username: 'a\0b', password: 'x' } }),
    server.call('POST', '/v1/api-keys', { token, body: { name: 'a\0b' } }),
    server.call('POST', '/v1/apps/bihin/records', { token, body: { fields: { 備品名: 'a\0b' } } }),
    server.call('GET', `/v1/apps/bihin/records?q=a%00b`, { token }),
    server.call('GET', `/v1/access-log?operation=a%00b`, { token }),
    server.call('GET', `/v1/access-log?user=a%00b`, { token }),
  ]);
  for (const answer of answers) {
    expect([200, 401, 422], answer.text).toContain(answer.status);
    if (answer.status !== 200) expectProblem(answer, answer.status);
  }
});

test('a key of headers that is too long or empty is refused', async () => {
  const body = { fields: { 備品名: 'x' } };
  const long = { 'idempotency-key': 'x'.repeat(201) };
  expectProblem(await server.call('POST', '/v1/apps/bihin/records', { token, body, headers: long }), 422);
  const match = { 'if-match': 'abc' };
  expectProblem(await server.call('PATCH', '/v1/apps/bihin/records/1', { token, body, headers: match }), 422);
});

/** Everything but signing in needs a token. */
const guarded = [
  ['DELETE', '/v1/sessions/current'],
  ['GET', '/v1/me'],
  ['GET', '/v1/api-keys'],
  ['GET', '/v1/apps'],
  ['GET', '/v1/apps/bihin'],
  ['GET', '/v1/apps/bihin/records'],
  ['GET', '/v1/apps/bihin/records/1'],
  ['DELETE', '/v1/apps/bihin/records/1'],
  ['GET', '/v1/apps/bihin/records/1/history'],
  ['GET', '/v1/apps/bihin/files/1'],
  ['GET', '/v1/users'],
  ['GET', '/v1/groups'],
  ['GET', '/v1/access-log'],
  ['GET', '/v1/workspace/export'],
] as const;

test.each(guarded)('%s %s: no, tampered, foreign and alg-none tokens are a 401', async (method, path) => {
  const [head, payload, signature] = token.split('.') as [string, string, string];
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const other = Buffer.from(JSON.stringify({ ...claims, sub: '2' })).toString('base64url');
  const foreign = await new SignJWT(claims)
    .setProtectedHeader(JSON.parse(Buffer.from(head, 'base64url').toString()))
    .sign(Buffer.alloc(32, 7));
  const expired = await new SignJWT({ ...claims, exp: 1 })
    .setProtectedHeader(JSON.parse(Buffer.from(head, 'base64url').toString()))
    .sign(Buffer.alloc(32, 7));
  const none = new UnsecuredJWT(claims).encode();
  const tampered = `${head}.${other}.${signature}`;
  const flipped = `${head}.${payload}.${signature.slice(0, -2)}${signature.endsWith('AA') ? 'BB' : 'AA'}`;
  const wrong = [
    tampered,
    flipped,
    foreign,
    expired,
    none,
    `${none}x`,
    'x',
    'a.b.c',
    'rk_wrong',
    'x'.repeat(8000),
  ];
  for (const one of wrong) {
    const answer = await server.call(method, path, { token: one });
    expectProblem(answer, 401);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  }
  expectProblem(await server.call(method, path), 401);
  const basic = { authorization: `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}` };
  expectProblem(await server.call(method, path, { headers: basic }), 401);
});
