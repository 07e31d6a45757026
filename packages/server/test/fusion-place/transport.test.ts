import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestResponse } from '../../src/dialects/fusion-place/digest.ts';
import { encodeWindows31j } from '../../src/platform/text/windows31j.ts';
import { ask, basic, document, post, type Running, read, startFusionPlace, year } from './server.ts';

let server: Running;
let digestOnly: Running;

beforeAll(async () => {
  server = await startFusionPlace();
  digestOnly = await startFusionPlace({ authSchemes: ['digest'] });
});
afterAll(async () => {
  await server?.stop();
  await digestOnly?.stop();
});

const connect = '<?xml version="1.0" encoding="Windows-31J"?>\n<connect/>';
const path = '/fusionplace/api/1.2/requests';

async function challenge(): Promise<string> {
  const response = await fetch(digestOnly.url, { method: 'POST', body: connect });
  expect(response.status).toBe(401);
  expect(await response.text()).toBe('');
  return response.headers.get('www-authenticate') ?? '';
}

function answerTo(header: string, name: string, password: string, nc = '00000001'): string {
  const nonce = /nonce="([^"]*)"/.exec(header)![1]!;
  const ha1 = createHash('md5').update(`${name}:FusionPlace System:${password}`).digest('hex');
  const response = digestResponse(ha1, 'POST', { nonce, nc, cnonce: '0a4f113b', uri: path });
  return `Digest username="${name}", realm="FusionPlace System", nonce="${nonce}", uri="${path}", qop=auth, nc=${nc}, cnonce="0a4f113b", response="${response}"`;
}

test('§7 case 1: without credentials the answer is the Digest challenge', async () => {
  expect(await challenge()).toMatch(/^Digest realm="FusionPlace System",qop="auth",nonce="[0-9a-f]{32}"$/);
});

test('§7 case 2: the right answer is let in; the published figures verify', async () => {
  expect(
    digestResponse('051a7b0ff6f9146be90851bee979cee8', 'POST', {
      nonce: '978cfd86321e50711213062f4573b9e7',
      nc: '00000001',
      cnonce: '0a4f113b',
      uri: path,
    }),
  ).toBe('4b7b41015068dc04f807d02d97cf630e');
  const authorization = answerTo(await challenge(), 'maeda', 'pass-maeda-1');
  const answer = await ask(digestOnly, 'EXPORT_VALUES', year('FY2015'), '', { authorization });
  expect([answer.status, answer.code]).toEqual([200, 'SUCCESSFUL']);
});

test('§5.1: a count that does not rise is refused as stale, with a new nonce', async () => {
  const authorization = answerTo(await challenge(), 'maeda', 'pass-maeda-1');
  expect((await post(digestOnly, connect, { authorization })).status).toBe(200);
  const again = await post(digestOnly, connect, { authorization });
  expect(again.status).toBe(401);
  expect(again.headers.get('www-authenticate')).toContain('stale=true');
});

test('§7 case 3: a wrong password or an unknown user is challenged again', async () => {
  for (const [name, password] of [
    ['maeda', 'wrong'],
    ['nobody', 'x'],
  ] as const) {
    const answer = await post(digestOnly, connect, {
      authorization: answerTo(await challenge(), name, password),
    });
    expect([answer.status, answer.body]).toEqual([401, '']);
  }
  expect((await post(server, connect, { authorization: basic('maeda', 'wrong') })).status).toBe(401);
});

