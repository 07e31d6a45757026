import { afterAll, beforeAll, expect, test } from 'vitest';
import { sample } from '../planning/sample.ts';
import { adminPassword, type NativeServer, openNative } from './open-native.ts';

let server: NativeServer;
let admin: string;
let designer: string;
let sasaki: string;

const secured = {
  label: 'SECURED',
  type: 'enterprise',
  fiscalYearStart: 4,
  fiscalYears: ['FY0', 'FY1'],
  scenarios: [{ label: 'ACT' }],
  accounts: [{ label: 'REV', type: 'flow', side: 'CR' }],
  dimensions: [
    { label: 'DEPT', members: [{ label: 'ALL', children: ['D1', 'D2'] }, { label: 'D1' }, { label: 'D2' }] },
  ],
  ledgers: [{ label: 'L', dimensions: ['DEPT'] }],
  forms: [
    {
      label: 'F',
      ledger: 'L',
      parameters: ['#FY'],
      fixed: { '#SCENARIO': 'ACT' },
      import: { fields: ['#PERIOD', 'DEPT', '#ACCOUNT'] },
      export: { rows: ['#PERIOD', 'DEPT', '#ACCOUNT'] },
    },
  ],
  openPeriods: [{ scenario: 'ACT', from: 'FY1/M1', months: 3 }],
  accessTypes: [{ label: 'ONLY1', write: { DEPT: ['D1'] } }],
  participants: [{ label: 'P1', users: ['sasaki'], accessType: 'ONLY1' }],
};

beforeAll(async () => {
  server = await openNative({
    settings: { timezone: 'Asia/Tokyo', locale: 'ja' },
    users: [
      { id: 'designer', name: '設計者', password: 'pass-designer-1', roles: ['designer'] },
      { id: 'sasaki', name: '佐々木光', password: 'pass-sasaki-1' },
    ],
    planning: [sample, secured],
  });
  admin = await server.signIn('admin', adminPassword);
  designer = await server.signIn('designer', 'pass-designer-1');
  sasaki = await server.signIn('sasaki', 'pass-sasaki-1');
});
afterAll(() => server?.close());

const application = '/v1/planning/applications/SAMPLE1';
const pov = { '#FY': 'FY2015' };
const place = { '#PERIOD': 'M1', TENPO: 'S01', SHOHIN: 'M01', '#ACCOUNT': 'REV' };

function write(cells: { members: Record<string, string>; value: string | null }[], more: object = {}) {
  return server.call('PATCH', `${application}/forms/IMPORT_ACT1/cells`, {
    token: sasaki,
    body: { pov, cells, ...more },
  });
}

/** Rows of the form as `S01,M01,REV=100,,…`. */
async function table(edition = 'WORKSPACE'): Promise<string[]> {
  const query = new URLSearchParams({ pov: '#FY=FY2015', edition });
  const { json } = await server.call('GET', `${application}/forms/IMPORT_ACT1/table?${query}`, {
    token: sasaki,
  });
  return json.rows.map(
    ({ members, cells }: { members: { label: string }[]; cells: (string | null)[] }) =>
      `${members.map(({ label }) => label).join()}=${cells.map((cell) => cell ?? '').join()}`,
  );
}

function webRequest(token: string, type: string, parameters: string, contents: string) {
  const body = `<request type="${type}"><parameters>${parameters}</parameters><contents>${contents}</contents></request>`;
  return fetch(`${server.url}/fusionplace/api/1.2/requests`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body,
  });
}

