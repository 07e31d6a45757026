import { describe, expect, test } from 'vitest';
import { maskHeaders, maskText, maskUrl } from '../../src/modules/traffic/rules/secrets.ts';

const none: ReadonlySet<string> = new Set();
const secret = 'hunter2';

describe('bodies: no secret is left, the rest is', () => {
  test.each([
    ['JSON', `{"username":"maeda","password":"${secret}","kept":1}`],
    ['JSON, other names', `{"accessToken":"${secret}","kept":1}`],
    ['JSON with a quote in it', `{"password":"\\"${secret}\\"","kept":1}`],
    ['JSON, a list', `{"accessKeys":["a","${secret}]"],"kept":1}`],
    ['JSON, an object', `{"client_secret":{"value":"}${secret}"},"kept":1}`],
    ['JSON, cut off', `{"kept":1,"refresh_token":"${secret}`],
    ['JSON in JSON', `{"body":"{\\"password\\":\\"${secret}\\",\\"kept\\":1}"}`],
    ['YAML', `users:\n  - password: ${secret}, ${secret}\n    kept: 1\n`],
    ['YAML in JSON', `{"file":"password: ${secret}\\nkept: 1"}`],
    ['a connection string', `{"kept":1,"connectionString":"AuthScheme=x;APIToken=${secret};AccountId=a"}`],
    ['XML', `<a><password>${secret}</password><kept/></a>`],
    ['XML with a namespace and CDATA', `<w:Password Type="x"><![CDATA[<${secret}>]]></w:Password><kept/>`],
    ['XML, cut off', `<kept/><userToken>${secret}`],
    ['XML attribute', `<kept provisioningPassword="${secret}"/>`],
    ['a default of a definition', `<kept/><ParameterDefinition default="${secret}" id="A" valueType="PWD"/>`],
    ['the same, cut off before its type', `<kept t="PWD"/><ParameterDefinition default="${secret}" id="A`],
    ['a default as JSON', `[{"id":"kept","default":"${secret}","valueType":"PWD"}]`],
    ['an API key by its name', `{"kept":1,"key":"${secret}"}`],
    ['an API key by its form', `{"kept":1,"x":"rk_${secret}abcdef"}`],
    ['a token by its form', `{"kept":1,"x":"eyJhbGciOiJIUzI1NiJ9.${secret}.${secret}"}`],
    ['a file', `<kept/><xml>${btoa(secret.repeat(60))}</xml>`],
  ])('%s', (_, text) => {
    const masked = maskText(text, none);
    expect(masked).not.toContain(secret);
    expect(masked).not.toContain(btoa(secret));
    expect(masked).toContain('kept');
  });

  test.each([
    ['JSON', `{"parameters":{"ADMIN_X":"${secret}","MEMORY":"kept"}}`],
    ['JSON, with its settings', `{"parameters":{"ADMIN_X":{"value":"${secret}"},"MEMORY":"kept"}}`],
    ['JSON, a list', `[{"id":"ADMIN_X","value":"${secret}"},{"id":"MEMORY","value":"kept"}]`],
    ['SOAP', `<parameterId>ADMIN_X</parameterId><x/><value>${secret}</value><value>kept</value>`],
  ])('password parameters of the catalog: %s', (_, text) => {
    const masked = maskText(text, new Set(['ADMIN_X']));
    expect(masked).not.toContain(secret);
    expect(masked).toContain('kept');
  });

  test('JSON stays JSON', () => {
    const masked = maskText('{"token":12345678901,"tokens":["a"],"passwordExpired":false,"key":"42"}', none);
    expect(JSON.parse(masked)).toMatchObject({
      token: '***',
      tokens: '***',
      passwordExpired: false,
      key: '42',
    });
  });

  test('a body made to be slow is not', () => {
    const started = performance.now();
    for (const piece of ['pass', '<', '<a', '{', '"key":"', '\\"', 'eyJ', 'A1', '<passpass ']) {
      maskText(piece.repeat(Math.ceil(4096 / piece.length)), new Set(['pass', '\\']));
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

test('headers: the scheme of Authorization stays, cookies and keys do not', () => {
  expect(
    maskHeaders({
      authorization: `Bearer ${secret}`,
      cookie: `renkei_access=${secret}`,
      'set-cookie': [`a=${secret}`, `b=${secret}`],
      'x-desknets-auth': secret,
      'x-api-key': secret,
      location: `/login?usertoken=${secret}&a=1`,
      accept: ['a', 'b'],
    }),
  ).toEqual({
    authorization: 'Bearer ***',
    cookie: '***',
    'set-cookie': '***',
    'x-desknets-auth': '***',
    'x-api-key': '***',
    location: '/login?usertoken=***&a=1',
    accept: 'a, b',
  });
});

test('addresses: whole values of secret names, however the name is written', () => {
  expect(maskUrl(`/a?access%5Fkey=${secret},b&x=1&bssId=${secret}`)).toBe(
    '/a?access%5Fkey=***&x=1&bssId=***',
  );
  expect(maskUrl('/a?%')).toBe('/a?%');
  expect(maskUrl('/a')).toBe('/a');
});
