import { Agent, request } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  description,
  document19,
  event,
  file14,
  file19,
  info,
  operation,
  options,
  parameter,
  role,
  sample14,
  service19,
  tag,
} from './definition-files.ts';
import { type OpenCatalog, openCatalog } from './open-catalog.ts';

let opened: OpenCatalog;
beforeEach(async () => {
  opened = await openCatalog();
});
afterEach(() => opened.close());

const path = '/v1/catalog/technical-services';
const definition = async (id = 'Example', query = '') =>
  (await opened.call('GET', `${path}/acme/${id}${query}`)).body;
async function accepted(file: string): Promise<void> {
  const { status, text } = await opened.importFile(file);
  expect([status, text]).toEqual([200, text]);
}

async function stored(): Promise<string[]> {
  const { body } = await opened.call('GET', path);
  return body.items.map(({ id, version }: { id: string; version?: string }) =>
    [id, version].filter(Boolean).join(' '),
  );
}

test('oscm §7 case 1: the seed example, a second version, the same once more', async () => {
  const answer = await opened.importFile(sample14());
  expect(answer.status).toBe(200);
  expect(answer.body.imported).toMatchObject([
    { id: 'SampleService', version: '1.00', organization: 'acme' },
  ]);
  const service = await definition('SampleService', '?version=1.00');
  expect(service).toMatchObject({
    organization: 'acme',
    accessType: 'PLATFORM',
    provisioningType: 'SYNCHRONOUS',
    build: '25.01.2010',
    descriptions: { en: 'Stores files', ja: 'ファイルを保存します' },
    parameters: [
      { id: 'MEMORY_STORAGE', valueType: 'ENUMERATION', default: '2', mandatory: false, configurable: true },
      { id: 'MAX_FOLDER_NUMBER2', valueType: 'INTEGER', minValue: '12', maxValue: '500', default: '200' },
    ],
    events: [{ id: 'FILE_DOWNLOAD' }],
    roles: [{ id: 'ADMIN' }, { id: 'GUEST' }],
    operations: [{ id: 'BACKUP', type: 'SYNCHRONOUS', actionURL: 'http://app.example.com:7777/op?wsdl' }],
  });
  await accepted(sample14('1.01'));
  expect(await stored()).toEqual(['SampleService 1.00', 'SampleService 1.01']);
  expect((await definition('SampleService')).status).toBe(422);
  const again = await opened.importFile(sample14());
  expect(again.body.imported).toMatchObject([{ outcome: 'same' }]);
});

test('oscm §1.2 fact 6: a key of the seed dialect that belongs to another provider is refused', async () => {
  await accepted(sample14());
  expect((await opened.importFile(sample14(), 'rivals')).status).toBe(409);
  expect((await opened.importFile(sample14('2'), 'rivals')).status).toBe(200);
});

test('oscm §2.3: the same id of two providers is two services in OSCM 1.9', async () => {
  await accepted(file19());
  expect((await opened.importFile(file19(), 'rivals')).status).toBe(200);
});

test('oscm §7 case 4: addresses are normalised', async () => {
  await accepted(file19({ baseUrl: 'http://h:8080/', provisioningUrl: '/p?wsdl', loginPath: 'login' }));
  expect(await definition()).toMatchObject({
    provisioningUrl: 'http://h:8080/p?wsdl',
    loginPath: '/login',
    baseUrl: 'http://h:8080/',
  });
  await accepted(file19({ baseUrl: 'http://h:8080/a\\\\', provisioningUrl: '', loginPath: '' }));
  expect(await definition()).toMatchObject({
    provisioningUrl: 'http://h:8080/a',
    loginPath: '/',
    baseUrl: 'http://h:8080/a',
  });
  await accepted(file19({ loginPath: '\\\\x' }));
  expect(await definition()).toMatchObject({ loginPath: '/x' });
});

