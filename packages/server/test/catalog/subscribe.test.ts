import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Application, type Reply, startApplication } from './application.ts';
import { file19, options, parameter, role } from './definition-files.ts';
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

const path = '/v1/catalog/subscriptions';
let count = 0;

/** A technical service at the application, and a service made of it. */
async function offer(
  attributes: Record<string, string | undefined> = {},
  body = '',
  service: object = {},
): Promise<string> {
  count += 1;
  const file = file19({ id: `T${count}`, provisioningUrl: `${application.url}/p?wsdl`, ...attributes }, body);
  const imported = await opened.importFile(file);
  expect([imported.status, imported.text]).toEqual([200, imported.text]);
  const made = await opened.call('POST', '/v1/catalog/services', {
    id: `S${count}`,
    technicalService: { id: `T${count}` },
    supplier: 'acme',
    ...service,
  });
  expect([made.status, made.text]).toEqual([201, made.text]);
  return `S${count}`;
}

const subscribe = (service: string, more: object = {}, user = 'customer') =>
  opened.call('POST', path, { id: `sub ${service}`, service, ...more }, user);

const fields = (element: { children: { local: string; text: string }[] } | undefined) =>
  Object.fromEntries((element?.children ?? []).map(({ local, text }) => [local, text]));

test('oscm §7 case 11: a synchronous subscription, as the application sees it', async () => {
  application.credentials = { user: 'prov', password: 'secret' };
  application.on('createInstance', {
    return:
      '<o:desc>ok</o:desc><o:rc>0</o:rc><o:instance><o:accessInfo>ssh a</o:accessInfo><o:instanceId>i-1</o:instanceId></o:instance>',
  });
  application.on('createUsers', {
    return:
      '<o:desc>ok</o:desc><o:rc>0</o:rc><o:users><o:applicationUserId>u-77</o:applicationUserId><o:userId>member</o:userId></o:users>',
  });
  const service = await offer(
    { provisioningUsername: 'prov', provisioningPassword: 'secret' },
    parameter({ id: 'C', valueType: 'ENUMERATION', default: '1' }, options('1', '2')) +
      parameter({ id: 'HIDDEN', configurable: 'false', default: 'h' }) +
      parameter({ id: 'EMPTY' }) +
      parameter({ id: 'W', valueType: 'PWD', modificationType: 'ONE_TIME' }) +
      role('ADMIN'),
    { parameters: { C: { configurableByCustomer: true }, W: { value: 's3cret' } } },
  );
  const { status, body } = await subscribe(service, {
    parameters: { C: '2' },
    users: [{ user: 'member', role: 'ADMIN' }],
    referenceId: 'PO-1',
    attributes: { COST: '4711' },
  });
  expect([status, body.state]).toEqual([201, 'ACTIVE']);
  expect(body).toMatchObject({
    id: `sub ${service}`,
    organization: 'customer1',
    service,
    referenceId: 'PO-1',
    parameters: { C: '2' },
    users: [{ user: 'member', role: 'ADMIN', applicationUserId: 'u-77' }],
    instance: { instanceId: 'i-1', accessInfo: 'ssh a' },
  });
  expect(body.key).toMatch(/^[1-9]\d*$/);
  expect(JSON.stringify(body)).not.toContain('s3cret');
  expect(application.requests).toEqual([
    'GET /p?wsdl',
    'POST saveAttributes',
    'GET /p?wsdl',
    'POST createInstance',
    'GET /p?wsdl',
    'POST createUsers',
  ]);
  const [create] = application.callsOf('createInstance');
  expect(create?.headers.soapaction).toBe('"urn:createInstance"');
  expect(create?.headers.authorization).toMatch(/^Basic /);
  const [request, user] = create?.args.children ?? [];
  expect([request?.local, request?.uri, user?.local, user?.uri]).toEqual([
    'request',
    '',
    'requestingUser',
    '',
  ]);
  expect(request?.children.map(({ local, uri }) => [local, uri])).toEqual(
    [
      'attributeValue',
      'defaultLocale',
      'loginUrl',
      'organizationId',
      'organizationName',
      'parameterValue',
      'parameterValue',
      'parameterValue',
      'parameterValue',
      'referenceId',
      'subscriptionId',
    ].map((local) => [local, 'http://oscm.org/xsd']),
  );
  expect(fields(request)).toMatchObject({
    loginUrl: `${opened.url}/opt/${Number(body.key).toString(16)}`,
    organizationId: 'customer1',
    organizationName: 'お客様1',
    referenceId: 'PO-1',
    subscriptionId: `sub ${service}`,
  });
  expect(request?.children.filter(({ local }) => local === 'parameterValue').map(fields)).toEqual([
    { encrypted: 'false', parameterId: 'C', value: '2' },
    { encrypted: 'false', parameterId: 'HIDDEN', value: 'h' },
    { encrypted: 'false', parameterId: 'EMPTY' },
    { encrypted: 'true', parameterId: 'W', value: 's3cret' },
  ]);
  expect(fields(user)).toMatchObject({ userId: 'customer', email: 'ada@example.com', locale: 'en' });
  const [users] = application.callsOf('createUsers');
  expect(users?.args.children.map(({ local }) => local)).toEqual(['instanceId', 'users', 'requestingUser']);
  expect(fields(users?.args.children[1])).toMatchObject({ userId: 'member', roleIdentifier: 'ADMIN' });
  const calls = await opened.call('GET', `${path}/${body.key}/calls`, undefined, 'provider');
  expect(calls.body.items.map(({ operation }: { operation: string }) => operation)).toEqual([
    'createUsers',
    'createInstance',
    'saveAttributes',
  ]);
  expect(calls.text).not.toContain('s3cret');
});