test('§7 case 4: connect sets a cookie with which a chunked post is not challenged', async () => {
  const authorization = answerTo(await challenge(), 'maeda', 'pass-maeda-1');
  const connected = await post(digestOnly, connect, { authorization });
  expect([connected.status, connected.body]).toEqual([200, '']);
  const cookie = connected.headers.get('set-cookie')!.split(';')[0]!;
  const status = await new Promise<number>((resolve, reject) => {
    const sent = httpRequest(digestOnly.url, {
      method: 'POST',
      headers: { cookie, 'transfer-encoding': 'chunked' },
    });
    sent.on('response', (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    sent.on('error', reject);
    const body = document('EXPORT_VALUES', [['APPLICATION', 'SAMPLE1'], ...year('FY2015')]);
    sent.write(body.slice(0, 50));
    sent.end(body.slice(50));
  });
  expect(status).toBe(200);
  const forged = cookie.replace(/=\d+/, '=99');
  expect(
    (await fetch(digestOnly.url, { method: 'POST', body: connect, headers: { cookie: forged } })).status,
  ).toBe(401);
});

async function register() {
  const response = await fetch(`${server.base}/rest/v1/oauth/client`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_types: ['password', 'refresh_token'],
      scope: 'webapi',
      client_name: 'curl',
    }),
  });
  return (await response.json()) as Record<string, string>;
}

async function token(authorization: string, fields: Record<string, string>, end = 'oauth/token') {
  const response = await fetch(`${server.base}/rest/v1/${end}`, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams(fields),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, string>) };
}

const password = { username: 'maeda', password: 'pass-maeda-1', grant_type: 'password', scope: 'webapi' };

test('§7 case 5: register, sign in, call with bearer and Bearer', async () => {
  const client = await register();
  expect(Object.keys(client).sort()).toEqual(
    [
      'client_id',
      'client_id_issued_at',
      'client_name',
      'client_secret',
      'client_secret_expires_at',
      'grant_types',
    ]
      .concat(['scope', 'token_endpoint_auth_method'])
      .sort(),
  );
  expect(client.client_secret).toMatch(/^[A-Za-z0-9]{20}$/);
  expect(typeof client.client_id_issued_at).toBe('string');
  expect(Number(client.client_secret_expires_at) - Number(client.client_id_issued_at)).toBe(86_400_000);
  const { status, body } = await token(basic(client.client_id!, client.client_secret!), password);
  expect(status).toBe(200);
  expect(Object.keys(body).sort()).toEqual(['access_token', 'refresh_token', 'scope', 'token_type']);
  expect(body.access_token).toMatch(/^[A-Za-z0-9]{15}$/);
  for (const scheme of ['bearer', 'Bearer']) {
    const answer = await ask(server, 'EXPORT_VALUES', year('FY2015'), '', {
      authorization: `${scheme} ${body.access_token}`,
    });
    expect([answer.status, answer.code]).toEqual([200, 'SUCCESSFUL']);
  }
});

test('§7 case 6: refresh gives a new pair once, to its own client; terminate ends it', async () => {
  const client = await register();
  const credentials = basic(client.client_id!, client.client_secret!);
  const { body: first } = await token(credentials, password);
  const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token! };
  const stranger = await register();
  const stolen = await token(basic(stranger.client_id!, stranger.client_secret!), refresh);
  expect([stolen.status, stolen.body.error]).toEqual([400, 'invalid_grant']);
  const { body: second } = await token(credentials, refresh);
  expect(second.access_token).not.toBe(first.access_token);
  expect(second.refresh_token).not.toBe(first.refresh_token);
  const call = async (access: string) =>
    (await post(server, connect, { authorization: `Bearer ${access}` })).status;
  expect(await call(second.access_token!)).toBe(200);
  expect((await token(credentials, { token: second.access_token! }, 'process/terminate')).status).toBe(200);
  expect(await call(second.access_token!)).toBe(401);
  const dead = await token(credentials, {
    grant_type: 'refresh_token',
    refresh_token: second.refresh_token!,
  });
  expect(dead.body.error).toBe('invalid_grant');
});

test('§5.3: a second use of a refresh token ends all that came of the sign-in', async () => {
  const client = await register();
  const credentials = basic(client.client_id!, client.client_secret!);
  const { body: first } = await token(credentials, password);
  const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token! };
  const { body: second } = await token(credentials, refresh);
  expect((await token(credentials, refresh)).status).toBe(400);
  const answer = await post(server, connect, { authorization: `Bearer ${second.access_token}` });
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toContain(
    'Bearer realm="FusionPlace System", error="invalid_token"',
  );
});

