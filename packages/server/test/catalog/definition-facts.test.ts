import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  description,
  document14,
  document19,
  event,
  info,
  named,
  operation,
  operationParameter,
  options,
  parameter,
  role,
  service14,
  service19,
  tag,
} from './definition-files.ts';
import { type OpenCatalog, openCatalog } from './open-catalog.ts';

/**
 * Every fact of oscm §1.2 and §1.4 and every rule of §2.4 once, with what it accepts and what it refuses: the mistake
 * names line, element, attribute and what is allowed. The conformance table of docs/dialects/oscm.md names these tests;
 * definition-rules.test.ts goes into the breadth of single rules.
 */
let opened: OpenCatalog;
beforeAll(async () => {
  opened = await openCatalog();
  await opened.apply({ catalog: { billingAdapters: ['OTHER_BILLING'] } });
});
afterAll(() => opened.close());

type Attributes = Record<string, string | undefined>;
/** In both dialects the service stands in line 2 and what is in it in line 3. */
const v14 = (attributes: Attributes = {}, body = '') =>
  document14(`\n${service14(attributes, body && `\n${body}`)}`);
const v19 = (attributes: Attributes = {}, body = '') =>
  document19(`\n${service19(attributes, body && `\n${body}`)}`);
const long = (length: number, begin = '') => begin + 'x'.repeat(length - begin.length);

type Mistake = [element: string, attribute: string | undefined, says: string, line?: number];
type Refused = [file: string, ...Mistake];

function fact(name: string, accepted: string[], refused: Refused[]): void {
  test(`${name}: accepted and refused`, async () => {
    const check = (file: string) =>
      opened.call('POST', '/v1/catalog/technical-services?organization=acme&dryRun=true', file);
    for (const file of accepted) {
      const { status, text } = await check(file);
      expect([file, status, text]).toEqual([file, 200, text]);
    }
    for (const [file, element, attribute, says, line = element === 'TechnicalService' ? 2 : 3] of refused) {
      const { status, body } = await check(file);
      expect([file, status]).toEqual([file, 422]);
      const found = body.errors.find((one: { element: string }) => one.element === element);
      expect([file, found]).toEqual([file, expect.objectContaining({ line, element })]);
      expect(found.attribute).toBe(attribute);
      expect(found.message).toContain(says);
    }
  });
}

const T = 'TechnicalService';
const idRule = '1 to 40 characters, no blank at the beginning or end';
const length255 = 'at most 255 characters';
const required = 'this attribute is required';
const direct = { accessType: 'DIRECT', baseUrl: undefined, loginPath: undefined };
const plain = (attributes: Attributes, body = '') =>
  tag('ParameterDefinition', { id: 'P', valueType: 'STRING', ...attributes }, body);

