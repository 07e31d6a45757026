import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readEnvelope } from '../../src/platform/soap/envelope.ts';
import { openShop, type Shop } from './offers.ts';

/** What applications may answer with, and what they are sent, by a server that writes its bytes by hand. */

let shop: Shop;
const servers: Server[] = [];
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Asked = { method: string; path: string; authorization: string | undefined; body: string };

const wsdl = (location: string, { namespace = 'http://oscm.org/xsd', documentation = 'v1.8' } = {}) =>
  `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" targetNamespace="${namespace}"><documentation> ${documentation} </documentation><service name="S"><port name="P"><s:address location="${location}"/></port></service></definitions>`;
const plain = (operation: string, inside: string) =>
  `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><o:${operation}Response xmlns:o="http://oscm.org/xsd"><return>${inside}</return></o:${operation}Response></S:Body></S:Envelope>`;
const instance = '<o:rc>0</o:rc><o:instance><o:instanceId>by-hand</o:instanceId></o:instance>';

/** An application whose answers `answer` writes; gives what it was asked and the path of a service made of it. */
async function application(
  answer: (operation: string, asked: Asked) => string,
  { document = (own: string) => wsdl(`${own}/soap`), attributes = {} as Record<string, string> } = {},
) {
  const asked: Asked[] = [];
  const own = await listen(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
      body: Buffer.concat(chunks).toString(),
    };
    asked.push(one);
    response.setHeader('content-type', 'text/xml');
    if (request.method === 'GET') response.end(document(own));
    else response.end(answer(readEnvelope(Buffer.from(one.body), 1e6)?.content?.local ?? '', one));
  });
  const service = await shop.offer({ provisioningUrl: `${own}/p?wsdl`, ...attributes });
  const subscribe = () =>
    shop.opened.call(
      'POST',
      '/v1/catalog/subscriptions',
      { id: `sub ${service}`, service, users: [{ user: 'member' }] },
      'customer',
    );
  return { asked, own, service, subscribe };
}

const forms: [name: string, (operation: string, inside: string) => string][] = [
  ['unqualified', plain],
  [
    'qualified throughout',
    (operation, inside) =>
      plain(operation, inside).replace('<return>', '<o:return>').replace('</return>', '</o:return>'),
  ],
  [
    'unqualified throughout',
    (operation, inside) => plain(operation, inside.replaceAll('<o:', '<').replaceAll('</o:', '</')),
  ],
  [
    'in a default namespace',
    (operation, inside) =>
      `<?xml version="1.0"?>\n<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Header/><Body><${operation}Response xmlns="http://oscm.org/xsd"><return xmlns="">${inside.replaceAll('<o:', '<').replaceAll('</o:', '</')}</return></${operation}Response></Body></Envelope>`,
  ],
  [
    'with CDATA and white space',
    (operation, inside) => plain(operation, inside.replace('by-hand', ' <![CDATA[by-hand]]> ')),
  ],
  ['in UTF-8 with a byte order mark', (operation, inside) => `\ufeff${plain(operation, inside)}`],
];
test.each(forms)('oscm §3.1: an answer %s is understood', async (_, write) => {
  const app = await application((operation) =>
    write(operation, instance.replaceAll('by-hand', 'by-hand').concat('<o:users/>')),
  );
  const { status, body } = await app.subscribe();
  expect([status, body.detail, body.instance?.instanceId]).toEqual([201, undefined, 'by-hand']);
});

test('oscm §3.1: the endpoint, the namespace and the version are the WSDL’s; children stay as they are', async () => {
  const calls: string[] = [];
  const elsewhere = await listen(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const message = readEnvelope(Buffer.concat(chunks), 1e6)?.content;
    calls.push(`${request.url} {${message?.uri}}${message?.local} {${message?.children[0]?.uri}}`);
    response.end(plain(message?.local ?? '', instance));
  });
  const document = () => wsdl(`${elsewhere}/there`, { namespace: 'urn:own', documentation: 'v1.7' });
  const app = await application(() => '', { document });
  expect((await app.subscribe()).status).toBe(201);
  expect(calls).toEqual(['/there {urn:own}createInstance {}', '/there {urn:own}createUsers {}']);
  expect(app.asked.every(({ method }) => method === 'GET')).toBe(true);
});