test('§5.3: faults of the token endpoint are RFC 6749 answers', async () => {
  const client = await register();
  const credentials = basic(client.client_id!, client.client_secret!);
  const faults = await Promise.all([
    token(basic(client.client_id!, 'wrong'), password),
    token(credentials, { ...password, password: 'wrong' }),
    token(credentials, { ...password, grant_type: 'client_credentials' }),
    token(credentials, { ...password, scope: 'everything' }),
    token(credentials, { username: 'maeda' }),
  ]);
  expect(faults.map(({ status, body }) => [status, body.error])).toEqual([
    [401, 'invalid_client'],
    [400, 'invalid_grant'],
    [400, 'unsupported_grant_type'],
    [400, 'invalid_scope'],
    [400, 'invalid_request'],
  ]);
});

test('§7 case 7: the envelope repeats type and desc and has all its parts', async () => {
  const { body, type, desc } = await ask(server, 'EXPORT_VALUES', year('FY2015'));
  expect([type, desc]).toEqual(['EXPORT_VALUES', 'テスト']);
  const stamps = [
    ...body.matchAll(
      /<(?:started|ended)-at time-zone="Asia\/Tokyo">(\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{3})</g,
    ),
  ];
  expect(stamps).toHaveLength(2);
  expect(stamps[1]![1]! >= stamps[0]![1]!).toBe(true);
  expect(body).toMatch(/<returned-contents>[\s\S]*<result>\s*<code>[\s\S]*<messages><\/messages>/);
});

test('§7 case 8: an unknown application is HTTP 200 with ERROR', async () => {
  const answer = await post(
    server,
    document('EXPORT_VALUES', [['APPLICATION', 'NOWHERE'], ...year('FY2015')]),
  );
  expect([answer.status, answer.code]).toEqual([200, 'ERROR']);
  expect(answer.messages).toContain('NOWHERE');
});

test('§7 case 9: Windows-31J both ways, UTF-8 without being asked', async () => {
  const text =
    '<?xml version="1.0" encoding="Windows-31J"?><request type="EXPORT_VALUES" desc="実績①髙"><parameters/></request>';
  const body = encodeWindows31j(text, () => '?');
  const same = await post(server, body, { 'accept-charset': 'Windows-31J' });
  expect(same.headers.get('content-type')).toBe('application/xml;charset=Windows-31J');
  expect(same.body).toContain('<?xml version="1.0" encoding="Windows-31J"?>');
  expect(same.desc).toBe('実績①髙');
  const plain = await post(server, body);
  expect(plain.headers.get('content-type')).toBe('application/xml;charset=UTF-8');
  expect(plain.desc).toBe('実績①髙');
});

test('§7 case 10: gzip in and out, only when asked', async () => {
  const body = document('EXPORT_VALUES', [['APPLICATION', 'SAMPLE1'], ...year('FY2015')]);
  const [packed, plain] = await Promise.all(
    ['gzip', 'identity'].map(
      (encoding) =>
        new Promise<{ encoding: string | undefined; bytes: Buffer }>((resolve, reject) => {
          const headers = {
            authorization: basic('maeda', 'pass-maeda-1'),
            ...(encoding === 'gzip' && { 'content-encoding': 'gzip', 'accept-encoding': 'gzip' }),
          };
          const sent = httpRequest(server.url, { method: 'POST', headers }, (response) => {
            const parts: Buffer[] = [];
            response.on('data', (part: Buffer) => parts.push(part));
            response.on('end', () =>
              resolve({ encoding: response.headers['content-encoding'], bytes: Buffer.concat(parts) }),
            );
          });
          sent.on('error', reject);
          sent.end(encoding === 'gzip' ? gzipSync(body) : body);
        }),
    ),
  );
  expect([packed!.encoding, plain!.encoding]).toEqual(['gzip', undefined]);
  expect(gunzipSync(packed!.bytes).toString()).toContain('<code>SUCCESSFUL</code>');
  expect(plain!.bytes.toString()).toContain('<code>SUCCESSFUL</code>');
});