fact(
  'oscm §1.2 fact 6: id',
  [v14({ id: 'a b' }), v14({ id: long(40) }), v19({ id: 'üöäß' })],
  [
    [v14({ id: undefined }), T, 'id', required],
    [v14({ id: long(41) }), T, 'id', idRule],
    [document14(`\n${service14()}`, service14()), T, 'id', 'more than once', 3],
  ],
);
fact(
  'oscm §1.2 fact 7: version',
  [v14({ version: '25 b' }), document14(service14(), service14({ version: '2' }))],
  [
    [v14({ version: undefined }), T, 'version', required],
    [v14({ version: '1/2' }), T, 'version', idRule],
  ],
);
for (const [number, attribute] of [
  [8, 'build'],
  [12, 'provisioningVersion'],
  [13, 'provisioningUserName'],
  [14, 'provisioningPassword'],
  [18, 'descriptionUrl'],
] as const) {
  fact(
    `oscm §1.2 fact ${number}: ${attribute}`,
    [v14({ [attribute]: undefined }), v14({ [attribute]: long(255) })],
    [[v14({ [attribute]: long(256) }), T, attribute, length255]],
  );
}
fact(
  'oscm §1.2 fact 9: provisioningType',
  [v14({ provisioningType: 'SYNCHRONOUS' }), v14({ provisioningType: 'ASYNCHRONOUS' })],
  [
    [v14({ provisioningType: 'LATER' }), T, 'provisioningType', 'allowed: SYNCHRONOUS, ASYNCHRONOUS'],
    [v14({ provisioningType: undefined }), T, 'provisioningType', required],
  ],
);
fact(
  'oscm §1.2 fact 10: provisioningTimeout',
  [v14(), v14({ provisioningTimeout: '9223372036854775807' })],
  [
    [v14({ provisioningTimeout: '9223372036854775808' }), T, 'provisioningTimeout', 'to 9223372036854775807'],
    [v14({ provisioningTimeout: '1.5' }), T, 'provisioningTimeout', 'an integer from'],
  ],
);
fact(
  'oscm §1.2 fact 11: provisioningUrl',
  [
    v14({ provisioningUrl: long(255, 'http://h/') }),
    v14({ accessType: 'PROXY', provisioningUrl: undefined }),
  ],
  [
    [v14({ provisioningUrl: long(256, 'http://h/') }), T, 'provisioningUrl', length255],
    ...['LOGIN', 'PLATFORM'].map(
      (accessType): Refused => [
        v14({ accessType, provisioningUrl: undefined }),
        T,
        'provisioningUrl',
        `required for access type ${accessType}`,
      ],
    ),
    [
      v14({ ...direct, provisioningUrl: undefined }, info()),
      T,
      'provisioningUrl',
      'required for access type DIRECT',
    ],
  ],
);
fact(
  'oscm §1.2 fact 15: accessType',
  [
    v14(direct, info()),
    ...['LOGIN', 'PLATFORM', 'PROXY'].map((accessType) => v14({ accessType })),
    v19({ accessType: 'EXTERNAL' }),
  ],
  [
    [v14({ accessType: 'USER' }), T, 'accessType', 'allowed: DIRECT, LOGIN, PLATFORM, PROXY'],
    [v19({ accessType: 'PROXY' }), T, 'accessType', 'allowed: DIRECT, LOGIN, USER, EXTERNAL'],
    [v14({ accessType: undefined }), T, 'accessType', required],
  ],
);
for (const [number, attribute, value] of [
  [16, 'baseUrl', 'http://h/'],
  [17, 'loginPath', '/'],
] as const) {
  fact(
    `oscm §1.2 fact ${number}: ${attribute}`,
    [v14({ [attribute]: long(255, value) }), v14({ ...direct, [attribute]: undefined }, info())],
    [
      [v14({ [attribute]: long(256, value) }), T, attribute, length255],
      ...['LOGIN', 'PLATFORM'].map(
        (accessType): Refused => [
          v14({ accessType, [attribute]: undefined }),
          T,
          attribute,
          `required for access type ${accessType}`,
        ],
      ),
      [v14({ [attribute]: 'login' }), T, attribute, 'allowed:'],
    ],
  );
}

