import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  description,
  document14,
  document19,
  event,
  file14,
  file19,
  info,
  named,
  operation,
  operationParameter,
  options,
  oscm,
  parameter,
  role,
  service14,
  service19,
  tag,
} from './definition-files.ts';
import { type OpenCatalog, openCatalog } from './open-catalog.ts';

let opened: OpenCatalog;
beforeAll(async () => {
  opened = await openCatalog();
});
afterAll(() => opened.close());

/** Checks a file without storing it: `ok`, or `element/@attribute` of each mistake with its code. */
async function verdict(file: string | Uint8Array): Promise<string[]> {
  const { status, body } = await opened.call(
    'POST',
    '/v1/catalog/technical-services?organization=acme&dryRun=true',
    file,
  );
  if (status === 200) return ['ok'];
  expect(status).toBe(422);
  for (const error of body.errors) {
    expect(error.line).toBeGreaterThan(0);
    expect(error.message).toContain(error.element);
  }
  return body.errors.map((error: { element: string; attribute?: string; code: string }) =>
    [error.element, error.attribute && `@${error.attribute}`, error.code.replace('catalog.definition.', '')]
      .filter(Boolean)
      .join(' '),
  );
}

const accepted = (rule: string, ...files: string[]) =>
  test(`${rule}: accepted`, async () => {
    for (const file of files) expect([file, ...(await verdict(file))]).toEqual([file, 'ok']);
  });
const refused = (rule: string, ...cases: [file: string, ...faults: string[]][]) =>
  test(`${rule}: refused`, async () => {
    for (const [file, ...faults] of cases)
      expect([file, ...(await verdict(file))]).toEqual([file, ...faults]);
  });

const forbidden = [...`!"#$%&'*+,/:;<=>?\\^\``];
const goodIds = ['a b', 'x'.repeat(40), '()-09@AZ_a', 'üöäß', 'カタカナ', '{|}~', '𠮷'.repeat(40)];
const badIds = ['', ' a', 'a ', 'x'.repeat(41), ...forbidden.map((c) => `a${c}b`)];

const idPlaces: Record<string, [element: string, attribute: string, file: (id: string) => string]> = {
  'a service (1.9)': ['TechnicalService', 'id', (id) => file19({ id })],
  'an event (1.9)': ['Event', 'id', (id) => file19({}, event(id))],
  'a role (1.9)': ['Role', 'id', (id) => file19({}, role(id))],
  'a service (V14g)': ['TechnicalService', 'id', (id) => file14({ id })],
  'a version (V14g)': ['TechnicalService', 'version', (version) => file14({ version })],
  'a parameter (V14g)': [
    'ParameterDefinition',
    'id',
    (id) => file14({}, tag('ParameterDefinition', { id, valueType: 'STRING' })),
  ],
  'an option (V14g)': [
    'Option',
    'id',
    (id) => file14({}, tag('ParameterDefinition', { id: 'P', valueType: 'ENUMERATION' }, options(id))),
  ],
  'an event (V14g)': ['Event', 'id', (id) => file14({}, tag('Event', { id }))],
  'a role (V14g)': ['Role', 'id', (id) => file14({}, tag('Role', { id }))],
  'an operation (V14g)': [
    'Operation',
    'id',
    (id) => file14({}, tag('Operation', { id, actionURL: 'http://a' })),
  ],
};
for (const [what, [element, attribute, file]] of Object.entries(idPlaces)) {
  accepted(`oscm §1.1 fact 3, §7 case 2: the id of ${what}`, ...goodIds.map(file));
  refused(
    `oscm §1.1 fact 3, §7 case 2: the id of ${what}`,
    ...badIds.map((id): [string, string] => [file(id), `${element} @${attribute} value`]),
  );
}

