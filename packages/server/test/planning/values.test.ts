import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { applyPlanning, openPlanning, sample } from './sample.ts';

let server: TestDatabase;
let app: Awaited<ReturnType<typeof openPlanning>>;

beforeAll(async () => {
  server = await createTestDatabase();
  app = await openPlanning(server.database);
  await applyPlanning(server.database, app.planning, [sample]);
});
afterAll(() => server?.drop());

test('applying the same declaration twice changes nothing the second time', async () => {
  const changes = await applyPlanning(server.database, app.planning, [sample]);
  expect(changes).toEqual([{ action: 'keep', kind: 'planning application', id: 'SAMPLE1' }]);
});

test('fusion_place §3.1: rows go in, the log has two rows for each, and come out of the export', async () => {
  const { faults, log } = await app.import(
    'IMPORT_ACT1',
    { '#FY': 'FY2015' },
    'FY2015,M1,S01,M01,REV,100\nfy2015 , m1, S01,M01, "COST" ,60.25\nFY2015,M1,S02,M01,REV,5\nFY2015,M2,S02,M01,MEMO,"a, ""b"""',
  );
  expect(faults).toBe(0);
  expect(log).toBe(
    [
      '#LINE_NO,#BEFORE_AFTER,#FY,#PERIOD,TENPO,SHOHIN,#ACCOUNT,#VALUE,#CELL_VALUE_BEFORE_UPDATE,#CELL_VALUE_AFTER_UPDATE,#SEVIRITY,#MESSAGE',
      '1,1.BEFORE,FY2015,M1,S01,M01,REV,,,,,',
      '1,2.AFTER,FY2015,M1,S01,M01,REV,100,,100,,',
      '2,1.BEFORE,fy2015,m1,S01,M01,COST,,,,,',
      '2,2.AFTER,FY2015,M1,S01,M01,COST,60.25,,60.25,,',
      '3,1.BEFORE,FY2015,M1,S02,M01,REV,,,,,',
      '3,2.AFTER,FY2015,M1,S02,M01,REV,5,,5,,',
      '4,1.BEFORE,FY2015,M2,S02,M01,MEMO,,,,,',
      '4,2.AFTER,FY2015,M2,S02,M01,MEMO,"a, ""b""",,"a, ""b""",,',
      '',
    ].join('\n'),
  );
  expect(await app.export('IMPORT_ACT1', { '#FY': 'FY2015' })).toBe(
    [
      '#PERIOD,TENPO,SHOHIN,#ACCOUNT,#VALUE',
      'M1,S01,M01,REV,100',
      'M1,S01,M01,COST,60.25',
      'M1,S02,M01,REV,5',
      'M2,S02,M01,MEMO,"a, ""b"""',
      '',
    ].join('\n'),
  );
  expect(await app.export('TOTALS', { '#FY': 'FY2015', '#PERIOD': 'Q1', '#VIEW': 'M' })).toBe(
    [
      'ALLT,ALLS,PROFIT,44.75',
      'ALLT,ALLS,REV,105',
      'ALLT,ALLS,COST,60.25',
      'ALLT,M01,PROFIT,44.75',
      'ALLT,M01,REV,105',
      'ALLT,M01,COST,60.25',
      'S01,ALLS,PROFIT,39.75',
      'S01,ALLS,REV,100',
      'S01,ALLS,COST,60.25',
      'S01,M01,PROFIT,39.75',
      'S01,M01,REV,100',
      'S01,M01,COST,60.25',
      'S02,ALLS,PROFIT,5',
      'S02,ALLS,REV,5',
      'S02,M01,PROFIT,5',
      'S02,M01,REV,5',
      '',
    ].join('\n'),
  );
});

test('§3.1: a second import replaces the first within its area and nothing else', async () => {
  await app.import('IMPORT_ACT1', { '#FY': 'FY2016' }, 'FY2016,M1,S01,M01,REV,1\n');
  await app.import('IMPORT_ACT1', { '#FY': 'FY2015' }, 'FY2015,M1,S01,M01,REV,1\nFY2015,M2,S01,M01,REV,2\n');
  const { log } = await app.import(
    'IMPORT_ACT1',
    { '#FY': 'FY2015' },
    'FY2015,M2,S01,M01,REV,7\nFY2015,M2,S01,M01,REV,8\n',
  );
  expect(log.split('\n')[2]).toBe('1,2.AFTER,FY2015,M2,S01,M01,REV,7,2,7,,');
  expect(log.split('\n')[4]).toBe('2,2.AFTER,FY2015,M2,S01,M01,REV,8,7,15,,');
  const document = await app.export('IMPORT_ACT1', { '#FY': 'FY2015' });
  expect(document.split('\n').slice(1, -1)).toEqual(['M2,S01,M01,REV,15']);
  const other = await app.export('IMPORT_ACT1', { '#FY': 'FY2016' });
  expect(other.split('\n').slice(1, -1)).toEqual(['M1,S01,M01,REV,1']);
});

