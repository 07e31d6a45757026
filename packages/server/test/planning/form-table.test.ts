import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { applyPlanning, callerOf, openPlanning, povs, sample } from './sample.ts';

let server: TestDatabase;
let app: Awaited<ReturnType<typeof openPlanning>>;

beforeAll(async () => {
  server = await createTestDatabase();
  app = await openPlanning(server.database);
  await applyPlanning(server.database, app.planning, [sample]);
  await app.import(
    'IMPORT_ACT1',
    { '#FY': 'FY2015' },
    'FY2015,M1,S01,M01,REV,100\nFY2015,M2,S02,M01,REV,0.5\nFY2015,M2,S01,M01,REV,1\nFY2015,M2,S01,M01,MEMO,note',
  );
});
afterAll(() => server?.drop());

const request = {
  application: 'SAMPLE1',
  form: 'IMPORT_ACT1',
  participant: '#NONE',
  povs: povs({ '#FY': 'FY2015' }),
};

test('a form is read as a table with the periods over the columns and exact totals', async () => {
  const table = await app.planning.readFormTable(callerOf('sasaki'), request);
  expect(table.dimensions.map(({ label }) => label)).toEqual(['TENPO', 'SHOHIN', '#ACCOUNT']);
  expect(table.columns.map(({ label }) => label)).toEqual(['M1', 'M2']);
  expect(table.rows.map(({ members, cells }) => [members.map(({ label }) => label).join(), cells])).toEqual([
    ['S01,M01,REV', ['100', '1']],
    ['S01,M01,MEMO', [null, 'note']],
    ['S02,M01,REV', [null, '0.5']],
  ]);
  expect(table.totals.map(({ account, cells }) => [account.label, cells])).toEqual([['REV', ['100', '1.5']]]);
  expect(table.truncated).toBe(false);
});

test('another dimension may go over the columns', async () => {
  const table = await app.planning.readFormTable(callerOf('sasaki'), request, 'tenpo');
  expect(table.columns.map(({ label }) => label)).toEqual(['S01', 'S02']);
  await expect(app.planning.readFormTable(callerOf('sasaki'), request, '#FY')).rejects.toThrow('#FY');
});

test('applications are listed with their forms and what these need', async () => {
  const [application] = await app.planning.listApplications(callerOf('sasaki'));
  expect(application).toMatchObject({ label: 'SAMPLE1', type: 'workgroup', participants: ['#NONE'] });
  expect(application!.forms[0]).toMatchObject({ label: 'IMPORT_ACT1', imports: true, exports: true });
  expect(application!.forms[0]!.parameters[0]!.members.map(({ label }) => label)).toEqual([
    'FY2015',
    'FY2016',
  ]);
});

test('for entry blank columns are there too, and the leaf members that rows may be made of', async () => {
  const table = await app.planning.readFormTable(callerOf('sasaki'), request, undefined, true);
  expect(table.columns).toHaveLength(12);
  expect(table.columns.every(({ leaf }) => leaf)).toBe(true);
  expect(table.rows[0]!.cells).toEqual(['100', '1', ...Array.from({ length: 10 }, () => null)]);
  expect(table.choices!.map((members) => members.map(({ label }) => label))).toEqual([
    ['S01', 'S02'],
    ['M01'],
    expect.arrayContaining(['REV', 'COST', 'MEMO']),
  ]);
  expect(table.choices![2]!.map(({ label }) => label)).not.toContain('PROFIT');
  const totals = await app.planning.readFormTable(callerOf('sasaki'), {
    ...request,
    form: 'TOTALS',
    povs: povs({ '#FY': 'FY2015', '#PERIOD': 'M2', '#VIEW': 'M' }),
  });
  const all = totals.rows.find(({ members }) => members[0]!.label === 'ALLT')!;
  expect(all.members[0]!.leaf).toBe(false);
  expect(totals.choices).toBeUndefined();
});
