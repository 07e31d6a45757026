import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeHighrise } from '../../../connect/test/support/fake-highrise.ts';
import { addCompanies, addPeople } from '../../../connect/test/support/people.ts';
import { adminPassword, type NativeServer, openNative } from '../native/open-native.ts';

let highrise: FakeHighrise;
let server: NativeServer;
let admin: string;
let maeda: string;
let sasaki: string;

beforeAll(async () => {
  highrise = await FakeHighrise.start();
  addCompanies(highrise, 3);
  addPeople(highrise, 6);
  const connectionString = `AuthScheme=APIToken;APIToken=t;AccountId=acme;URL=${highrise.url}`;
  server = await openNative(
    {
      groups: [{ id: 'sales', name: '営業' }],
      users: [
        { id: 'maeda', name: '前田', password: 'pass-maeda-1', groups: ['sales'] },
        { id: 'sasaki', name: '佐々木', password: 'pass-sasaki-1' },
      ],
      apps: [
        {
          id: 59,
          alias: 'bihin',
          name: '備品アプリ',
          fields: [
            { id: 101, name: '備品名', alias: 'item', type: 'text', required: true },
            { id: 102, name: '出庫数', alias: 'out', type: 'number' },
            {
              id: 103,
              name: '在庫数',
              alias: 'stock',
              type: 'formula',
              expression: '100 - 出庫数',
              result: 'number',
            },
            { id: 104, name: '区分', type: 'select', options: ['周辺機器', '消耗品'] },
            { id: 105, name: '納品日', alias: 'delivered', type: 'date' },
            { id: 106, name: '担当', alias: 'owner', type: 'users' },
          ],
          access: [
            { subject: 'everyone', allow: ['view', 'add', 'change', 'delete'] },
            { subject: 'user:sasaki', hideFields: ['在庫数'], readOnlyFields: ['区分'] },
          ],
        },
        {
          id: 61,
          alias: 'deals',
          name: '商談',
          fields: [
            { id: 101, name: '番号', alias: 'id', type: 'text' },
            { id: 102, name: 'Revision', type: 'number' },
          ],
        },
        {
          id: 60,
          alias: 'secret',
          name: '秘密',
          fields: [{ id: 101, name: '名', type: 'text' }],
          access: [{ subject: 'user:maeda', allow: ['view'] }],
        },
      ],
      planning: [
        {
          label: 'SAMPLE1',
          type: 'workgroup',
          fiscalYearStart: 4,
          fiscalYears: ['FY2014', 'FY2015'],
          scenarios: [{ label: 'ACT' }],
          accounts: [
            { label: 'REV', type: 'flow', side: 'CR' },
            { label: 'MEMO', type: 'string' },
          ],
          dimensions: [
            {
              label: 'TENPO',
              members: [{ label: 'ALLT', children: ['S01', 'S02'] }, { label: 'S01' }, { label: 'S02' }],
            },
          ],
          ledgers: [{ label: 'MAIN', dimensions: ['TENPO'] }],
          forms: [
            {
              label: 'IN',
              ledger: 'MAIN',
              parameters: ['#FY'],
              fixed: { '#SCENARIO': 'ACT' },
              import: { fields: ['#PERIOD', 'TENPO', '#ACCOUNT'] },
              export: { rows: ['#PERIOD', 'TENPO', '#ACCOUNT'] },
            },
          ],
        },
      ],
      connections: [
        { name: 'crm', driver: 'highrise', connectionString, access: ['group:sales'] },
        {
          name: 'closed',
          driver: 'highrise',
          connectionString: connectionString.replace('=t;', '=wrong-secret;'),
        },
      ],
    },
    { RENKEI_OUTBOUND_ALLOW: '127.0.0.0/8' },
  );
  admin = await server.signIn('admin', adminPassword);
  maeda = await server.signIn('maeda', 'pass-maeda-1');
  sasaki = await server.signIn('sasaki', 'pass-sasaki-1');
}, 60_000);

afterAll(async () => {
  await server.close();
  await highrise.stop();
});

const sql = (token: string, text: string, params?: unknown) =>
  server.call('POST', '/v1/sql', { token, body: { sql: text, ...(params !== undefined && { params }) } });