test('oscm §2.4 rules 4, 12, 15, 18; §1.4 fact 25: defaults of both dialects', async () => {
  await accepted(file19({ provisioningType: undefined }, parameter({ default: ' ' })));
  const oscm = await definition();
  expect(oscm.version).toBeUndefined();
  expect(oscm).toMatchObject({
    provisioningType: 'SYNCHRONOUS',
    billingIdentifier: 'NATIVE_BILLING',
    onlyOneSubscriptionPerUser: false,
    parameters: [{ configurable: true, mandatory: false, modificationType: 'STANDARD' }],
  });
  expect(oscm.parameters[0].default).toBeUndefined();
  await accepted(file14({}, tag('ParameterDefinition', { id: 'P', valueType: 'STRING' })));
  expect((await definition('Example', '?version=1.00')).parameters).toMatchObject([
    { configurable: false, mandatory: false },
  ]);
});

test('oscm §7 case 6: hostile and broken XML is refused and nothing is stored', async () => {
  const bomb = `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>${file19({}, description('&b;'))}`;
  const external = `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${file19()}`;
  const raw = file19().replace('id="Example"', 'id="a<b"');
  const cases: [string | Uint8Array, number][] = [
    [bomb, 1],
    [external, 1],
    ['', 1],
    [raw, 1],
    ['text', 1],
    [file19().slice(0, -5), 1],
    [`${document19(service19())}\n<more/>`, 2],
    [`${'<a>'.repeat(5000)}`, 1],
    [Uint8Array.of(0xff, 0x00, 0x41), 1],
    [`<?xml version="1.0" encoding="EBCDIC-INT"?>${file19()}`, 1],
  ];
  for (const [file, line] of cases) {
    const { status, body } = await opened.importFile(file);
    expect([String(file).slice(0, 40), status]).toEqual([String(file).slice(0, 40), 422]);
    expect(body.errors.at(-1).line).toBe(line);
    expect(JSON.stringify(body)).not.toContain('root:');
  }
  expect(await stored()).toEqual([]);
  await accepted(file19());
});

test('oscm §2.3: UTF-8 with a mark, UTF-16 and Windows-31J are read', async () => {
  const file = (encoding: string) =>
    `<?xml version="1.0" encoding="${encoding}"?>${file19({}, description('髙い①', 'ja'))}`;
  const swapped = Buffer.from(`\ufeff${file('UTF-16')}`, 'utf16le').swap16();
  const sjis: Record<string, number[]> = { 髙: [0xfb, 0xfc], い: [0x82, 0xa2], '①': [0x87, 0x40] };
  const windows = Uint8Array.from([...file('Windows-31J')].flatMap((c) => sjis[c] ?? [c.charCodeAt(0)]));
  for (const bytes of [
    Buffer.from(`\ufeff${file('UTF-8')}`),
    Buffer.from(`\ufeff${file('UTF-16')}`, 'utf16le'),
    swapped,
    windows,
  ]) {
    const answer = await opened.importFile(bytes);
    expect([answer.status, answer.text]).toEqual([200, answer.text]);
    expect((await definition()).descriptions).toEqual({ ja: '髙い①' });
    await opened.call('DELETE', `${path}/acme/Example`);
  }
});

test('oscm §7 case 7: a mistake in one service undoes the whole file', async () => {
  const services = ['A', 'B', 'C', 'D'].map((id) =>
    service19({ id, accessType: id === 'B' ? undefined : 'LOGIN' }),
  );
  const { status, body } = await opened.importFile(document19(...services));
  expect(status).toBe(422);
  expect(body.errors).toMatchObject([{ line: 2, element: 'TechnicalService', attribute: 'accessType' }]);
  expect(await stored()).toEqual([]);
});

test('oscm §2.3: the second definition of an id in one file updates the first', async () => {
  await accepted(document19(service19({}, event('A') + event('B')), service19({ build: '2' }, event('B'))));
  expect(await stored()).toEqual(['Example']);
  expect(await definition()).toMatchObject({ build: '2', events: [{ id: 'B' }] });
});

test('oscm §2.4 rule 7: the AccessInfo of an earlier import counts', async () => {
  const direct = { accessType: 'DIRECT', baseUrl: undefined };
  await accepted(file19(direct, info('Call')));
  await accepted(file19(direct));
  await accepted(file19(direct, info('', 'de')));
  expect((await definition()).accessInfo).toEqual({ en: 'Call', de: '' });
});