fact(
  'oscm §1.4 fact 21: AccessInfo',
  [v14(direct, info() + info('Ruf an', 'de'))],
  [
    [v14(direct), T, undefined, 'non-empty AccessInfo with locale "en"'],
    [v14(direct, tag('AccessInfo', {}, 'x')), 'AccessInfo', 'locale', required],
  ],
);
fact(
  'oscm §1.4 fact 22: LocalizedDescription',
  [
    v14({}, tag('LocalizedDescription', {}, 'x') + description('y', 'ja')),
    v14({}, tag('Event', { id: 'E' }, description()) + role() + operation() + plain({}, description())),
  ],
  [
    [
      v14({}, tag('LocalizedLicense', { locale: 'en' }, description())),
      'LocalizedDescription',
      undefined,
      'not allowed inside LocalizedLicense',
    ],
  ],
);
for (const [number, element, wrap] of [
  [23, 'LocalizedLicense', (inner: string) => inner],
  [24, 'LocalizedName', (inner: string) => tag('Role', { id: 'R' }, inner)],
] as const) {
  const texts = (...locales: (string | undefined)[]) =>
    wrap(locales.map((locale) => tag(element, { locale }, 'x')).join(''));
  fact(
    `oscm §1.4 fact ${number}: ${element}`,
    [v14({}, texts('en', 'ja'))],
    [[v14({}, texts(undefined)), element, 'locale', required]],
  );
}
fact(
  'oscm §1.4 fact 25: ParameterDefinition',
  [
    ...['BOOLEAN', 'INTEGER', 'LONG', 'STRING', 'ENUMERATION'].map((valueType) =>
      v14({}, plain({ valueType })),
    ),
    v14({}, plain({ mandatory: 'true', configurable: 'true', default: 'x' })),
    v14({}, plain({ valueType: 'LONG', default: '5', minValue: '1', maxValue: '9' })),
  ],
  [
    [v14({}, plain({ id: undefined })), 'ParameterDefinition', 'id', required],
    [v14({}, plain({ id: 'a/b' })), 'ParameterDefinition', 'id', idRule],
    [v14({}, plain({}) + plain({})), 'ParameterDefinition', 'id', 'more than once in TechnicalService'],
    [v14({}, plain({ valueType: undefined })), 'ParameterDefinition', 'valueType', required],
    [
      v14({}, plain({ valueType: 'PWD' })),
      'ParameterDefinition',
      'valueType',
      'allowed: BOOLEAN, INTEGER, LONG, STRING, ENUMERATION',
    ],
    [v14({}, plain({ mandatory: 'yes' })), 'ParameterDefinition', 'mandatory', 'allowed: true, false'],
    [v14({}, plain({ configurable: '1' })), 'ParameterDefinition', 'configurable', 'allowed: true, false'],
    [
      v14({}, plain({ valueType: 'LONG', minValue: 'a' })),
      'ParameterDefinition',
      'minValue',
      'an integer from',
    ],
    [
      v14({}, plain({ valueType: 'LONG', maxValue: '' })),
      'ParameterDefinition',
      'maxValue',
      'an integer from',
    ],
  ],
);
fact(
  'oscm §1.4 fact 28: Options',
  [v14({}, plain({ valueType: 'ENUMERATION', configurable: 'true', default: '2' }, options('1', '2')))],
  [
    [v14({}, plain({}, options('1'))), 'Options', undefined, 'with the type ENUMERATION only'],
    [v14({}, plain({ valueType: 'ENUMERATION' }, options('1', '1'))), 'Option', 'id', 'more than once'],
    [v14({}, plain({ valueType: 'ENUMERATION' }, options('a*b'))), 'Option', 'id', idRule],
    [
      v14({}, plain({ valueType: 'ENUMERATION' }, options('1').replace('id="1"', ''))),
      'Option',
      'id',
      required,
    ],
  ],
);
for (const [number, element, more] of [
  [30, 'Event', {}],
  [31, 'Role', {}],
  [32, 'Operation', { actionURL: 'http://h/op?wsdl' }],
] as const) {
  const one = (attributes: Attributes) => tag(element, { id: 'X', ...more, ...attributes });
  fact(
    `oscm §1.4 fact ${number}: ${element}`,
    [v14({}, one({}) + one({ id: 'Y' })), v14({}, one({ id: long(40) }))],
    [
      [v14({}, one({ id: undefined })), element, 'id', required],
      [v14({}, one({ id: 'a%b' })), element, 'id', idRule],
      [v14({}, one({}) + one({})), element, 'id', 'more than once in TechnicalService'],
      ...(element === 'Operation'
        ? ([
            [v14({}, one({ actionURL: undefined })), element, 'actionURL', required],
            [v14({}, one({ actionURL: long(256) })), element, 'actionURL', length255],
            [v14({}, one({ type: 'ASYNCHRONOUS' })), element, 'type', 'allowed: SYNCHRONOUS'],
          ] as Refused[])
        : []),
    ],
  );
}