test('contract §7: apps are tables, written and read with the names of aliases', async () => {
  const first = await sql(
    maeda,
    'INSERT INTO apps.bihin (item, out, 区分, delivered, owner) VALUES (?, ?, ?, ?, ?)',
    ['マウス', 3, '周辺機器', '2024-02-29', 'sasaki'],
  );
  expect(first.json).toEqual({ columns: [], rows: [], rowCount: 1 });
  await sql(maeda, "INSERT INTO apps.bihin (item, out) VALUES ('紙', 40), ('ペン', 7)");
  const read = await sql(
    maeda,
    'SELECT item, out, stock, 区分, delivered, owner FROM apps.bihin WHERE id = 1',
  );
  expect(read.json).toEqual({
    columns: [
      { name: 'item', type: 'String' },
      { name: 'out', type: 'Double' },
      { name: 'stock', type: 'Double' },
      { name: '区分', type: 'String' },
      { name: 'delivered', type: 'Date' },
      { name: 'owner', type: 'String' },
    ],
    rows: [
      [
        'マウス',
        3,
        97,
        '周辺機器',
        '2024-02-29',
        expect.stringMatching(/^\[\{"id":"sasaki","number":\d+,"name":"佐々木"\}\]$/),
      ],
    ],
  });
  expect(
    (await sql(maeda, 'SELECT * FROM apps.bihin WHERE id = 2')).json.columns.map(
      (c: { name: string }) => c.name,
    ),
  ).toEqual(['id', 'item', 'out', 'stock', '区分', 'delivered', 'owner']);
  for (const [condition, items] of [
    ['out > 5', ['紙', 'ペン']],
    ["out = '7'", ['ペン']],
    ["out >= 'x'", []],
    ["item = '紙'", ['紙']],
    ["区分 = '周辺機器'", ['マウス']],
    ["区分 = '家具'", []],
    ["delivered > '2024-02-28'", ['マウス']],
    ["delivered = 'never'", []],
    ['stock < 90', ['紙']],
    ["createdBy = 'maeda' AND revision = 1", ['マウス', '紙', 'ペン']],
    ['id IN (1, 3, 999)', ['マウス', 'ペン']],
    ['owner IS NULL', ['紙', 'ペン']],
  ] as const) {
    const { json } = await sql(maeda, `SELECT item FROM apps.bihin WHERE ${condition} ORDER BY id`);
    expect(json.rows, condition).toEqual(items.map((item) => [item]));
  }
  expect((await sql(maeda, "UPDATE apps.bihin SET out = out + 1 WHERE item <> '紙'")).json.rowCount).toBe(2);
  expect((await sql(maeda, 'SELECT SUM(out), COUNT(*) FROM apps.bihin')).json.rows).toEqual([[52, 3]]);
  expect((await sql(maeda, 'DELETE FROM apps.bihin WHERE id = 2')).json.rowCount).toBe(1);
});

test('a statement that fails for one row writes none; SCOPE_IDENTITY is no business of others', async () => {
  const count = async () => (await sql(maeda, 'SELECT COUNT(*) FROM apps.bihin')).json.rows[0][0];
  const before = await count();
  const wrong = await sql(
    maeda,
    "INSERT INTO apps.bihin (item, out) VALUES ('a', 1), ('b', 'many'), ('c', 3)",
  );
  expect(wrong.status).toBe(422);
  expect(wrong.json.errors[0].pointer).toContain('/1/');
  expect(await count()).toBe(before);
  const rows = Array.from({ length: 700 }, (_, i) => `('row ${i}', ${i})`).join();
  expect((await sql(maeda, `INSERT INTO apps.bihin (item, out) VALUES ${rows}`)).json.rowCount).toBe(700);
  expect((await sql(maeda, "UPDATE apps.bihin SET out = 'x' WHERE item LIKE 'row %'")).status).toBe(422);
  expect((await sql(maeda, "DELETE FROM apps.bihin WHERE item LIKE 'row %'")).json.rowCount).toBe(700);
  expect((await sql(sasaki, 'SELECT SCOPE_IDENTITY()')).json.rows).toEqual([[null]]);
});

test('a statement that would take the memory of the server is refused', async () => {
  expect((await sql(maeda, 'SELECT hex(zeroblob(400000000))')).status).toBe(422);
});