const long = 'x'.repeat(255);
const url255 = `http://app.example.com/${'x'.repeat(255 - 23)}`;
for (const attribute of ['build', 'provisioningVersion', 'provisioningPassword']) {
  accepted(
    `oscm §1.1 fact 4: ${attribute} of 255 characters`,
    file19({ [attribute]: long }),
    file14({ [attribute]: long }),
  );
  refused(
    `oscm §1.1 fact 4: ${attribute} of 256 characters`,
    [file19({ [attribute]: `${long}x` }), `TechnicalService @${attribute} value`],
    [file14({ [attribute]: `${long}x` }), `TechnicalService @${attribute} value`],
  );
}
accepted(
  'oscm §1.2 facts 11, 16: addresses of 255 characters',
  file14({ baseUrl: url255, provisioningUrl: url255 }),
);
refused(
  'oscm §1.2 facts 11, 16, 17, 18: addresses of 256 characters',
  [file14({ baseUrl: `${url255}x` }), 'TechnicalService @baseUrl value'],
  [file14({ provisioningUrl: `${url255}x` }), 'TechnicalService @provisioningUrl value'],
  [file14({ loginPath: `/${long}` }), 'TechnicalService @loginPath value'],
  [file14({ descriptionUrl: `${url255}x` }), 'TechnicalService @descriptionUrl value'],
);

accepted('oscm §1.1 fact 1: the root', document14(service14()), document19(service19()));
refused(
  'oscm §1.1 fact 1: the root',
  [tag('TechnicalServices'), 'TechnicalServices missingElement'],
  [document19().replace('/>', '/>'), 'TechnicalServices missingElement'],
  [tag('TechnicalService', { id: 'a' }), 'TechnicalService root'],
  [`<TechnicalServices xmlns="other">${service14()}</TechnicalServices>`, 'TechnicalServices root'],
  [`<TechnicalProducts/>`, 'TechnicalProducts root'],
);

accepted(
  'oscm §1.2 facts 9, 10: provisioning type and timeout',
  file14({ provisioningType: 'ASYNCHRONOUS', provisioningTimeout: '9223372036854775807' }),
  file19({ provisioningType: undefined }),
);
refused(
  'oscm §1.2 facts 6, 7, 9, 10, 15: required and limited attributes',
  [file14({ id: undefined }), 'TechnicalService @id missingAttribute'],
  [file14({ version: undefined }), 'TechnicalService @version missingAttribute'],
  [file14({ provisioningType: undefined }), 'TechnicalService @provisioningType missingAttribute'],
  [file14({ accessType: undefined }), 'TechnicalService @accessType missingAttribute'],
  [file14({ provisioningType: 'LATER' }), 'TechnicalService @provisioningType value'],
  [file14({ provisioningTimeout: '9223372036854775808' }), 'TechnicalService @provisioningTimeout value'],
  [file14({ provisioningTimeout: 'soon' }), 'TechnicalService @provisioningTimeout value'],
  [file19({ provisioningTimeout: '' }), 'TechnicalService @provisioningTimeout value'],
  [file14({ accessType: 'USER' }), 'TechnicalService @accessType value'],
  [file19({ accessType: 'PLATFORM' }), 'TechnicalService @accessType value'],
  [file19({ accessType: undefined }), 'TechnicalService @accessType missingAttribute'],
);

accepted(
  'oscm §1.2 fact 13: both spellings of the user name in the seed dialect',
  file14({ provisioningUserName: 'u' }),
  file14({ provisioningUsername: 'u' }),
  file19({ provisioningUsername: 'u' }),
);
refused(
  'oscm §1.5: attributes and elements of the other dialect',
  [file19({ version: '1' }), 'TechnicalService @version unknownAttribute'],
  [file19({ descriptionUrl: 'http://a' }), 'TechnicalService @descriptionUrl unknownAttribute'],
  [file19({ provisioningUserName: 'u' }), 'TechnicalService @provisioningUserName unknownAttribute'],
  [file14({ billingIdentifier: 'X' }), 'TechnicalService @billingIdentifier unknownAttribute'],
  [
    file14({ onlyOneSubscriptionPerUser: 'true' }),
    'TechnicalService @onlyOneSubscriptionPerUser unknownAttribute',
  ],
  [file14({}, tag('LocalizedTag', {}, 'a')), 'LocalizedTag unknownElement'],
  [
    file14({}, tag('ParameterDefinition', { id: 'P', valueType: 'PWD' })),
    'ParameterDefinition @valueType value',
  ],
  [
    file19(
      {},
      tag('Operation', { id: 'O', actionURL: 'http://a', type: 'SYNCHRONOUS' }, named() + description()),
    ),
    'Operation @type unknownAttribute',
  ],
  [file14({ 'xml:lang': 'en' }), 'TechnicalService @lang unknownAttribute'],
);

