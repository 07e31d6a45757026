import { afterAll, beforeAll, expect, test } from 'vitest';
import { sample } from '../planning/sample.ts';
import { type Answer, ask, basic, document, post, type Running, startFusionPlace, year } from './server.ts';

let server: Running;

const limited = {
  ...sample,
  label: 'LIMITED',
  openPeriods: [{ scenario: 'ACT', from: 'FY2015/M3', months: 11 }],
};

beforeAll(async () => {
  server = await startFusionPlace({}, [sample, limited]);
});
afterAll(() => server?.stop());

const put = (fy: string, csv: string, headers = {}) => ask(server, 'IMPORT_VALUES', year(fy), csv, headers);
const take = async (fy: string): Promise<string[]> => rows(await ask(server, 'EXPORT_VALUES', year(fy)));

/** Exported rows without quotes and header. */
function rows({ returned }: Answer): string[] {
  return returned.replaceAll('"', '').split('\n').slice(1, -1);
}

/** The second row of each record in an import log. */
function records({ returned }: Answer): string[] {
  return returned.split('\n').filter((line) => line.includes(',2.AFTER,'));
}

test('§7 case 12: values go in through a form and are shown by it', async () => {
  const answer = await put('FY2015', 'FY2015,M1,S01,M01,REV,5131123\nFY2015,M1,S01,M01,COST,0.5');
  expect([answer.status, answer.code, answer.messages]).toEqual([200, 'SUCCESSFUL', '']);
  const log = answer.returned.split('\n');
  expect(log).toHaveLength(6);
  expect(log[0]).toMatch(
    /^#LINE_NO,#BEFORE_AFTER,#FY,#PERIOD,TENPO,SHOHIN,#ACCOUNT,#VALUE,#CELL_VALUE_BEFORE_UPDATE,#CELL_VALUE_AFTER_UPDATE,#SEVIRITY/,
  );
  expect(log.slice(1, 5).map((line) => line.split(',').slice(0, 2).join())).toEqual([
    '1,1.BEFORE',
    '1,2.AFTER',
    '2,1.BEFORE',
    '2,2.AFTER',
  ]);
  const exported = await ask(server, 'EXPORT_VALUES', year('FY2015'));
  expect(exported.returned).toBe(
    '"#PERIOD","TENPO","SHOHIN","#ACCOUNT","#VALUE"\n"M1","S01","M01","REV","5131123"\n"M1","S01","M01","COST","0.5"\n',
  );
});

test('§7 case 13: importing again replaces the area of the form and nothing else', async () => {
  await put('FY2016', 'FY2016,M1,S01,M01,REV,9');
  await put('FY2015', 'FY2015,M1,S01,M01,REV,1\nFY2015,M2,S01,M01,REV,2');
  await put('FY2015', 'FY2015,M3,S02,M01,REV,3');
  expect(await take('FY2015')).toEqual(['M3,S02,M01,REV,3']);
  expect(await take('FY2016')).toEqual(['M1,S01,M01,REV,9']);
});

test('§7 case 14: blanks, quotes, line ends and entities do not matter', async () => {
  const clean =
    'FY2015,M1,S01,M01,REV,1\nFY2015,M2,S01,M01,MEMO,"a, ""b"" <&>\nnext"\nFY2015,M3,S01,M01,REV,3';
  const variants = [
    clean,
    '\n\n   FY2015 , M1,S01 ,M01,  REV , 1  \n   \n  "FY2015","M2" , "S01","M01","MEMO" , "a, ""b"" <&>\nnext"  \n\t FY2015,M3,S01,M01,REV,3\n',
    clean.replaceAll('\nFY', '\rFY'),
    clean.replaceAll('\nFY', '\r\nFY'),
    clean.replaceAll('\nFY', '\n\rFY'),
  ];
  for (const csv of variants) {
    await put('FY2015', '');
    expect((await put('FY2015', csv)).code).toBe('SUCCESSFUL');
    expect(
      (await ask(server, 'EXPORT_VALUES', [...year('FY2015'), ['QUOTE_STYLE', 'minimal']])).returned,
    ).toBe(
      '#PERIOD,TENPO,SHOHIN,#ACCOUNT,#VALUE\nM1,S01,M01,REV,1\nM2,S01,M01,MEMO,"a, ""b"" <&>\nnext"\nM3,S01,M01,REV,3\n',
    );
  }
});