test('contract §7: a field whose alias is that of a system column keeps it', async () => {
  await sql(maeda, "INSERT INTO apps.deals (id, Revision) VALUES ('D1', 7), ('D2', 8)");
  const { json } = await sql(maeda, "SELECT id, id_2, Revision, revision_2 FROM apps.deals WHERE id = 'D2'");
  expect(json.rows).toEqual([['D2', 2, 8, 1]]);
  expect((await sql(maeda, 'SELECT id FROM apps.deals WHERE id_2 = 1')).json.rows).toEqual([['D1']]);
  expect((await sql(maeda, "DELETE FROM apps.deals WHERE id = 'D1'")).json.rowCount).toBe(1);
});

test('contract §7: the rights of the caller hold in SQL too', async () => {
  const hidden = await sql(sasaki, 'SELECT stock FROM apps.bihin');
  expect(hidden).toMatchObject({ status: 422, json: { detail: expect.stringContaining('stock') } });
  const readOnly = await sql(sasaki, "UPDATE apps.bihin SET 区分 = '消耗品' WHERE id = 1");
  expect([403, 422]).toContain(readOnly.status);
  expect((await sql(sasaki, 'SELECT * FROM apps.secret')).status).toBe(422);
  expect((await sql(maeda, 'SELECT * FROM apps.secret')).status).toBe(200);
  const refused = await sql(maeda, "INSERT INTO apps.secret (名) VALUES ('x')");
  expect(refused).toMatchObject({ status: 403, headers: expect.anything() });
  expect((await sql('nobody', 'SELECT 1')).status).toBe(401);
});

test('contract §5: connections answer, alone and joined with apps; who may not use one does not see it', async () => {
  const { status, json } = await sql(
    maeda,
    `SELECT c.Name, b.item FROM crm.Companies c JOIN apps.bihin b ON b.id = c.Id WHERE c.Id < 4 ORDER BY c.Id`,
  );
  expect(status, JSON.stringify(json)).toBe(200);
  expect(json.rows).toHaveLength(2);
  expect(highrise.log.at(-1)?.headers.authorization).toBe(`Basic ${Buffer.from('t:X').toString('base64')}`);
  expect((await sql(sasaki, 'SELECT Name FROM crm.Companies')).status).toBe(422);
  expect((await sql(admin, 'SELECT COUNT(*) FROM crm.People')).json.rows).toEqual([[6]]);
  const wrong = await sql(admin, 'SELECT Name FROM closed.Companies');
  expect(wrong.status).toBe(502);
  expect(wrong.json.detail).toContain('401');
  expect(wrong.text).not.toContain('wrong-secret');
});

test('contract §5: ledgers are tables of leaf values', async () => {
  const body = `<?xml version="1.0" encoding="UTF-8"?><request type="IMPORT_VALUES"><parameters>
    <parameter name="APPLICATION" value="SAMPLE1"/><parameter name="FORM" value="IN"/>
    <parameter name="PARTICIPANT" value="#NONE"/><parameter name="POV" key="#FY" value="FY2015"/></parameters>
    <contents>M1,S01,REV,100
M2,S02,REV,20.5
M1,S02,MEMO,開店</contents></request>`;
  const tokens = await fetch(`${server.url}/fusionplace/rest/v1/oauth/client`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_types: ['password', 'refresh_token'],
      scope: 'webapi',
      client_name: 'test',
    }),
  });
  const client = (await tokens.json()) as { client_id: string; client_secret: string };
  const grant = await fetch(`${server.url}/fusionplace/rest/v1/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`,
    },
    body: new URLSearchParams({
      username: 'maeda',
      password: 'pass-maeda-1',
      grant_type: 'password',
      scope: 'webapi',
    }),
  });
  const { access_token } = (await grant.json()) as { access_token: string };
  const imported = await fetch(`${server.url}/fusionplace/api/1.2/requests`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/xml' },
    body,
  });
  expect(await imported.text()).toContain('<code>SUCCESSFUL</code>');
  const { json } = await sql(
    maeda,
    'SELECT FY, SCENARIO, PERIOD, ACCOUNT, TENPO, VALUE FROM ledgers.SAMPLE1_MAIN ORDER BY VALUE',
  );
  expect(json.rows).toEqual([
    ['FY2015', 'ACT', 'M2', 'REV', 'S02', 20.5],
    ['FY2015', 'ACT', 'M1', 'REV', 'S01', 100],
    ['FY2015', 'ACT', 'M1', 'MEMO', 'S02', '開店'],
  ]);
  for (const [condition, count] of [
    ["TENPO = 'S02'", 2],
    ["TENPO = 'ALLT'", 0],
    ["PERIOD = 'M1' AND ACCOUNT = 'REV'", 1],
    ["PERIOD = 'Q1'", 0],
  ] as const) {
    expect(
      (await sql(maeda, `SELECT * FROM ledgers.SAMPLE1_MAIN WHERE ${condition}`)).json.rows,
      condition,
    ).toHaveLength(count);
  }
  expect((await sql(maeda, 'UPDATE ledgers.SAMPLE1_MAIN SET VALUE = 1')).status).toBe(422);
});