accepted(
  'oscm §1.2 facts 11, 16, 17; §7 case 3: what an access type needs',
  file14({ accessType: 'PROXY', provisioningUrl: undefined, loginPath: undefined }),
  file14({ accessType: 'DIRECT', baseUrl: undefined, loginPath: undefined }, info()),
  file19({ accessType: 'DIRECT', baseUrl: undefined, loginPath: undefined }, info()),
  file19({ accessType: 'USER', baseUrl: undefined, loginPath: undefined }, info() + role()),
  file19({ accessType: 'EXTERNAL', provisioningUrl: undefined, loginPath: undefined }),
);
refused(
  'oscm §1.2 facts 11, 16, 17, 21; §2.4 rules 3, 5, 6, 7; §7 case 3: what an access type needs',
  [file19({ accessType: 'DIRECT' }), 'TechnicalService accessInfo'],
  [file19({ accessType: 'USER' }), 'TechnicalService accessInfo'],
  [file14({ accessType: 'DIRECT' }), 'TechnicalService accessInfo'],
  [file19({ accessType: 'DIRECT' }, info('Ruf an', 'de')), 'TechnicalService accessInfo'],
  [file19({ accessType: 'DIRECT' }, tag('AccessInfo', {}, '  ')), 'AccessInfo accessInfo'],
  [file19({ baseUrl: undefined }), 'TechnicalService @baseUrl requiredFor'],
  [file19({ baseUrl: ' ' }), 'TechnicalService @baseUrl requiredFor'],
  [file14({ baseUrl: undefined }), 'TechnicalService @baseUrl requiredFor'],
  [file14({ accessType: 'PLATFORM', baseUrl: undefined }), 'TechnicalService @baseUrl requiredFor'],
  [file19({ accessType: 'EXTERNAL', baseUrl: undefined }), 'TechnicalService @baseUrl requiredFor'],
  [file19({ loginPath: undefined }), 'TechnicalService @loginPath requiredFor'],
  [file14({ loginPath: undefined }), 'TechnicalService @loginPath requiredFor'],
  [file14({ loginPath: 'login' }), 'TechnicalService @loginPath value'],
  [
    file19({ accessType: 'DIRECT', baseUrl: undefined, provisioningUrl: '' }, info()),
    'TechnicalService @provisioningUrl requiredFor',
  ],
  [
    file19({ baseUrl: undefined, provisioningUrl: ' ' }),
    'TechnicalService @baseUrl requiredFor',
    'TechnicalService @provisioningUrl requiredFor',
  ],
  [file14({ provisioningUrl: '' }), 'TechnicalService @provisioningUrl requiredFor'],
);

accepted(
  'oscm §2.4 rule 1: base URLs',
  ...[
    'http://h',
    'https://h.example.com:8443/',
    'ftp://a.b',
    'http://[::1]:8080/x',
    'http://h:1/\\',
    'HTTP://h/?a=b',
  ].map((baseUrl) => file19({ baseUrl })),
);
refused(
  'oscm §2.4 rule 1: base URLs',
  ...[
    'text',
    'h:8080',
    '/relative',
    'mailto:a@b',
    'http://',
    'http://h:123456',
    'http://a b',
    'http://[::g]',
    '{{url}}',
  ].map((baseUrl): [string, string] => [file19({ baseUrl }), 'TechnicalService @baseUrl value']),
);

accepted(
  'oscm §2.4 rule 8: roles of LOGIN and USER',
  file19({}, role()),
  file19({ accessType: 'USER' }, info() + role()),
);
refused('oscm §2.4 rule 8: a role of DIRECT', [
  file19({ accessType: 'DIRECT' }, info() + role()),
  'Role roleOfDirect',
]);