test('§7 case 15: what may not be written is reported, the rest is stored', async () => {
  const csv = [
    'FY2015,M3,S01,M01,REV,1',
    'FY2015,M1,S01,M01,REV,2', // closed
    'FY2015,M3,ALLT,M01,REV,3', // no leaf
    'FY2016,M1,S01,M01,REV,4', // another year than the point of view's
    'FY2015,M4,S99,M01,REV,5', // no such member
    'FY2015,M4,S01,M01,REV,six',
    'FY2015,M4,S01,M01,REV,922337203685477.5808',
    'FY2015,M4,S01,M01,REV,922337203685477.5807',
    'FY2015,M4,S01,M01,PROFIT,9', // an aggregate account
    'FY2015,M4,S01,M01,REV',
  ].join('\n');
  const answer = await post(
    server,
    document('IMPORT_VALUES', [['APPLICATION', 'LIMITED'], ...year('FY2015')], csv),
  );
  expect([answer.status, answer.code]).toEqual([200, 'WARNED']);
  expect(records(answer).map((line) => line.split(',')[10] !== '')).toEqual([
    false,
    true,
    true,
    true,
    true,
    true,
    true,
    false,
    true,
    true,
  ]);
  const stored = await post(
    server,
    document('EXPORT_VALUES', [['APPLICATION', 'LIMITED'], ...year('FY2015')]),
  );
  expect(rows(stored)).toEqual(['M3,S01,M01,REV,1', 'M4,S01,M01,REV,922337203685477.5807']);
});

test('§7 case 16: a missing or stray POV is an error and changes nothing', async () => {
  const before = await take('FY2016');
  const parameters = [
    ['FORM', 'IMPORT_ACT1'],
    ['PARTICIPANT', '#NONE'],
  ] as const;
  const missing = await ask(server, 'IMPORT_VALUES', parameters, 'FY2016,M1,S01,M01,REV,7');
  expect([missing.status, missing.code]).toEqual([200, 'ERROR']);
  expect(missing.messages).toContain('#FY');
  const stray = await ask(server, 'IMPORT_VALUES', [...year('FY2016'), ['POV', 'S01', 'TENPO']], 'x');
  expect(stray.code).toBe('ERROR');
  expect(await take('FY2016')).toEqual(before);
});

test('§7 case 17: totals, signs, and a quarter that goes to its last month', async () => {
  await put('FY2015', 'FY2015,Q1,S01,M01,REV,100\nFY2015,M3,S01,M01,COST,60\nFY2015,M3,S02,M01,REV,7');
  expect(await take('FY2015')).toEqual(['M3,S01,M01,REV,100', 'M3,S01,M01,COST,60', 'M3,S02,M01,REV,7']);
  const total = async (period: string, view: string) => {
    const povs = [
      ['POV', 'FY2015', '#FY'],
      ['POV', period, '#PERIOD'],
      ['POV', view, '#VIEW'],
    ] as const;
    const answer = await ask(server, 'EXPORT_VALUES', [
      ['FORM', 'TOTALS'],
      ['PARTICIPANT', '#NONE'],
      ...povs,
    ]);
    return answer.returned
      .replaceAll('"', '')
      .split('\n')
      .filter((line) => line.startsWith('ALLT,ALLS'));
  };
  const shown = ['ALLT,ALLS,PROFIT,47', 'ALLT,ALLS,REV,107', 'ALLT,ALLS,COST,60'];
  expect(await total('Q1', 'M')).toEqual(shown);
  expect(await total('M5', 'Y')).toEqual(shown);
  expect(await total('M5', 'Q')).toEqual([]);
  expect(await total('M3', 'M')).toEqual(shown);
});

test('§4.2: sums beyond 64 bits are exact', async () => {
  await put(
    'FY2015',
    ['S01', 'S02']
      .flatMap((store) =>
        ['M1', 'M2'].map((month) => `FY2015,${month},${store},M01,REV,922337203685477.5807`),
      )
      .join('\n'),
  );
  const povs = [
    ['POV', 'FY2015', '#FY'],
    ['POV', 'Y', '#PERIOD'],
    ['POV', 'Y', '#VIEW'],
  ] as const;
  const answer = await ask(server, 'EXPORT_VALUES', [['FORM', 'TOTALS'], ['PARTICIPANT', '#NONE'], ...povs]);
  expect(answer.returned).toContain('"ALLT","ALLS","REV","3689348814741910.3228"');
});