/** A token of the Web-API (fusion_place §1.4). */
async function webToken(username: string, password: string): Promise<string> {
  const oauth = `${server.url}/fusionplace/rest/v1/oauth`;
  const client = (await (
    await fetch(`${oauth}/client`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        grant_types: ['password', 'refresh_token'],
        scope: 'webapi',
        client_name: 'test',
      }),
    })
  ).json()) as { client_id: string; client_secret: string };
  const credentials = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64');
  const answer = await fetch(`${oauth}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ username, password, grant_type: 'password', scope: 'webapi' }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

test('cells: some are written, others refused, and what is not named stays as it is', async () => {
  const first = await write([
    { members: place, value: '100' },
    { members: { ...place, '#PERIOD': 'M2' }, value: '0.5' },
    { members: { ...place, '#ACCOUNT': 'MEMO' }, value: 'note' },
  ]);
  expect([first.status, first.json]).toEqual([200, { written: 3, refused: [] }]);
  const second = await write([
    { members: { ...place, TENPO: 'ALLT' }, value: '1' },
    { members: { ...place, '#PERIOD': 'M2' }, value: '7.25' },
    { members: { ...place, '#ACCOUNT': 'NOPE' }, value: '1' },
    { members: { ...place, '#ACCOUNT': 'COST' }, value: 'abc' },
    { members: { ...place, '#FY': 'FY2016' }, value: '1' },
    { members: { '#PERIOD': 'M1' }, value: '1' },
    { members: { ...place, BOGUS: 'X' }, value: '1' },
    { members: { ...place, '#PERIOD': 'M2' }, value: '8' },
    { members: { ...place, '#PERIOD': 'Q1' }, value: '3' },
    { members: { ...place, '#ACCOUNT': 'MEMO' }, value: null },
  ]);
  expect(second.json.written).toBe(3);
  expect(second.json.refused.map(({ index }: { index: number }) => index)).toEqual([0, 2, 3, 4, 5, 6, 7]);
  expect(second.json.refused[0].message).toMatch(/ALLT.*末端/);
  expect(await table()).toEqual(['S01,M01,REV=100,7.25,3']);
  expect((await write([{ members: place, value: null }])).json).toEqual({ written: 1, refused: [] });
  expect(await table()).toEqual(['S01,M01,REV=7.25,3']);
});

test('cells: a text or a null leaves amounts exact, to the last digit', async () => {
  const largest = '922337203685477.5807';
  const cell = { ...place, '#PERIOD': 'M9', '#ACCOUNT': 'COST' };
  expect((await write([{ members: cell, value: largest }])).json.written).toBe(1);
  expect((await table()).find((row) => row.includes('COST'))).toContain(largest);
  await write([{ members: cell, value: null }]);
});

test('cells: requests that make no sense are problems and write nothing', async () => {
  const cells = [{ members: place, value: '1' }];
  const before = await table();
  expect((await write(cells, { pov: {} })).status).toBe(422);
  expect((await write(cells, { edition: 'PUBLIC' })).status).toBe(403);
  expect((await write(cells, { edition: 'NOPE' })).status).toBe(404);
  expect((await write([])).status).toBe(422);
  const other = await server.call('PATCH', `${application}/forms/TOTALS/cells`, {
    token: sasaki,
    body: { pov: { ...pov, '#PERIOD': 'M1', '#VIEW': 'M' }, cells },
  });
  expect([other.status, other.headers.get('content-type')]).toEqual([
    409,
    expect.stringMatching(/^application\/problem\+json/),
  ]);
  expect(
    (await server.call('PATCH', `${application}/forms/IMPORT_ACT1/cells`, { body: { pov, cells } })).status,
  ).toBe(401);
  expect(await table()).toEqual(before);
});

test('cells: closed periods, denied members and participants of others are refused', async () => {
  const path = '/v1/planning/applications/SECURED/forms/F/cells';
  const at = (period: string, dept: string) => ({
    members: { '#PERIOD': period, DEPT: dept, '#ACCOUNT': 'REV' },
    value: '1',
  });
  const body = {
    pov: { '#FY': 'FY1' },
    participant: 'P1',
    cells: [at('M1', 'D1'), at('M4', 'D1'), at('M1', 'D2')],
  };
  const { json } = await server.call('PATCH', path, {
    token: sasaki,
    body,
    headers: { 'accept-language': 'en' },
  });
  expect(json.written).toBe(1);
  expect(json.refused).toEqual([
    { index: 1, message: expect.stringMatching(/not open/) },
    { index: 2, message: expect.stringMatching(/not permitted/) },
  ]);
  expect((await server.call('PATCH', path, { token: designer, body })).status).toBe(403);
});

test('cells: writers of one cell at the same time all get through, and one of their values stays', async () => {
  const cell = { ...place, '#PERIOD': 'M10' };
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => write([{ members: cell, value: String(index + 1) }])),
  );
  expect(answers.map(({ json }) => json.written)).toEqual(Array(8).fill(1));
  expect((await table())[0]).toMatch(/,[1-8]$/);
  await write([{ members: cell, value: null }]);
});

test('imports are listed with what they refused, each page after the other', async () => {
  const token = await webToken('sasaki', 'pass-sasaki-1');
  const parameters = `<parameter name="APPLICATION" value="SAMPLE1"/><parameter name="FORM" value="IMPORT_ACT1"/>
    <parameter name="PARTICIPANT" value="#NONE"/><parameter name="POV" key="#FY" value="FY2016"/>`;
  const rows =
    'FY2016,M1,S01,M01,REV,5\nFY2016,M1,ALLT,M01,REV,6\nFY2015,M1,S01,M01,REV,7\nFY2016,M2,S01,M01,REV,x\n';
  for (let run = 0; run < 3; run++) await webRequest(token, 'IMPORT_VALUES', parameters, rows);
  const read = async (path: string, as = sasaki) =>
    (await server.call('GET', `${application}/imports${path}`, { token: as })).json;
  const first = await read('?limit=2');
  expect(first.items).toHaveLength(2);
  expect(first.items[0]).toMatchObject({
    by: 'sasaki',
    form: 'IMPORT_ACT1',
    ledger: 'MAIN',
    edition: 'WORKSPACE',
    participant: '#NONE',
    pov: { '#FY': 'FY2016' },
    records: 4,
    refused: 3,
  });
  const last = await read(`?limit=2&cursor=${first.next}`);
  expect([last.items.length, last.next]).toEqual([1, null]);
  const { id } = first.items[0];
  expect(await read(`/${id}`)).toEqual(first.items[0]);
  const refusals = await read(`/${id}/refusals?limit=2`);
  expect(refusals.items).toEqual([
    {
      record: 2,
      valueField: '',
      fields: { '#FY': 'FY2016', '#PERIOD': 'M1', TENPO: 'ALLT', SHOHIN: 'M01', '#ACCOUNT': 'REV' },
      value: '6',
      message: expect.stringContaining('ALLT'),
    },
    expect.objectContaining({ record: 3, value: '7' }),
  ]);
  const rest = await read(`/${id}/refusals?limit=2&cursor=${refusals.next}`);
  expect(rest).toMatchObject({ items: [{ record: 4, value: 'x' }], next: null });
  expect((await read('', admin)).items).toHaveLength(3);

  const others = await webToken('designer', 'pass-designer-1');
  await webRequest(others, 'IMPORT_VALUES', parameters, 'FY2016,M1,S01,M01,REV,5');
  expect((await read('')).items).toHaveLength(3);
  expect((await read('', designer)).items).toHaveLength(4);
  const foreign = (await read('', designer)).items[0].id;
  expect((await server.call('GET', `${application}/imports/${foreign}`, { token: sasaki })).status).toBe(404);
  expect((await server.call('GET', `${application}/imports/99999/refusals`, { token: sasaki })).status).toBe(
    404,
  );
});

test('editions: derived, worked on, published, cleared and discarded', async () => {
  const editions = `${application}/editions`;
  const keys = async () =>
    (await server.call('GET', editions, { token: sasaki })).json.items.map(
      ({ key, kind }: { key: string; kind: string }) => `${key} ${kind}`,
    );
  const post = (path: string, body?: object, token = designer) =>
    server.call('POST', `${editions}${path}`, { token, ...(body && { body }) });
  await write([{ members: place, value: '10' }]);
  expect((await post('', { key: 'plan.a' })).json).toEqual({ key: 'PLAN.A' });
  expect(await keys()).toEqual(['PUBLIC public', 'WORKSPACE workspace', 'PLAN.A derived']);
  expect((await post('', { key: 'PLAN.A' })).status).toBe(409);
  expect((await post('', { key: 'a b' })).status).toBe(422);
  expect((await post('', { key: 'B', source: 'NOPE' })).status).toBe(404);
  expect((await post('', { key: 'B' }, sasaki)).status).toBe(403);

  await write([{ members: place, value: '20' }], { edition: 'PLAN.A' });
  expect(await table()).toEqual([expect.stringMatching(/^S01,M01,REV=10,/)]);
  expect((await post('/PLAN.A/publish', { scenarios: ['BUDGET'] })).status).toBe(204);
  expect(await table('PUBLIC')).toEqual([]);
  expect((await post('/PLAN.A/publish', {})).status).toBe(204);
  expect(await table('PUBLIC')).toEqual([expect.stringMatching(/^S01,M01,REV=20,/)]);
  expect((await post('/PUBLIC/publish', {})).status).toBe(422);

  expect((await post('/WORKSPACE/clear')).status).toBe(204);
  expect(await table()).toEqual(await table('PUBLIC'));
  expect((await post('/PUBLIC/clear')).status).toBe(403);
  const discard = (key: string, token = designer) => server.call('DELETE', `${editions}/${key}`, { token });
  expect((await discard('PLAN.A', sasaki)).status).toBe(403);
  expect((await discard('PLAN.A')).status).toBe(204);
  expect((await discard('PLAN.A')).status).toBe(404);
  expect((await discard('WORKSPACE')).status).toBe(409);
  expect(await keys()).toEqual(['PUBLIC public', 'WORKSPACE workspace']);
});

test('a form is read as a table over HTTP, its column dimension chosen', async () => {
  await write([{ members: place, value: '20' }]);
  const path = `${application}/forms/IMPORT_ACT1/table`;
  const { json } = await server.call('GET', `${path}?pov=${encodeURIComponent('#FY=FY2015')}&columns=TENPO`, {
    token: sasaki,
  });
  expect(json.columns.map(({ label }: { label: string }) => label)).toEqual(['S01']);
  expect(json.rows[0].cells).toEqual(['20']);
  expect((await server.call('GET', `${path}?pov=nonsense`, { token: sasaki })).status).toBe(422);
  expect((await server.call('GET', path, { token: sasaki })).status).toBe(422);
  expect((await server.call('GET', path)).status).toBe(401);
  const applications = await server.call('GET', '/v1/planning/applications', { token: sasaki });
  expect(applications.json.items.map(({ label }: { label: string }) => label)).toEqual([
    'SAMPLE1',
    'SECURED',
  ]);
});

test('contract §5: /openapi.json describes the routes of planning', async () => {
  const { json } = await server.call('GET', '/openapi.json');
  const base = '/v1/planning/applications/{application}';
  expect(Object.keys(json.paths)).toEqual(
    expect.arrayContaining([
      `${base}/forms/{form}/cells`,
      `${base}/imports`,
      `${base}/imports/{id}`,
      `${base}/imports/{id}/refusals`,
      `${base}/editions`,
      `${base}/editions/{edition}`,
      `${base}/editions/{edition}/publish`,
      `${base}/editions/{edition}/clear`,
    ]),
  );
});