fact(
  'oscm §2.4 rule 1: baseUrl is an absolute URL',
  ['http://h:8080/', 'https://h.unknown', 'ftp://h', 'http://[::1]:1/x', `${long(255, 'http://h/')}`].map(
    (baseUrl) => v19({ baseUrl }),
  ),
  ['nowhere', 'gopher://h', 'http://h:123456', '$URL$', '//h/x'].map(
    (baseUrl): Refused => [v19({ baseUrl }), T, 'baseUrl', 'http'],
  ),
);
fact(
  'oscm §2.4 rule 2: id and accessType are not blank',
  [v19()],
  [
    [v19({ id: '' }), T, 'id', idRule],
    [v19({ id: ' ' }), T, 'id', idRule],
    [v19({ accessType: '' }), T, 'accessType', 'allowed: DIRECT'],
  ],
);
fact(
  'oscm §2.4 rule 3: baseUrl for all but DIRECT and USER',
  [v19(direct, info()), v19({ ...direct, accessType: 'USER' }, info())],
  ['LOGIN', 'EXTERNAL'].map(
    (accessType): Refused => [
      v19({ accessType, baseUrl: undefined }),
      T,
      'baseUrl',
      `required for access type ${accessType}`,
    ],
  ),
);
fact(
  'oscm §2.4 rule 4: provisioningType may be left out',
  [v19({ provisioningType: undefined }), v19({ provisioningType: 'ASYNCHRONOUS' })],
  [[v19({ provisioningType: 'X' }), T, 'provisioningType', 'allowed: ASYNCHRONOUS, SYNCHRONOUS']],
);
fact(
  'oscm §2.4 rule 5: provisioningUrl, completed by baseUrl',
  [
    v19({ provisioningUrl: '/p?wsdl' }),
    v19({ provisioningUrl: '' }),
    v19({ accessType: 'EXTERNAL', provisioningUrl: undefined }),
  ],
  [
    [v19({ provisioningUrl: undefined, ...direct }, info()), T, 'provisioningUrl', 'access type DIRECT'],
    [v19({ provisioningUrl: ' ', ...direct }, info()), T, 'provisioningUrl', 'access type DIRECT'],
  ],
);
fact(
  'oscm §2.4 rule 6: loginPath for LOGIN',
  [
    v19({ loginPath: '' }),
    v19({ loginPath: 'login' }),
    v19({ loginPath: '\\login' }),
    v19({ accessType: 'EXTERNAL', loginPath: undefined }),
  ],
  [[v19({ loginPath: undefined }), T, 'loginPath', 'required for access type LOGIN']],
);
fact(
  'oscm §2.4 rule 7: an English AccessInfo for DIRECT and USER',
  [v19(direct, tag('AccessInfo', {}, 'x')), v19(direct, info() + tag('AccessInfo', { locale: 'de' }))],
  [
    [v19(direct, info('Ruf an', 'de')), T, undefined, 'AccessInfo with locale "en"'],
    [v19({ ...direct, accessType: 'USER' }), T, undefined, 'AccessInfo with locale "en"'],
    [v19(direct, tag('AccessInfo', { locale: 'en' }, ' ')), 'AccessInfo', undefined, 'non-empty AccessInfo'],
  ],
);
fact(
  'oscm §2.4 rule 8: no Role under DIRECT',
  [v19({}, role()), v19({ accessType: 'USER' }, info() + role()), v19({ accessType: 'EXTERNAL' }, role())],
  [[v19(direct, info() + role()), 'Role', undefined, 'DIRECT']],
);
fact(
  'oscm §2.4 rule 9: ids are unique',
  [
    v19({}, parameter() + parameter({ id: 'P2' }) + event() + role() + operation()),
    document19(service19({ id: 'A' }, event()), service19({ id: 'B' }, event())),
  ],
  [
    [v19({}, event() + event()), 'Event', 'id', 'more than once in TechnicalService'],
    [v19({}, role() + role()), 'Role', 'id', 'more than once in TechnicalService'],
    [v19({}, operation() + operation()), 'Operation', 'id', 'more than once in TechnicalService'],
    [v19({}, parameter() + parameter()), 'ParameterDefinition', 'id', 'more than once in TechnicalService'],
    [v19({}, parameter({ valueType: 'ENUMERATION' }, options('1', '1'))), 'Option', 'id', 'more than once'],
    [
      v19({}, operation('O', operationParameter() + operationParameter())),
      'OperationParameter',
      'id',
      'more than once in Operation',
    ],
    [
      v19(
        {},
        parameter(
          { valueType: 'ENUMERATION' },
          options('1').replace('</Option>', `${tag('LocalizedOption', {}, 'b')}</Option>`),
        ),
      ),
      'LocalizedOption',
      'locale',
      'more than once in Option',
    ],
  ],
);
fact(
  'oscm §2.4 rule 10: billingIdentifier',
  [v19({ billingIdentifier: ' ' }), v19({ billingIdentifier: ' OTHER_BILLING ' })],
  [[v19({ billingIdentifier: 'NONE' }), T, 'billingIdentifier', 'NATIVE_BILLING']],
);
const tags = (locale: string | undefined, ...values: string[]) =>
  values.map((value) => tag('LocalizedTag', { locale }, value)).join('');