test('§7 case 11: messages are Japanese for ja, English for everything else', async () => {
  const languages = { ja: 'ja', en: 'en', fr: 'en', 'ja,en': 'ja' };
  for (const [asked, expected] of Object.entries(languages)) {
    const { messages } = await ask(server, 'NO_SUCH_TYPE', [], '', { 'accept-language': asked });
    expect(/リクエストタイプ/.test(messages) ? 'ja' : 'en').toBe(expected);
  }
});

test('contract §7: what is not a request is refused by HTTP', async () => {
  const bomb = `<!DOCTYPE r [<!ENTITY a "${'x'.repeat(100)}">]><request type="X">&a;</request>`;
  const refused: [string | Buffer, Record<string, string>, number[]][] = [
    ['', {}, [400]],
    ['<request type="X">', {}, [400]],
    ['<requests><request type="X"/></requests>', {}, [400]],
    ['<html/>', {}, [400]],
    [bomb, {}, [400]],
    ['<?xml version="1.0" encoding="EBCDIC"?><connect/>', {}, [415]],
    [Buffer.from([...Buffer.from('<request type="X" desc="'), 0xff, 0xfe, ...Buffer.from('"/>')]), {}, [400]],
    ['not gzip', { 'content-encoding': 'gzip' }, [400]],
    [gzipSync(connect).subarray(0, 30), { 'content-encoding': 'gzip' }, [400]],
    [connect, { 'content-encoding': 'br' }, [415]],
  ];
  for (const [body, headers, statuses] of refused) {
    expect([String(body).slice(0, 40), (await post(server, body, headers)).status]).toEqual([
      String(body).slice(0, 40),
      statuses[0],
    ]);
  }
  for (const method of ['GET', 'PUT', 'DELETE']) {
    expect((await fetch(server.url, { method })).status).toBe(405);
  }
});

test('contract §7: malformed XML behind the contents undoes the import', async () => {
  const body = document(
    'IMPORT_VALUES',
    [['APPLICATION', 'SAMPLE1'], ...year('FY2016')],
    'FY2016,M1,S01,M01,REV,1',
  );
  expect((await post(server, body.replace('</request>', '</wrong>'))).status).toBe(400);
  expect((await ask(server, 'EXPORT_VALUES', year('FY2016'))).returned).not.toContain('M1');
});

test('§1.2: the content type of a request does not matter', async () => {
  const body = document('EXPORT_VALUES', [['APPLICATION', 'SAMPLE1'], ...year('FY2015')]);
  for (const type of [
    'appplication/xml',
    'text/plain',
    'application/json',
    'garbage',
    'application/xml;;=',
  ]) {
    const answer = await post(server, body, { 'content-type': type });
    expect([type, answer.status, answer.code]).toEqual([type, 200, 'SUCCESSFUL']);
  }
});

test('contract §7: OAuth endpoints take nothing but POST', async () => {
  for (const path of ['oauth/client', 'oauth/token', 'process/terminate']) {
    expect((await fetch(`${server.base}/rest/v1/${path}`)).status).toBe(405);
  }
});

test('a 401 carries one challenge per scheme', async () => {
  const response = await fetch(server.url, { method: 'POST', body: connect });
  const header = response.headers.get('www-authenticate')!;
  expect(header).toMatch(
    /^Bearer realm="FusionPlace System", Digest realm="[^"]*",qop="auth",nonce="\w+", Basic realm="FusionPlace System"$/,
  );
  await read(response).catch(() => undefined);
});

test('§1.4: a registration that is no object of the right members is refused', async () => {
  for (const body of ['[]', 'null', '"x"', '{', '{"scope":"other"}', '{"client_name":7}']) {
    const answer = await fetch(`${server.base}/rest/v1/oauth/client`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([body, answer.status]).toEqual([body, 400]);
  }
});