test('oscm §2.5: texts of the service stay per locale, those of events, roles and operations are replaced', async () => {
  const texts = (locale: string) => description(`text ${locale}`, locale);
  const body = (locale: string) =>
    texts(locale) +
    tag('LocalizedLicense', { locale }, `license ${locale}`) +
    tag('LocalizedTag', { locale }, 'files') +
    tag('ParameterDefinition', { id: 'P', valueType: 'STRING' }, texts(locale)) +
    tag('Event', { id: 'E' }, texts(locale));
  await accepted(file19({}, body('en')));
  await accepted(file19({}, body('ja') + description('', 'en').slice(0, 0)));
  const service = await definition();
  expect(service.descriptions).toEqual({ en: 'text en', ja: 'text ja' });
  expect(service.licenses).toEqual({ en: 'license en', ja: 'license ja' });
  expect(service.parameters[0].descriptions).toEqual({ en: 'text en', ja: 'text ja' });
  expect(service.events[0].descriptions).toEqual({ ja: 'text ja' });
  expect(service.tags).toEqual([{ locale: 'ja', value: 'files' }]);
});

const rich =
  description('a &lt; b &amp; "c"') +
  tag('LocalizedLicense', { locale: 'en' }, '') +
  tag('LocalizedTag', { locale: 'en' }, 'Files') +
  parameter({ id: 'S', default: 'x\ny', configurable: 'false' }) +
  parameter({
    id: 'N',
    valueType: 'LONG',
    minValue: '-5',
    maxValue: '9223372036854775807',
    modificationType: 'ONE_TIME',
  }) +
  parameter({ id: 'X', valueType: 'ENUMERATION', default: '2', mandatory: 'true' }, options('1', '2')) +
  parameter({ id: 'W', valueType: 'PWD', default: 'hunter2' }) +
  tag('ParameterDefinition', { id: 'Blank', valueType: 'STRING' }, tag('LocalizedDescription', {}, ' ')) +
  event() +
  role() +
  operation(
    'O',
    tag('OperationParameter', { id: 'p', type: 'REQUEST_SELECT' }, tag('LocalizedName', {}, 'n')),
  );
const richAttributes = {
  provisioningTimeout: '1000',
  provisioningUsername: 'u',
  provisioningPassword: 'p&"w',
  build: '7',
  onlyOneSubscriptionPerUser: '1',
  allowingOnBehalfActing: 'true',
};

test('oscm §2.5: the exported file imports again without a change, in both dialects', async () => {
  await accepted(file19(richAttributes, rich));
  await accepted(sample14());
  for (const place of ['Example', 'SampleService']) {
    const xml = await opened.call('GET', `${path}/acme/${place}/definition`);
    expect(xml.headers.get('content-type')).toContain('application/xml');
    expect(xml.text.includes('oscm.serviceprovisioning/1.9')).toBe(place === 'Example');
    const again = await opened.importFile(xml.text);
    expect(again.body).toMatchObject({ imported: [{ id: place, outcome: 'same' }] });
    expect((await opened.call('GET', `${path}/acme/${place}/definition`)).text).toBe(xml.text);
    if (place === 'Example') expect(xml.text).toContain('provisioningTimeout="1000"');
    await opened.call('DELETE', `${path}/acme/${place}`);
    expect((await opened.importFile(xml.text)).body).toMatchObject({ imported: [{ outcome: 'added' }] });
  }
});