test('contract §7: several rows for one cell add up, of texts the last wins, and too much is a warning', async () => {
  const answer = await put(
    'FY2015',
    [
      'FY2015,M1,S01,M01,REV,1.5\nFY2015,M1,S01,M01,MEMO,one\nFY2015,M1,S01,M01,REV,-0.25\nFY2015,M1,S01,M01,MEMO,two',
      'FY2015,M2,S01,M01,REV,922337203685477\nFY2015,M2,S01,M01,REV,922337203685477',
    ].join('\n'),
  );
  expect(answer.code).toBe('WARNED');
  expect(await take('FY2015')).toEqual(['M1,S01,M01,REV,1.25', 'M1,S01,M01,MEMO,two']);
});

test('§4.4: Booleans and enumerations are checked and re-import', async () => {
  const answer = await put(
    'FY2015',
    'FY2015,M1,S01,M01,DONE,true\nFY2015,M1,S01,M01,RANK, high\nFY2015,M2,S01,M01,DONE,maybe\nFY2015,M2,S01,M01,RANK,Middle',
  );
  expect(answer.code).toBe('WARNED');
  expect(await take('FY2015')).toEqual(['M1,S01,M01,DONE,True', 'M1,S01,M01,RANK,High']);
});

test('§3.1: MIN_SEVERITY leaves the faultless records out of the log', async () => {
  const answer = await ask(
    server,
    'IMPORT_VALUES',
    [...year('FY2015'), ['MIN_SEVERITY', 'WARN']],
    'FY2015,M1,S01,M01,REV,1\nFY2015,M1,S09,M01,REV,1',
  );
  expect(records(answer)).toHaveLength(1);
});

test('§4.6: nothing is written into the public edition', async () => {
  const answer = await ask(
    server,
    'IMPORT_VALUES',
    [...year('FY2015'), ['LEDGER_EDITION', 'public']],
    'FY2015,M1,S01,M01,REV,1',
  );
  expect(answer.code).toBe('ERROR');
});

test('§4.8: who is no #NONE, or asks for an unknown form, edition or parameter, gets an error', async () => {
  const base: [string, string, string?][] = [
    ['FORM', 'IMPORT_ACT1'],
    ['POV', 'FY2015', '#FY'],
  ];
  const wrong: [string, string, string?][][] = [
    [...base, ['PARTICIPANT', 'SALES']],
    base,
    [
      ['FORM', 'NOPE'],
      ['POV', 'FY2015', '#FY'],
      ['PARTICIPANT', '#NONE'],
    ],
    [...base, ['PARTICIPANT', '#NONE'], ['LEDGER_EDITION', 'NOPE']],
    [...base, ['PARTICIPANT', '#NONE'], ['SURPRISE', '1']],
    [...base, ['PARTICIPANT', '#NONE'], ['FORMAT', 'xlsx']],
    [
      ['FORM', 'TOTALS'],
      ['PARTICIPANT', '#NONE'],
    ],
  ];
  for (const parameters of wrong) {
    const answer = await ask(server, 'IMPORT_VALUES', parameters, 'FY2015,M1,S01,M01,REV,1');
    expect([answer.status, answer.code]).toEqual([200, 'ERROR']);
  }
});

test('labels are folded wherever one can be given', async () => {
  const answer = await post(
    server,
    document(
      'IMPORT_VALUES',
      [
        ['APPLICATION', 'sample1'],
        ['FORM', 'import_act1'],
        ['PARTICIPANT', '#none'],
        ['POV', 'fy2015', '#fy'],
      ],
      'fy2015,m1,s01,m01,rev,5',
    ),
    { authorization: basic('sasaki', 'pass-sasaki-1') },
  );
  expect(answer.code).toBe('SUCCESSFUL');
  expect(await take('FY2015')).toEqual(['M1,S01,M01,REV,5']);
});