test.each([
  ['no SQL', 'SELEC 1'],
  ['an unknown table', 'SELECT * FROM apps.nowhere'],
  ['an unknown column', 'SELECT nowhere FROM apps.bihin'],
  ['two statements', 'SELECT 1; SELECT 2'],
  ['a file', "ATTACH '/tmp/x.db' AS x"],
  ['a definition', 'DROP TABLE apps.bihin'],
  ['a view', 'CREATE LOCAL VIEW x AS SELECT 1'],
  ['missing parameters', 'SELECT ?'],
  ['a wrong value', "INSERT INTO apps.bihin (item, out) VALUES ('x', 'many')"],
])('contract §7: SQL that is wrong is a 4xx problem document: %s', async (_, text) => {
  const answer = await sql(maeda, text);
  expect(answer.status).toBe(422);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.json.detail.length).toBeGreaterThan(10);
});

test('bodies that are no statement are refused', async () => {
  for (const body of [
    {},
    { sql: '' },
    { sql: 5 },
    { sql: 'SELECT 1', more: 1 },
    { sql: 'SELECT ?', params: [{}] },
  ]) {
    const { status } = await server.call('POST', '/v1/sql', { token: maeda, body });
    expect([400, 422], JSON.stringify(body)).toContain(status);
  }
});

test('a result that is too large is refused with 413', async () => {
  const text =
    'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100001) SELECT i FROM n';
  expect((await sql(maeda, text)).status).toBe(413);
});

test('contract §3: connection strings are kept sealed, exported, and checked with their place', async () => {
  const rows = await server.test.database.rows<{ sealed: string }>({
    name: 'sealed',
    text: 'SELECT sealed FROM connections.connections',
    values: [],
  });
  expect(rows).toHaveLength(2);
  for (const { sealed } of rows) expect(sealed).not.toMatch(/APIToken|acme/);
  const exported = await server.call('GET', '/v1/workspace/export', { token: admin });
  expect(exported.text).toContain('APIToken=t');
  const again = await server.call('POST', '/v1/workspace/apply', {
    token: admin,
    body: {
      file: {
        renkei: 1,
        connections: [
          {
            name: 'crm',
            driver: 'highrise',
            connectionString: `AuthScheme=APIToken;APIToken=t;AccountId=acme;URL=${highrise.url}`,
            access: ['group:sales'],
          },
        ],
      },
    },
  });
  expect(again.json.changes).toEqual([{ action: 'keep', kind: 'connection', id: 'crm' }]);
  for (const [entry, pointer] of [
    [
      { name: 'apps', driver: 'highrise', connectionString: 'AuthScheme=APIToken;APIToken=t;AccountId=a' },
      '/connections/0/name',
    ],
    [
      { name: 'x', driver: 'highrise', connectionString: 'AuthScheme=APIToken;APIToken=t;AcountId=a' },
      '/connections/0/connectionString',
    ],
    [{ name: 'x', driver: 'nowhere', connectionString: 'A=b' }, '/connections/0/connectionString'],
    [
      { name: 'x', driver: 'highrise', connectionString: { env: 'NOT_SET' } },
      '/connections/0/connectionString',
    ],
    [
      {
        name: 'x',
        driver: 'highrise',
        connectionString: 'AuthScheme=APIToken;APIToken=t;AccountId=a;Logfile=/tmp/x',
      },
      '/connections/0/connectionString',
    ],
    [{ name: 'x y', driver: 'highrise', connectionString: 'a' }, '/connections/0/name'],
  ] as const) {
    const { json } = await server.call('POST', '/v1/workspace/plan', {
      token: admin,
      body: { file: { renkei: 1, connections: [entry] } },
    });
    expect(
      json.faults.map((fault: { pointer: string }) => fault.pointer),
      JSON.stringify(entry),
    ).toContain(pointer);
  }
});