const broken: [
  what: string,
  prepare: (app: Application) => unknown,
  message: RegExp,
  orphan: RegExp | undefined,
][] = [
  [
    'rc 120',
    (app) => app.on('createInstance', { return: '<o:desc>bad value</o:desc><o:rc>120</o:rc>' }),
    /bad value/,
    undefined,
  ],
  [
    'a fault',
    (app) => app.on('createInstance', { fault: 'broke down' }),
    /broke down/,
    /createInstance.*broke down/,
  ],
  [
    'no instance',
    (app) => app.on('createInstance', { return: '<o:rc>0</o:rc>' }),
    /no instance/,
    /no instance/,
  ],
  [
    'an empty instance id',
    (app) =>
      app.on('createInstance', {
        return: '<o:rc>0</o:rc><o:instance><o:instanceId> </o:instanceId></o:instance>',
      }),
    /instanceId REQUIRED/,
    /instanceId/,
  ],
  ['a slow answer', (app) => app.on('createInstance', 'hang'), /TIMEOUT/, /TIMEOUT/],
  ['a lost answer', (app) => app.on('createInstance', 'drop'), /CONNECTION_REFUSED/, /CONNECTION_REFUSED/],
  ['HTTP 500 without SOAP', (app) => app.on('createInstance', { status: 500 }), /HTTP 500/, /HTTP 500/],
  ['HTTP 403 without SOAP', (app) => app.on('createInstance', { status: 403 }), /HTTP 403/, undefined],
  [
    '200 without SOAP',
    (app) => app.on('createInstance', { status: 200, body: 'ok' }),
    /HTTP 200/,
    /HTTP 200/,
  ],
  [
    'a wrong password',
    (app) => Object.assign(app, { credentials: { user: 'a', password: 'b' } }),
    /HTTP 401/,
    undefined,
  ],
  ['no listener', (app) => app.close(), /CONNECTION_REFUSED/, undefined],
  [
    'users that are refused',
    (app) => app.on('createUsers', { return: '<o:desc>no users</o:desc><o:rc>1</o:rc>' }),
    /no users/,
    /createUsers.*no users/,
  ],
];
for (const [what, prepare, message, orphan] of broken) {
  test(`oscm §7 case 12: ${what} leaves no subscription${orphan ? ', but an orphan' : ''}`, async () => {
    const service = await offer();
    await prepare(application);
    const { status, body } = await subscribe(service, { users: [{ user: 'member' }] });
    expect([status, body.detail]).toEqual([502, expect.stringMatching(message)]);
    const listed = await opened.call('GET', `${path}?service=${service}`);
    expect(listed.body.items).toEqual([]);
    const orphans = (await opened.call('GET', '/v1/catalog/orphans', undefined, 'provider')).body.items;
    const own = orphans.filter(
      ({ subscriptionId }: { subscriptionId: string }) => subscriptionId === `sub ${service}`,
    );
    expect(own.map(({ reason }: { reason: string }) => reason)).toEqual(
      orphan ? [expect.stringMatching(orphan)] : [],
    );
    if (what === 'no listener' || what === 'a wrong password') return;
    for (const operation of ['createInstance', 'createUsers']) {
      application.on(operation, {
        return: `<o:rc>0</o:rc><o:instance><o:instanceId>again ${service}</o:instanceId></o:instance>`,
      });
    }
    expect((await subscribe(service)).status).toBe(201);
  });
}

