import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeHighrise } from '../../../connect/test/support/fake-highrise.ts';
import { addCompanies } from '../../../connect/test/support/people.ts';
import { adminPassword, type NativeServer, openNative } from '../native/open-native.ts';

let highrise: FakeHighrise;
let server: NativeServer;
let admin: string;

const app = (id: number, alias: string) => ({
  id,
  alias,
  name: alias,
  fields: [
    { id: 101, name: '番号', alias: 'number', type: 'number', required: true },
    { id: 102, name: '名称', alias: 'name', type: 'text', required: true, maxLength: 30 },
  ],
});

beforeAll(async () => {
  highrise = await FakeHighrise.start();
  addCompanies(highrise, 3);
  const connectionString = `AuthScheme=APIToken;APIToken=t;AccountId=acme;URL=${highrise.url}`;
  server = await openNative(
    {
      apps: [app(59, 'deals'), app(60, 'copies')],
      connections: [{ name: 'crm', driver: 'highrise', connectionString }],
      syncs: [
        {
          name: 'companies',
          query: 'SELECT Id AS number, Name FROM crm.Companies',
          into: { app: 'deals', key: 'number' },
          every: '1s',
        },
      ],
    },
    { RENKEI_OUTBOUND_ALLOW: '127.0.0.0/8' },
  );
  admin = await server.signIn('admin', adminPassword);
}, 60_000);

afterAll(async () => {
  await server.close();
  await highrise.stop();
});

type Synced = { revision: number; fields: { 番号: number; 名称: string } };
const records = async (of: string): Promise<Synced[]> =>
  (await server.call('GET', `/v1/apps/${of}/records`, { token: admin })).json.items;
const syncs = async () => (await server.call('GET', '/v1/syncs', { token: admin })).json.items;

async function until<T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  const limit = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (holds(found) || Date.now() > limit) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('contract §7: a sync runs at once and again by its period; unchanged rows keep their revision', async () => {
  const first = await until(
    () => records('deals'),
    (found) => found.length === 3,
  );
  const names = [...highrise.store.get('companies')!.values()].map(({ name }) => name);
  expect(first.map(({ fields }) => fields.名称)).toEqual(names);

  highrise.store.get('companies')!.get(2)!.name = 'Renamed';
  const second = await until(
    () => records('deals'),
    (found) => found.some(({ fields }) => fields.名称 === 'Renamed'),
  );
  expect(second.map(({ fields, revision }) => [fields.番号, fields.名称, revision])).toEqual([
    [1, names[0], 1],
    [2, 'Renamed', 2],
    [3, names[2], 1],
  ]);
  const [sync] = await until(syncs, ([one]) => one.outcome?.unchanged === 3);
  expect(sync).toMatchObject({
    name: 'companies',
    outcome: { rows: 3, added: 0, changed: 0, unchanged: 3, failed: 0 },
  });
});

test('contract §7: what a sync cannot do is said in its outcome, and others go on', async () => {
  const { json } = await server.call('POST', '/v1/workspace/apply', {
    token: admin,
    body: {
      file: {
        renkei: 1,
        syncs: [
          {
            name: 'broken',
            query: 'SELECT nothing FROM crm.Companies',
            into: { app: 'copies', key: 'number' },
            every: '1h',
          },
          {
            name: 'keyless',
            query: 'SELECT Name FROM crm.Companies',
            into: { app: 'copies', key: 'number' },
            every: '* * * * *',
          },
          {
            name: 'between apps',
            query: "SELECT number, name || ' ' || name || ' ' || name AS name FROM apps.deals",
            into: { app: 60, key: '番号' },
            every: '0 3 * * 1-5',
          },
        ],
      },
    },
  });
  expect(json.faults).toEqual([]);
  const found = await until(
    syncs,
    (all) => all.filter((one: { outcome: unknown }) => one.outcome).length === 4,
  );
  const outcome = (name: string) => found.find((one: { name: string }) => one.name === name).outcome;
  expect(outcome('broken').error).toContain('nothing');
  expect(outcome('keyless').error).toContain('number');
  expect(outcome('between apps')).toMatchObject({ rows: 3, failed: 0, added: 3 });
  expect(await records('copies')).toHaveLength(3);
});

test('contract §3: a sync into a ledger replaces the values of a form; a query that breaks off changes nothing', async () => {
  const planning = [
    {
      label: 'SAMPLE1',
      type: 'workgroup',
      fiscalYearStart: 4,
      fiscalYears: ['FY2014', 'FY2015'],
      scenarios: [{ label: 'ACT' }],
      accounts: [{ label: 'REV', type: 'flow', side: 'CR' }],
      ledgers: [{ label: 'MAIN', dimensions: [] }],
      forms: [
        {
          label: 'IN',
          ledger: 'MAIN',
          parameters: ['#FY'],
          fixed: { '#SCENARIO': 'ACT' },
          import: { fields: ['#PERIOD', '#ACCOUNT'] },
        },
      ],
    },
  ];
  const into = { application: 'SAMPLE1', form: 'IN', pov: { '#FY': 'FY2015' } };
  const apply = async (query: string) => {
    const file = { renkei: 1, planning, syncs: [{ name: 'values', query, into, every: '1d' }] };
    const { json } = await server.call('POST', '/v1/workspace/apply', { token: admin, body: { file } });
    expect(json.faults).toEqual([]);
    const done = (one: { name: string; outcome: unknown; finishedAt: string; startedAt: string }) =>
      one.name === 'values' && one.outcome && one.finishedAt >= (one.startedAt ?? '9');
    return (await until(syncs, (all) => all.some(done))).find(done).outcome;
  };
  const values = async () =>
    (
      await server.call('POST', '/v1/sql', {
        token: admin,
        body: { sql: 'SELECT PERIOD, VALUE FROM ledgers.SAMPLE1_MAIN ORDER BY PERIOD' },
      })
    ).json.rows;
  expect(await apply("SELECT 'M' || number, 'REV', number * 10 FROM apps.deals")).toMatchObject({
    rows: 3,
    failed: 0,
  });
  expect(await values()).toEqual([
    ['M1', 10],
    ['M2', 20],
    ['M3', 30],
  ]);
  expect(await apply("SELECT 'M9', 'REV', 5 UNION ALL SELECT 'M99', 'REV', 5")).toMatchObject({
    rows: 2,
    failed: 1,
  });
  expect(await values()).toEqual([['M9', 5]]);
  const broken = await apply("SELECT 'M1', 'REV', 1 UNION ALL SELECT 'M2', 'REV', abs(-9223372036854775808)");
  expect(broken.error).toContain('integer overflow');
  expect(await values()).toEqual([['M9', 5]]);
});

test.each([
  ['a period', { every: '5 minutes' }, '/syncs/0/every'],
  ['a cron line', { every: '99 * * * *' }, '/syncs/0/every'],
  ['an app', { into: { app: 'nowhere', key: 'id' } }, '/syncs/0/into/app'],
  ['a key', { into: { app: 'deals' } }, '/syncs/0/into'],
])('a sync with a wrong %s is refused with its place', async (_, wrong, pointer) => {
  const sync = { name: 'x', query: 'SELECT 1', into: { app: 'deals', key: 'number' }, every: '1d', ...wrong };
  const { json } = await server.call('POST', '/v1/workspace/plan', {
    token: admin,
    body: { file: { renkei: 1, syncs: [sync] } },
  });
  expect(json.faults.map((fault: { pointer: string }) => fault.pointer).join()).toContain(pointer);
});