test('oscm §1.2 fact 14: passwords are sealed in the database and shown to the owner alone', async () => {
  await accepted(file19(richAttributes, rich));
  const rows = await opened.test.database.rows({
    name: 'all',
    text: 'SELECT * FROM catalog.technical_services',
    values: [],
  });
  expect(JSON.stringify(rows)).not.toMatch(/hunter2|p&\\"w/);
  const json = await opened.call('GET', `${path}/acme/Example`, undefined, 'seller');
  expect(json.text).not.toMatch(/hunter2|provisioningPassword/);
  expect((await opened.call('GET', `${path}/acme/Example/definition`, undefined, 'provider')).text).toContain(
    'hunter2',
  );
  for (const user of ['seller', 'rival', 'customer']) {
    expect((await opened.call('GET', `${path}/acme/Example/definition`, undefined, user)).status).toBe(403);
  }
});

test('contract §7: technical services need the role technologyProvider in the acting organization', async () => {
  expect((await opened.importFile(file19(), 'acme', 'provider')).status).toBe(200);
  const anywhere = await opened.call('POST', path, file19({ id: 'Own' }), 'provider');
  expect(anywhere.body.imported).toMatchObject([{ id: 'Own', organization: 'acme' }]);
  for (const user of ['rival', 'seller', 'customer', 'member', 'stranger']) {
    expect([user, (await opened.importFile(file19(), 'acme', user)).status]).toEqual([user, 403]);
    expect([user, (await opened.call('DELETE', `${path}/acme/Example`, undefined, user)).status]).toEqual([
      user,
      403,
    ]);
  }
  expect((await opened.importFile(file19(), 'nobody')).status).toBe(404);
  expect((await opened.importFile(file19(), 'customer1')).status).toBe(403);
  expect((await opened.call('GET', path, undefined, 'customer')).status).toBe(403);
});

test('contract §5: dryRun stores nothing, deletion removes', async () => {
  const dry = await opened.call('POST', `${path}?organization=acme&dryRun=true`, file19());
  expect(dry).toMatchObject({ status: 200, body: { imported: [{ id: 'Example' }] } });
  expect(await stored()).toEqual([]);
  await accepted(file19());
  expect((await opened.call('DELETE', `${path}/acme/Example`)).status).toBe(204);
  expect((await opened.call('DELETE', `${path}/acme/Example`)).status).toBe(404);
});

test('contract §5: lists come in pages', async () => {
  await accepted(document19(...['A', 'B', 'C'].map((id) => service19({ id }))));
  const first = (await opened.call('GET', `${path}?limit=2`)).body;
  expect(first.items.map(({ id }: { id: string }) => id)).toEqual(['A', 'B']);
  const second = (await opened.call('GET', `${path}?limit=2&cursor=${first.next}`)).body;
  expect(second).toMatchObject({ items: [{ id: 'C' }], next: null });
  expect((await opened.call('GET', `${path}?cursor=zzz`)).status).toBe(422);
});

test('oscm §2.5: two imports of one service at once leave one of them, whole', async () => {
  const files = ['1', '2', '3', '4'].map((build) => file19({ build }, event(`E${build}`)));
  const answers = await Promise.all(files.map((file) => opened.importFile(file)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const { build, events } = await definition();
  expect(events).toMatchObject([{ id: `E${build}` }]);
});

test('contract §5: a file that is refused before its end leaves the connection usable', async () => {
  const agent = new Agent({ connections: 1 });
  const send = async (body: string) => {
    const { statusCode, body: answer } = await request(`${opened.url}${path}?organization=acme`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await opened.tokenOf('admin')}`,
        'content-type': 'application/xml',
      },
      body,
      dispatcher: agent,
    });
    await answer.dump();
    return statusCode;
  };
  for (let round = 0; round < 3; round += 1) {
    expect(await send(`<TechnicalServices>${'<a>'.repeat(300_000)}`)).toBe(422);
    expect(await send(file19())).toBe(200);
  }
  await agent.close();
});

test('contract §5: a body that is no XML by its type is 415, no body at all an empty file', async () => {
  expect((await opened.call('POST', `${path}?organization=acme`, { a: 1 })).status).toBe(415);
  const empty = await opened.call('POST', `${path}?organization=acme`);
  expect(empty).toMatchObject({ status: 422, body: { errors: [{ line: 1 }] } });
});

test('oscm §2.3: in a file of hundreds, a repeated id updates what stood far before it', async () => {
  const ids = Array.from({ length: 250 }, (_, index) => `S${index}`);
  const services = [...ids, 'S0'].map((id, index) => service19({ id, build: String(index) }));
  const { body } = await opened.importFile(document19(...services));
  expect(body.imported).toHaveLength(250);
  expect((await definition('S0')).build).toBe('250');
  expect((await definition('S249')).build).toBe('249');
  const again = await opened.importFile(document19(...services));
  expect(new Set(again.body.imported.map(({ outcome }: { outcome: string }) => outcome))).toEqual(
    new Set(['same']),
  );
});