accepted(
  'oscm §2.4 rule 9: ids that differ',
  document19(service19({ id: 'A' }, event() + role()), service19({ id: 'B' }, event() + role())),
  document19(service19(), service19()),
  document14(service14(), service14({ version: '1.01' })),
);
refused(
  'oscm §2.4 rule 9: ids that are the same',
  [file19({}, event() + event()), 'Event @id duplicate'],
  [file19({}, role() + role()), 'Role @id duplicate'],
  [file19({}, operation() + operation()), 'Operation @id duplicate'],
  [file19({}, parameter() + parameter()), 'ParameterDefinition @id duplicate'],
  [file19({}, parameter({ valueType: 'ENUMERATION' }, options('1', '1'))), 'Option @id duplicate'],
  [
    file19({}, operation('O', operationParameter() + operationParameter())),
    'OperationParameter @id duplicate',
  ],
  [
    file19(
      {},
      parameter(
        { valueType: 'ENUMERATION' },
        tag(
          'Options',
          {},
          tag(
            'Option',
            { id: '1' },
            tag('LocalizedOption', {}, 'a') + tag('LocalizedOption', { locale: 'en' }, 'b'),
          ),
        ),
      ),
    ),
    'LocalizedOption @locale duplicate',
  ],
  [document14(service14(), service14()), 'TechnicalService @id duplicate'],
);

accepted(
  'oscm §2.4 rule 10: billing adapters',
  file19({ billingIdentifier: ' ' }),
  file19({ billingIdentifier: ' NATIVE_BILLING ' }),
);
refused('oscm §2.4 rule 10: billing adapters', [
  file19({ billingIdentifier: 'FILE_BILLING' }),
  'TechnicalService @billingIdentifier billingAdapter',
]);
test('oscm §2.4 rule 10: a registered adapter is accepted', async () => {
  await opened.apply({ catalog: { billingAdapters: ['OTHER_BILLING'] } });
  expect(await verdict(file19({ billingIdentifier: 'OTHER_BILLING' }))).toEqual(['ok']);
});

const tagged = (locale: string | undefined, ...values: string[]) =>
  values.map((value) => tag('LocalizedTag', { locale }, value)).join('');
accepted(
  'oscm §2.4 rule 11: tags',
  file19({}, tagged('en', 'a', 'b', 'c', 'd', 'e') + tagged('ja', 'a', 'ファイル')),
  file19({}, tagged(undefined, 'x'.repeat(20))),
);
refused(
  'oscm §2.4 rule 11: tags',
  [file19({}, tagged('english', 'a')), 'LocalizedTag @locale value'],
  [file19({}, tagged('xx', 'a')), 'LocalizedTag @locale value'],
  [file19({}, tagged('en', 'x'.repeat(21))), 'LocalizedTag value'],
  [file19({}, tagged('en', 'a,b')), 'LocalizedTag value'],
  [file19({}, tagged('en', ' ')), 'LocalizedTag value'],
  [file19({}, tagged('en', 'A', 'a')), 'LocalizedTag duplicate'],
  [file19({}, tagged('en', 'a', 'b', 'c', 'd', 'e', 'f')), 'LocalizedTag tooManyTags'],
);

accepted(
  'oscm §2.4 rule 12: names of 100 characters',
  file19({}, tag('Role', { id: 'R' }, named('x'.repeat(100)) + description())),
);
refused('oscm §2.4 rule 12: names of 101 characters', [
  file19({}, tag('Role', { id: 'R' }, named('x'.repeat(101)) + description())),
  'LocalizedName value',
]);

