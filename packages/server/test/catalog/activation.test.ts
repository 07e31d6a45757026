import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Application, startApplication } from './application.ts';
import { file14, file19 } from './definition-files.ts';
import { type OpenCatalog, openCatalog } from './open-catalog.ts';

let opened: OpenCatalog;
let application: Application;
beforeAll(async () => {
  opened = await openCatalog();
});
afterAll(() => opened.close());
beforeEach(async () => {
  application = await startApplication();
  return () => application.close();
});

let count = 0;
async function offer(attributes: Record<string, string | undefined> = {}, v14 = false): Promise<string> {
  count += 1;
  const given = { id: `T${count}`, provisioningUrl: `${application.url}/p?wsdl`, ...attributes };
  const imported = await opened.importFile(v14 ? file14(given) : file19(given));
  expect(imported.status).toBe(200);
  const technicalService = { id: given.id, ...(v14 && { version: '1.00' }) };
  await opened.call('POST', '/v1/catalog/services', { id: `S${count}`, technicalService, supplier: 'acme' });
  return `/v1/catalog/services/S${count}`;
}
const activate = (path: string) => opened.call('POST', `${path}/activate`, undefined, 'seller');

test('oscm §2.5, §3.1: activation reads the WSDL and sends sendPing with BASIC credentials', async () => {
  application.credentials = { user: 'prov', password: 'secret' };
  const path = await offer({ provisioningUsername: 'prov', provisioningPassword: 'secret' });
  const answer = await activate(path);
  expect([answer.status, answer.body.active]).toEqual([200, true]);
  expect(application.requests).toEqual(['GET /p?wsdl', 'POST sendPing']);
  const [call] = application.calls;
  expect(call?.headers.soapaction).toBe('"urn:sendPing"');
  expect(call?.headers['content-type']).toMatch(/^text\/xml/);
  expect(call?.args.uri).toBe('http://oscm.org/xsd');
  expect(call?.args.children).toMatchObject([{ local: 'arg', uri: '', text: 'ping' }]);
});

test('oscm §2.5: a dead application is not put on sale', async () => {
  const cases: [string, (path: string) => Promise<unknown> | undefined, RegExp][] = [
    ['fault', async () => application.on('sendPing', { fault: 'out of order' }), /out of order/],
    ['hang', async () => application.on('sendPing', 'hang'), /TIMEOUT/],
    ['drop', async () => application.on('sendPing', 'drop'), /CONNECTION_REFUSED/],
    ['no SOAP', async () => application.on('sendPing', { status: 200, body: 'hello' }), /ENDPOINT/],
    ['no WSDL', async () => Object.assign(application, { wsdlStatus: 404 }), /HTTP 404/],
    [
      'password',
      async () => Object.assign(application, { wsdlStatus: 200, credentials: { user: 'a', password: 'b' } }),
      /HTTP 401/,
    ],
    ['closed', async () => application.close(), /CONNECTION_REFUSED/],
  ];
  for (const [what, prepare, message] of cases) {
    const path = await offer();
    await prepare(path);
    const { status, body } = await activate(path);
    expect([what, status, body.detail]).toEqual([what, 502, expect.stringMatching(message)]);
    expect((await opened.call('GET', path)).body.active).toBe(false);
  }
});

test('contract §7: PROXY and EXTERNAL are activated without a call', async () => {
  const paths = [
    await offer({ accessType: 'EXTERNAL', provisioningUrl: undefined }),
    await offer({ accessType: 'PROXY', provisioningUrl: undefined, loginPath: undefined }, true),
  ];
  for (const path of paths) expect((await activate(path)).status).toBe(200);
  expect(application.requests).toEqual([]);
});