test('oscm §3.1: BASIC is sent unasked with every request, and only with a name and a password', async () => {
  const answer = (operation: string) => plain(operation, instance);
  const credentials = { provisioningUsername: 'prov', provisioningPassword: 'pässword' };
  const guarded = await application(answer, { attributes: credentials });
  await guarded.subscribe();
  const basic = `Basic ${Buffer.from('prov:pässword').toString('base64')}`;
  expect(new Set(guarded.asked.map(({ authorization }) => authorization))).toEqual(new Set([basic]));
  for (const attributes of [{ provisioningUsername: 'prov' }, { provisioningPassword: 'p' }]) {
    const open = await application(answer, { attributes: attributes as unknown as typeof credentials });
    await open.subscribe();
    expect(open.asked.map(({ authorization }) => authorization).filter(Boolean)).toEqual([]);
  }
});

const wsdls: [name: string, document: string, reason: RegExp][] = [
  ['no XML', 'hello', /ENDPOINT/],
  ['no WSDL', '<html/>', /ENDPOINT/],
  ['no port', '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" targetNamespace="a"/>', /ENDPOINT/],
  [
    'a DOCTYPE',
    `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>${wsdl('http://127.0.0.1:1/')}`,
    /ENDPOINT/,
  ],
  ['an address that is none', wsdl('::nowhere::'), /ENDPOINT|CONNECTION/],
  ['an address in a private network', wsdl('http://10.0.0.1/soap'), /ENDPOINT/],
  ['an address of another scheme', wsdl('file:///etc/passwd'), /ENDPOINT/],
];
test.each(wsdls)(
  'oscm §3.1, §3.6: a WSDL with %s: the service is not alive, nothing is left',
  async (_, document, reason) => {
    const app = await application(() => '', { document: () => document });
    const { status, body } = await app.subscribe();
    expect([status, body.detail]).toEqual([502, expect.stringMatching(reason)]);
    const { body: orphans } = await shop.opened.call('GET', '/v1/catalog/orphans?limit=500');
    expect(
      orphans.items.filter((one: { subscriptionId: string }) => one.subscriptionId === `sub ${app.service}`),
    ).toEqual([]);
  },
);

test('oscm §3.6: an answer without end is cut off, and the process lives', async () => {
  const app = await application((operation) =>
    operation === 'createInstance' ? plain(operation, 'x'.repeat(6_000_000)) : plain(operation, instance),
  );
  const { status } = await app.subscribe();
  expect(status).toBe(502);
  expect((await shop.opened.call('GET', '/v1/catalog/subscriptions')).status).toBe(200);
});

const instances: [member: string, inside: string][] = [
  ['instanceId LENGTH', `<o:instanceId>${'i'.repeat(256)}</o:instanceId>`],
  ['accessInfo LENGTH', `<o:instanceId>i</o:instanceId><o:accessInfo>${'a'.repeat(4097)}</o:accessInfo>`],
  [
    'baseUrl URL',
    '<o:instanceId>i</o:instanceId><o:baseUrl>no address</o:baseUrl><o:loginPath>/l</o:loginPath>',
  ],
  ['loginPath REQUIRED', '<o:instanceId>i</o:instanceId><o:baseUrl>http://h/</o:baseUrl>'],
  ['baseUrl REQUIRED', '<o:instanceId>i</o:instanceId><o:loginPath>/l</o:loginPath>'],
  [
    'loginPath LENGTH',
    `<o:instanceId>i</o:instanceId><o:baseUrl>http://h/</o:baseUrl><o:loginPath>/${'l'.repeat(255)}</o:loginPath>`,
  ],
];
test.each(instances)('oscm §3.6: an instance that is not valid is refused: %s', async (member, inside) => {
  const app = await application((operation) =>
    plain(operation, `<o:rc>0</o:rc><o:instance>${inside}</o:instance>`),
  );
  const { status, body } = await app.subscribe();
  expect([status, body.detail]).toEqual([502, expect.stringContaining(member)]);
});

test('oscm §3.7 step 3: saveAttributes: its rc is not looked at, a lost answer ends the subscription', async () => {
  const deaf = await application((operation) =>
    plain(
      operation,
      operation === 'saveAttributes' ? '<o:rc>200</o:rc>' : instance.replace('by-hand', 'deaf'),
    ),
  );
  expect((await deaf.subscribe()).status).toBe(201);
  shop.application.on('saveAttributes', 'drop');
  const service = await shop.offer();
  const body = { id: `sub ${service}`, service };
  expect((await shop.opened.call('POST', '/v1/catalog/subscriptions', body, 'customer')).status).toBe(502);
  expect(shop.application.callsOf('createInstance')).toEqual([]);
  shop.application.on('saveAttributes', { return: '<o:rc>0</o:rc>' });
  expect((await shop.opened.call('POST', '/v1/catalog/subscriptions', body, 'customer')).status).toBe(201);
});