fact(
  'oscm §2.4 rule 11: tags',
  [v19({}, tags('en', 'a', 'b', 'c', 'd', 'e') + tags('ja', 'a')), v19({}, tags(undefined, long(20)))],
  [
    [v19({}, tags('english', 'a')), 'LocalizedTag', 'locale', 'ISO 639'],
    [v19({}, tags('en', long(21))), 'LocalizedTag', undefined, '20 characters'],
    [v19({}, tags('en', 'a,b')), 'LocalizedTag', undefined, 'comma'],
    [v19({}, tags('en', ' ')), 'LocalizedTag', undefined, '20 characters'],
    [v19({}, tags('en', 'a', ' A')), 'LocalizedTag', undefined, 'more than once'],
    [v19({}, tags('en', 'a', 'b', 'c', 'd', 'e', 'f')), 'LocalizedTag', undefined, 'at most 5 tags'],
  ],
);
const roleNamed = (name: string) => tag('Role', { id: 'R' }, named(name) + description());
fact(
  'oscm §2.4 rule 12: names of 100 characters, blank descriptions and licenses',
  [
    v19({}, roleNamed(long(100))),
    v19({}, tag('LocalizedDescription', {}, ' ') + tag('LocalizedLicense', {}, ' ')),
  ],
  [[v19({}, roleNamed(long(101))), 'LocalizedName', undefined, '100']],
);
fact(
  'oscm §2.4 rule 13: elements that are known',
  [v19({}, event())],
  [
    [v19({}, '<Other/>'), 'Other', undefined, 'allowed: AccessInfo, LocalizedDescription'],
    [v19({}, tag('Event', { id: 'E' }, description() + named())), 'LocalizedName', undefined, 'inside Event'],
  ],
);

const p19 = (attributes: Attributes, inner = '') => v19({}, parameter(attributes, inner));
const P = 'ParameterDefinition';
fact(
  'oscm §2.4 rule 14: default, minValue and maxValue fit the type',
  [
    p19({ valueType: 'BOOLEAN', default: 'true' }),
    p19({ valueType: 'INTEGER', default: '-2147483648' }),
    p19({ valueType: 'LONG', default: '2147483648' }),
  ],
  [
    [p19({ valueType: 'BOOLEAN', default: 'TRUE' }), P, 'default', 'does not fit the type BOOLEAN'],
    [p19({ valueType: 'INTEGER', default: 'abc' }), P, 'default', 'does not fit the type INTEGER'],
    [p19({ valueType: 'INTEGER', default: '2147483648' }), P, 'default', '2147483647'],
    [p19({ valueType: 'LONG', default: '9223372036854775808' }), P, 'default', '9223372036854775807'],
    [p19({ valueType: 'INTEGER', minValue: '2147483648' }), P, 'minValue', 'type INTEGER'],
    [p19({ valueType: 'INTEGER', maxValue: '2147483648' }), P, 'maxValue', 'type INTEGER'],
  ],
);
fact(
  'oscm §2.4 rule 15: configurable, mandatory and modificationType may be left out',
  [p19({}), p19({ configurable: 'true', mandatory: 'true', modificationType: 'ONE_TIME' })],
  [
    [p19({ configurable: 'x' }), P, 'configurable', 'allowed: true, false, 1, 0'],
    [p19({ mandatory: 'x' }), P, 'mandatory', 'allowed: true, false, 1, 0'],
    [p19({ modificationType: 'x' }), P, 'modificationType', 'allowed: STANDARD, ONE_TIME'],
  ],
);
fact(
  'oscm §2.4 rule 16: configurable="false" needs a default',
  [p19({ configurable: 'false', default: 'x' }), p19({ configurable: '0', default: 'x' })],
  [
    [p19({ configurable: 'false' }), P, 'default', 'configurable'],
    [p19({ configurable: 'false', default: ' ' }), P, 'default', 'configurable'],
  ],
);
fact(
  'oscm §2.4 rule 17: a default within its bounds',
  [
    p19({ valueType: 'INTEGER', default: '12', minValue: '12', maxValue: '12' }),
    p19({ valueType: 'LONG', default: '13', minValue: '12' }),
    p19({ valueType: 'LONG', minValue: '5', maxValue: '3' }),
  ],
  [
    [p19({ valueType: 'INTEGER', default: '11', minValue: '12' }), P, 'default', '12'],
    [p19({ valueType: 'LONG', default: '13', maxValue: '12' }), P, 'default', '12'],
  ],
);
fact(
  'oscm §2.4 rule 18: a blank default is none',
  [p19({ valueType: 'INTEGER', default: ' ', minValue: '5' }), p19({ valueType: 'BOOLEAN', default: '' })],
  [[p19({ valueType: 'INTEGER', default: '-' }), P, 'default', 'does not fit the type INTEGER']],
);
fact(
  'oscm §2.4 rule 19: Options of ENUMERATION, the default one of them',
  [
    p19({ valueType: 'ENUMERATION', default: '2' }, options('1', '2')),
    p19({ valueType: 'ENUMERATION', default: '2' }),
  ],
  [
    [p19({}, options('1')), 'Options', undefined, 'ENUMERATION only'],
    [p19({ valueType: 'ENUMERATION', default: '3' }, options('1', '2')), P, 'default', 'options: 1, 2'],
  ],
);