refused(
  'oscm §2.2, §2.4 rule 13: elements',
  [file19({}, '<Other/>'), 'Other unknownElement'],
  [file19({}, '<tns:Event id="E"/>'), 'Event unknownElement'],
  [file19({}, `${role()}${event()}`), 'Event order'],
  [file19({}, 'text'), 'TechnicalService text'],
  [file19({}, tag('Event', { id: 'E' })), 'Event missingElement'],
  [file19({}, tag('Role', { id: 'R' }, description())), 'Role missingElement'],
  [file19({}, tag('Role', { id: 'R' }, description() + named())), 'LocalizedName order'],
  [
    file19({}, tag('ParameterDefinition', { id: 'P', valueType: 'STRING' })),
    'ParameterDefinition missingElement',
  ],
  [file19({}, parameter({ valueType: 'ENUMERATION' }, '<Options/>')), 'Options missingElement'],
  [file19({}, parameter({ valueType: 'ENUMERATION' }, options('1') + options('2'))), 'Options repeated'],
  [file19({}, description('a <b>c</b>').replaceAll('&lt;', '<')), 'b unknownElement'],
  [
    file19({}, tag('Operation', { id: 'O' }, named() + description())),
    'Operation @actionURL missingAttribute',
  ],
  [file14({}, tag('Operation', { id: 'O', actionURL: `${url255}x` })), 'Operation @actionURL value'],
  [
    file14({}, tag('Operation', { id: 'O', actionURL: 'http://a', type: 'ASYNCHRONOUS' })),
    'Operation @type value',
  ],
);
accepted(
  'oscm §2.2: order is free in the seed dialect, ids of 255 characters elsewhere',
  file14({}, tag('Role', { id: 'R' }) + tag('Event', { id: 'E' }) + info()),
  file19(
    {},
    parameter({ id: long }) + operation(long, operationParameter({ id: long, type: 'REQUEST_SELECT' })),
  ),
  `<?xml version="1.0"?><!-- c --><t:TechnicalServices xmlns:t="${oscm}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="${oscm} ../TechnicalServices.xsd"><t:TechnicalService id="a" accessType="EXTERNAL" baseUrl="http://h"/></t:TechnicalServices>`,
);

accepted(
  'oscm §1.4 facts 21 to 24: locales',
  file19({}, tag('LocalizedDescription', {}, 'a') + tag('LocalizedDescription', { locale: '' }, 'b')),
  file14({}, tag('LocalizedDescription', {}, 'a') + tag('LocalizedLicense', { locale: 'en-US' }, 'b')),
);
refused(
  'oscm §1.4 facts 21, 23, 24: locales that must be there in the seed dialect',
  [file14({}, tag('LocalizedLicense', {}, 'a')), 'LocalizedLicense @locale missingAttribute'],
  [
    file14({}, tag('Role', { id: 'R' }, tag('LocalizedName', {}, 'a'))),
    'LocalizedName @locale missingAttribute',
  ],
  [file14({ accessType: 'DIRECT' }, tag('AccessInfo', {}, 'a')), 'AccessInfo @locale missingAttribute'],
);