test('oscm §3.7: what can be checked is checked before the application is called', async () => {
  const service = await offer(
    {},
    parameter({ id: 'M', mandatory: 'true' }) +
      parameter({ id: 'N', valueType: 'INTEGER', maxValue: '5' }) +
      role('ADMIN'),
    {
      parameters: {
        M: { configurableByCustomer: true },
        N: { configurableByCustomer: true },
        NAMED_USER: { value: '1' },
      },
    },
  );
  const good = { parameters: { M: 'x' } };
  const cases: [more: object, status: number, pointers?: string[]][] = [
    [{}, 422, ['/parameters/M']],
    [{ parameters: { M: ' ' } }, 422, ['/parameters/M']],
    [{ parameters: { M: 'x', N: '6', Z: '1' } }, 422, ['/parameters/Z', '/parameters/N']],
    [{ ...good, id: 'a/b' }, 422, ['/id']],
    [{ ...good, service: 'none' }, 422, ['/service']],
    [{ ...good, users: [{ user: 'member' }] }, 422, ['/users/0/role']],
    [{ ...good, users: [{ user: 'member', role: 'KING' }] }, 422, ['/users/0/role']],
    [{ ...good, users: [{ user: 'seller', role: 'ADMIN' }] }, 422, ['/users/0/user']],
    [{ ...good, users: [{ user: 'nobody', role: 'ADMIN' }] }, 422, ['/users/0/user']],
    [
      {
        ...good,
        users: [
          { user: 'member', role: 'ADMIN' },
          { user: 'customer', role: 'ADMIN' },
        ],
      },
      409,
    ],
    [{ ...good, surprise: 1 }, 422],
  ];
  for (const [more, status, pointers] of cases) {
    const answer = await subscribe(service, more);
    expect([more, answer.status]).toEqual([more, status]);
    if (pointers)
      expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
  }
  expect(application.requests).toEqual([]);
  for (const user of ['member', 'seller', 'provider', 'stranger']) {
    expect([user, (await subscribe(service, good, user)).status]).toEqual([user, 403]);
  }
  expect((await subscribe(service, good)).status).toBe(201);
  expect((await subscribe(service, good)).status).toBe(409);
});

test('oscm §5: onlyOneSubscriptionPerUser, also for two at once', async () => {
  const service = await offer({ onlyOneSubscriptionPerUser: 'true' });
  const answers = await Promise.all(
    ['a', 'b', 'c'].map((id) => subscribe(service, { id: `${id} ${service}` })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
});

test('contract §7: a repeated Idempotency-Key answers the same subscription', async () => {
  const service = await offer();
  application.on('createInstance', async () => {
    await new Promise((done) => setTimeout(done, 300));
    return { return: '<o:rc>0</o:rc><o:instance><o:instanceId>only</o:instanceId></o:instance>' } as Reply;
  });
  const send = async () => {
    const answer = await fetch(opened.url + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await opened.tokenOf('customer')}`,
        'content-type': 'application/json',
        'idempotency-key': 'one',
      },
      body: JSON.stringify({ id: 'once', service }),
    });
    return [answer.status, ((await answer.json()) as { key: string }).key];
  };
  const [first, second] = await Promise.all([send(), send()]);
  expect(first?.[0]).toBe(201);
  expect(second).toEqual(first);
  expect(await send()).toEqual(first);
  expect(application.callsOf('createInstance')).toHaveLength(1);
});

test('oscm §3.1: an application of version 1.7 is not sent saveAttributes', async () => {
  application.version = 'v1.7';
  const service = await offer();
  expect((await subscribe(service)).status).toBe(201);
  expect(application.callsOf('saveAttributes')).toEqual([]);
});

test('oscm §3.5, §3.6: DIRECT gets no login address, no user calls, and needs access information', async () => {
  const direct = { accessType: 'DIRECT', baseUrl: undefined, loginPath: undefined };
  const service = await offer(direct, '<AccessInfo locale="en">Call</AccessInfo>');
  const { status, body } = await subscribe(service, { users: [{ user: 'member' }] });
  expect([status, body.state]).toEqual([201, 'ACTIVE']);
  expect(application.calls.map(({ operation }) => operation)).toEqual(['saveAttributes', 'createInstance']);
  expect(application.calls[1]?.text).not.toContain('loginUrl');
});

test('oscm §3.6: two subscriptions cannot have one instance', async () => {
  application.on('createInstance', {
    return: '<o:rc>0</o:rc><o:instance><o:instanceId>same</o:instanceId></o:instance>',
  });
  const service = await offer();
  expect((await subscribe(service)).status).toBe(201);
  expect((await subscribe(service, { id: 'second' })).body.detail).toContain('DUPLICATE_VALUE');
});