test('§4.5.6: movement follows from balances, beginnings and details', async () => {
  await app.import('MOVES', { '#FY': 'FY2015' }, 'M12,#END,500\n');
  await app.import(
    'MOVES',
    { '#FY': 'FY2016' },
    'M1,#END,700\nM1,IN,300\nM1,OUT,-90\nM2,#NONE,650\nM2,#BEG,710',
  );
  const document = (await app.export('MOVES', { '#FY': 'FY2016' })).split('\n');
  const month = (label: string) => document.filter((line) => line.startsWith(`${label},`));
  expect(month('M1')).toEqual(
    ['#NONE,700', '#PREV,500', '#BDIFF,0', '#BEG,500', '#CHG,210', '#CBAL,710', '#EDIFF,-10', '#END,700']
      .concat(['#NET,200', 'IN,300', 'OUT,-90'])
      .map((line) => `M1,${line}`),
  );
  expect(month('M2')).toEqual(
    [
      '#NONE,650',
      '#PREV,700',
      '#BDIFF,10',
      '#BEG,710',
      '#CBAL,710',
      '#EDIFF,-60',
      '#END,650',
      '#NET,-50',
    ].map((line) => `M2,${line}`),
  );
  expect(month('Q1')).toContain('Q1,#PREV,500');
});

test('§3.1: the log of a second import tells of each amount what the ledger held, by its own sign and decimals', async () => {
  const members = Array.from({ length: 250 }, (_, index) => `S${index}`);
  const large = {
    ...sample,
    label: 'LARGE',
    dimensions: [
      { label: 'TENPO', members: members.map((label) => ({ label })) },
      { label: 'SHOHIN', members: [{ label: 'M01' }] },
    ],
    forms: sample.forms.slice(0, 1),
  };
  await applyPlanning(server.database, app.planning, [large]);
  const rows = members.flatMap((store, index) =>
    Array.from({ length: 12 }, (_, month) => {
      const account = index % 2 === 0 ? 'REV' : 'COST';
      return { place: `FY2015,M${month + 1},${store},M01,${account}`, n: index * 12 + month };
    }),
  );
  const amounts = [
    (n: number) => (n % 5 === 0 ? '' : n % 3 === 0 ? `${n}.25` : String(-n)),
    (n: number) => (n % 7 === 0 ? '' : String(n)),
  ];
  const held = rows.map(() => '');
  for (const amount of [...amounts, amounts[1]!]) {
    const csv = rows.map(({ place, n }) => `${place},${amount(n)}\n`).join('');
    const { log } = await app.import('IMPORT_ACT1', { '#FY': 'FY2015' }, csv, false, 'LARGE');
    const expected = rows.flatMap(({ place, n }, index) => {
      const before = held[index];
      held[index] = amount(n);
      const outcome = `${amount(n)},${before},${amount(n)},,`;
      return [`${index + 1},1.BEFORE,${place},,,,,`, `${index + 1},2.AFTER,${place},${outcome}`];
    });
    expect(log.split('\n').slice(1, -1)).toEqual(expected);
  }
});

test('§3.1: a log of many portions tells of each record what the ledger held, and the faults by themselves', async () => {
  const month = (index: number) => `M${(index % 12) + 1}`;
  // texts that are longer in bytes than in characters; every seventh record has a fault
  const rows = Array.from({ length: 3000 }, (_, index) => {
    const store = index % 7 === 3 ? 'NOPE' : index % 2 === 0 ? 'S01' : 'S02';
    return { store, month: month(index), value: `値${index}` };
  });
  const csv = rows.map(({ store, month, value }) => `FY2016,${month},${store},M01,MEMO,${value}\n`).join('');
  for (const round of [0, 1]) {
    const held = new Map<string, string>();
    if (round === 1) for (const { store, month, value } of rows) held.set(store + month, value);
    const { faults, log } = await app.import('IMPORT_ACT1', { '#FY': 'FY2016' }, csv);
    const expected = rows.flatMap(({ store, month, value }, index) => {
      const fields = `FY2016,${month},${store},M01,MEMO`;
      const before = held.get(store + month) ?? '';
      if (store !== 'NOPE') held.set(store + month, value);
      const outcome =
        store === 'NOPE' ? ',,WARN,"TENPO: there is no member ""NOPE"""' : `${before},${value},,`;
      return [`${index + 1},1.BEFORE,${fields},,,,,`, `${index + 1},2.AFTER,${fields},${value},${outcome}`];
    });
    expect(faults).toBe(rows.filter(({ store }) => store === 'NOPE').length);
    expect(log.split('\n').slice(1, -1)).toEqual(expected);
    const { log: faulty } = await app.import('IMPORT_ACT1', { '#FY': 'FY2016' }, csv, true);
    const wanted = expected.filter((_, index) => rows[index >> 1]!.store === 'NOPE');
    expect(faulty.split('\n').slice(1, -1)).toEqual(wanted);
  }
});
