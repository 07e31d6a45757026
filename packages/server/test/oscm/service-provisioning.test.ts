import { BasicAuthSecurity, createClientAsync } from 'soap';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { file19, parameter, sample14 } from '../catalog/definition-files.ts';
import { type OpenCatalog, openCatalog } from '../catalog/open-catalog.ts';

let opened: OpenCatalog;
beforeAll(async () => {
  opened = await openCatalog();
});
afterAll(() => opened.close());

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A client of the `soap` package, made from our WSDL alone. */
async function connect(user: string, password = `pass-${user}`) {
  const client = await createClientAsync(`${opened.url}/ServiceProvisioningService/BASIC?wsdl`);
  client.setSecurity(new BasicAuthSecurity(user, password));
  return client;
}

// biome-ignore lint/suspicious/noExplicitAny: the package's methods come from the WSDL at run time
type Fault = any;
const fault = async (work: Promise<unknown>): Promise<Fault> =>
  work.then(
    () => expect.unreachable('a fault was expected'),
    (error: Fault) => error.root?.Envelope?.Body?.Fault ?? error,
  );

test('oscm §2.3: import, look, export, import again, delete by SOAP', async () => {
  const client = await connect('provider');
  const [imported] = await client.importTechnicalServicesAsync({ xml: base64(sample14()) });
  expect(imported.return ?? '').toBe('');
  const [{ return: listed }] = await client.getTechnicalServicesAsync({ role: 'TECHNOLOGY_PROVIDER' });
  expect(listed).toMatchObject([
    {
      technicalServiceId: 'SampleService',
      technicalServiceVersion: '1.00',
      accessType: 'PLATFORM',
      parameterDefinitions: [{ parameterId: 'MEMORY_STORAGE' }, { parameterId: 'MAX_FOLDER_NUMBER2' }],
      roleDefinitions: [{ roleId: 'ADMIN' }, { roleId: 'GUEST' }],
    },
  ]);
  const [{ return: xml }] = await client.exportTechnicalServicesAsync({
    technicalServices: [{ key: listed[0].key }],
  });
  await client.importTechnicalServicesAsync({ xml });
  await client.deleteTechnicalServiceAsync({ technicalService: { key: listed[0].key } });
  const [rest] = await client.getTechnicalServicesAsync({ role: 'TECHNOLOGY_PROVIDER' });
  expect(rest).toBeNull();
});

test('oscm §2.3: an import with mistakes is an ImportException that holds them all', async () => {
  const client = await connect('provider');
  const file = file19({ accessType: undefined }, parameter({ valueType: 'INTEGER', default: 'abc' }));
  const { faultstring, detail } = await fault(client.importTechnicalServicesAsync({ xml: base64(file) }));
  expect(faultstring).toMatch(/^1: TechnicalService\/@accessType: .*\n1: ParameterDefinition\/@default: /);
  expect(detail.ImportException.details).toBe(faultstring);
});

test('oscm §2.5: conflicts carry the name of their exception', async () => {
  const client = await connect('provider');
  await client.importTechnicalServicesAsync({
    xml: base64(file19({}, parameter({ valueType: 'LONG', maxValue: '5' }))),
  });
  await opened.call('POST', '/v1/catalog/services', {
    id: 'held',
    technicalService: { id: 'Example' },
    supplier: 'acme',
  });
  const changed = await fault(client.importTechnicalServicesAsync({ xml: base64(file19()) }));
  expect(Object.keys(changed.detail)).toEqual(['UpdateConstraintException']);
  const deleted = await fault(
    client.deleteTechnicalServiceAsync({ technicalService: { technicalServiceId: 'Example' } }),
  );
  expect(Object.keys(deleted.detail)).toEqual(['DeletionConstraintException']);
  const unknown = await fault(
    client.deleteTechnicalServiceAsync({ technicalService: { technicalServiceId: 'None' } }),
  );
  expect(Object.keys(unknown.detail)).toEqual(['ObjectNotFoundException']);
  const adapter = await fault(
    client.importTechnicalServicesAsync({ xml: base64(file19({ billingIdentifier: 'X' })) }),
  );
  expect(Object.keys(adapter.detail)).toEqual(['BillingAdapterNotFoundException']);
});

test('contract §7: BASIC with id and password, else 401; refusals are faults over HTTP 500', async () => {
  const send = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${opened.url}/ServiceProvisioningService/BASIC`, { method: 'POST', body, headers });
  const envelope = (content: string) =>
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${content}</s:Body></s:Envelope>`;
  const basic = (user: string, password = `pass-${user}`) => ({
    authorization: `Basic ${base64(`${user}:${password}`)}`,
  });
  const call = envelope(
    `<o:importTechnicalServices xmlns:o="http://oscm.org/xsd"><xml>${base64(file19())}</xml></o:importTechnicalServices>`,
  );
  for (const headers of [{}, basic('provider', 'wrong'), basic('nobody'), { authorization: 'Bearer x' }]) {
    const answer = await send(call, headers as Record<string, string>);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('Basic');
  }
  const refused = await send(call, basic('customer'));
  expect(refused.status).toBe(500);
  expect(await refused.text()).toContain('<o:OperationNotPermittedException xmlns:o="http://oscm.org/xsd">');
  for (const broken of [
    '',
    'text',
    '<a/>',
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    envelope('<unknown/>'),
    envelope(''),
  ]) {
    const answer = await send(broken, basic('provider'));
    expect([broken, answer.status]).toEqual([broken, 500]);
    expect(await answer.text()).toContain('faultstring');
  }
  const bad = envelope(
    '<o:importTechnicalServices xmlns:o="http://oscm.org/xsd"><xml>%%%</xml></o:importTechnicalServices>',
  );
  expect(await (await send(bad, basic('provider'))).text()).toContain('ValidationException');
});