accepted(
  'oscm §1.4 fact 25, §2.4 rules 14 to 19: parameters',
  file19({}, parameter({ valueType: 'INTEGER', default: '12', minValue: '12', maxValue: '500' })),
  file19({}, parameter({ valueType: 'LONG', default: '2147483648' })),
  file19({}, parameter({ valueType: 'BOOLEAN', default: 'true' })),
  file19({}, parameter({ valueType: 'BOOLEAN', default: ' ' })),
  file19(
    {},
    parameter({ valueType: 'PWD', default: 'secret', configurable: 'false', modificationType: 'ONE_TIME' }),
  ),
  file19({}, parameter({ configurable: '1', mandatory: '0' })),
  file19({}, parameter({ valueType: 'ENUMERATION', default: '2' }, options('1', '2'))),
  file19({}, parameter({ valueType: 'ENUMERATION', default: '2' })),
  file14({}, tag('ParameterDefinition', { id: 'P', valueType: 'STRING' })),
);
const onParameter = (
  attributes: Record<string, string | undefined>,
  fault: string,
  inner = '',
): [string, string] => [file19({}, parameter(attributes, inner)), fault];
refused(
  'oscm §1.4 fact 25, §2.4 rules 14 to 19, §7 case 5: parameters',
  onParameter({ valueType: 'INTEGER', default: 'abc' }, 'ParameterDefinition @default valueOfType'),
  onParameter({ valueType: 'INTEGER', default: '2147483648' }, 'ParameterDefinition @default valueOfType'),
  onParameter(
    { valueType: 'LONG', default: '9223372036854775808' },
    'ParameterDefinition @default valueOfType',
  ),
  onParameter({ valueType: 'BOOLEAN', default: 'TRUE' }, 'ParameterDefinition @default valueOfType'),
  onParameter({ valueType: 'INTEGER', minValue: '2147483648' }, 'ParameterDefinition @minValue valueOfType'),
  onParameter({ valueType: 'BOOLEAN', maxValue: '1' }, 'ParameterDefinition @maxValue valueOfType'),
  onParameter({ valueType: 'INTEGER', default: '9', minValue: '12' }, 'ParameterDefinition @default range'),
  onParameter({ valueType: 'LONG', default: '13', maxValue: '12' }, 'ParameterDefinition @default range'),
  onParameter({ minValue: '' }, 'ParameterDefinition @minValue value'),
  onParameter({ configurable: 'false' }, 'ParameterDefinition @default defaultRequired'),
  onParameter({ configurable: 'false', default: ' ' }, 'ParameterDefinition @default defaultRequired'),
  onParameter({}, 'Options optionsOfType', options('1')),
  onParameter(
    { valueType: 'ENUMERATION', default: '3' },
    'ParameterDefinition @default defaultOption',
    options('1'),
  ),
  onParameter({ valueType: 'TEXT' }, 'ParameterDefinition @valueType value'),
  onParameter({ valueType: undefined }, 'ParameterDefinition @valueType missingAttribute'),
  onParameter({ mandatory: 'TRUE' }, 'ParameterDefinition @mandatory value'),
  onParameter({ modificationType: 'NEVER' }, 'ParameterDefinition @modificationType value'),
  [
    file14({}, tag('ParameterDefinition', { id: 'P', valueType: 'STRING', configurable: '1' })),
    'ParameterDefinition @configurable value',
  ],
  [
    file14({}, tag('ParameterDefinition', { id: 'P', valueType: 'STRING', configurable: 'false' })),
    'ParameterDefinition @default defaultRequired',
  ],
);

test('oscm §2.3: all mistakes of a file are collected, each with a line of its tag and what is allowed', async () => {
  const file = `<tns:TechnicalServices xmlns:tns="${oscm}">
<tns:TechnicalService id="A" accessType="LOGIN"
    baseUrl="nowhere" loginPath="/l" provisioningUrl="http://h/p"/>
<tns:TechnicalService id="B">
  <Event id="a/b"><LocalizedDescription>x</LocalizedDescription></Event>
</tns:TechnicalService>
</tns:TechnicalServices>`;
  const { status, body } = await opened.importFile(file);
  expect(status).toBe(422);
  const found = body.errors.map(({ line, element, attribute }: Record<string, unknown>) => ({
    line,
    element,
    attribute,
  }));
  expect(found).toEqual([
    { line: 2, element: 'TechnicalService', attribute: 'baseUrl' },
    { line: 4, element: 'TechnicalService', attribute: 'accessType' },
    { line: 5, element: 'Event', attribute: 'id' },
  ]);
  expect(body.errors[2].message).toContain('at most 40 characters'.slice(-13));
});

test('oscm §2.3: messages in Japanese for who asks in Japanese', async () => {
  const { url } = opened;
  const { headers } = await opened.call('GET', '/v1/catalog/services');
  expect(headers.get('content-type')).toContain('json');
  const sign = await opened.identity.sessions.signIn(
    { username: 'provider', password: 'pass-provider' },
    { via: 'native', locale: 'ja', requestId: 'x' },
    { access: 60, refresh: 60 },
  );
  const answer = await fetch(`${url}/v1/catalog/technical-services`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${sign.access_token}`,
      'content-type': 'application/xml',
      'accept-language': 'ja',
    },
    body: file19({ accessType: undefined }),
  });
  const body = (await answer.json()) as { errors: { message: string }[] };
  expect(body.errors[0]?.message).toContain('この属性は必須です');
});
