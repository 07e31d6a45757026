import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sample } from '../planning/sample.ts';
import { type Answer, ask, basic, document, post, type Running, startFusionPlace, year } from './server.ts';

let server: Running;

const budgetForm = {
  ...sample.forms[0]!,
  label: 'IMPORT_BUD',
  fixed: { '#SCENARIO': 'BUDGET', '#VIEW': 'M' },
};
const translated = {
  ...sample.forms[0]!,
  label: 'BY_MONTH',
  import: {
    fields: [
      '#FY',
      { field: '#PERIOD', translate: 'MONTH' },
      { field: 'TENPO', translate: 'STORE' },
      'SHOHIN',
      '#ACCOUNT',
    ],
  },
};
const calculating = {
  ...sample.forms[0]!,
  label: 'CALC',
  calculate: [{ account: 'TAX', formula: '@round([PROFIT] * 0.3, 1) + @max(0, 1)' }],
};
const rich = {
  ...sample,
  accounts: [...sample.accounts, { label: 'TAX', type: 'flow', side: 'DR' }],
  forms: [...sample.forms, budgetForm, translated, calculating],
  translationTables: [
    { label: 'MONTH', rules: [{ from: '99', to: '#IGNORE' }] },
    { label: 'STORE', rules: [{ from: 'TOKYO-*', to: 'S*' }] },
  ],
  scripts: [{ label: 'FOO', calculate: ['CALC'] }],
};
const company = {
  ...sample,
  label: 'COMPANY',
  type: 'workflow',
  accessTypes: [{ label: 'STORE1', write: { TENPO: ['S01'] }, read: { TENPO: ['ALLT'] } }],
  participants: [{ label: 'A', name: { ja: 'エー' }, accessType: 'STORE1', users: ['sasaki'] }],
  processes: [{ label: 'BUDGETING', scenario: 'ACT' }],
};

beforeAll(async () => {
  server = await startFusionPlace({}, [rich, company]);
});
afterAll(() => server?.stop());

const sasaki = { authorization: basic('sasaki', 'pass-sasaki-1') };
const lines = ({ returned }: Answer) => returned.replaceAll('"', '').split('\n').slice(1, -1);
const inCompany = (type: string, parameters: [string, string, string?][] = [], contents = '', headers = {}) =>
  post(server, document(type, [['APPLICATION', 'COMPANY'], ...parameters], contents), headers);

test('§7 case 18: editions: work lands in WORKSPACE, publication goes by scenario', async () => {
  const form = (label: string, ...more: [string, string, string?][]) =>
    [['FORM', label], ['PARTICIPANT', '#NONE'], ['POV', 'FY2015', '#FY'], ...more] as [
      string,
      string,
      string?,
    ][];
  const published = async (label: string) =>
    lines(await ask(server, 'EXPORT_VALUES', form(label, ['LEDGER_EDITION', 'PUBLIC'])));
  await ask(server, 'IMPORT_VALUES', form('IMPORT_ACT1'), 'FY2015,M1,S01,M01,REV,1');
  await ask(
    server,
    'IMPORT_VALUES',
    form('IMPORT_BUD'),
    'FY2015,M1,S01,M01,REV,2\nFY2015,M1,S01,M01,MEMO,two',
  );
  expect(await published('IMPORT_ACT1')).toEqual([]);
  expect((await ask(server, 'PUBLISH_EDITION', [['SCENARIOS', 'budget']])).code).toBe('SUCCESSFUL');
  expect(await published('IMPORT_ACT1')).toEqual([]);
  expect(await published('IMPORT_BUD')).toEqual(['M1,S01,M01,REV,2', 'M1,S01,M01,MEMO,two']);
  await ask(server, 'PUBLISH_EDITION');
  expect(await published('IMPORT_ACT1')).toEqual(['M1,S01,M01,REV,1']);
  expect((await ask(server, 'PUBLISH_EDITION', [['SOURCE_EDITION', 'public']])).code).toBe('ERROR');
  expect((await ask(server, 'PUBLISH_EDITION', [['SCENARIOS', 'NOPE']])).code).toBe('ERROR');
  expect((await ask(server, 'PUBLISH_EDITION', [], '', sasaki)).code).toBe('ERROR');
  const denied = await ask(
    server,
    'IMPORT_VALUES',
    form('IMPORT_ACT1', ['LEDGER_EDITION', 'PUBLIC']),
    'FY2015,M1,S01,M01,REV,9',
  );
  expect(denied.code).toBe('ERROR');
  expect(await published('IMPORT_ACT1')).toEqual(['M1,S01,M01,REV,1']);
});

const tenpo: [string, string, string?][] = [['DIMENSION', 'TENPO']];

test('§7 case 19: what EXPORT_DIMENSION gives imports unchanged', async () => {
  for (const dimension of ['TENPO', '#ACCOUNT', '#CHANGE']) {
    const first = await ask(server, 'EXPORT_DIMENSION', [['DIMENSION', dimension]]);
    expect(first.returned).toMatch(
      /^ADD_OR_UPDATE_MEMBER,HDR,LABEL,REMOVE_CHILDREN,NAME:en,NAME:ja,P:#MEMBER_TYPE,P:#LEAF,P:#ACTIVE/,
    );
    const back = await ask(server, 'IMPORT_DIMENSION', [['DIMENSION', dimension]], first.returned);
    expect([back.code, back.messages]).toEqual(['SUCCESSFUL', '']);
    expect((await ask(server, 'EXPORT_DIMENSION', [['DIMENSION', dimension]])).returned).toBe(first.returned);
  }
  expect((await ask(server, 'IMPORT_DIMENSION', [['DIMENSION', '#PERIOD']], 'x')).code).toBe('ERROR');
  const reserved = 'ADD_OR_UPDATE_MEMBER,HDR,LABEL\nADD_OR_UPDATE_MEMBER,DTL,#MINE\n';
  for (const dimension of ['TENPO', '#CHANGE'])
    expect((await ask(server, 'IMPORT_DIMENSION', [['DIMENSION', dimension]], reserved)).code).toBe('ERROR');
  expect((await ask(server, 'IMPORT_DIMENSION', tenpo, 'x', sasaki)).code).toBe('ERROR');
});

test('§7 case 19: a member twice below one aggregate is an error and leaves the tree intact', async () => {
  const header =
    'ADD_OR_UPDATE_MEMBER,HDR,LABEL,REMOVE_CHILDREN,NAME:en,NAME:ja,P:#MEMBER_TYPE,P:#LEAF,P:#ACTIVE,PARENT,IS_ROOT\n';
  const row = (label: string, leaf: string, parent: string, root = 'FALSE') =>
    `ADD_OR_UPDATE_MEMBER,DTL,"${label}","TRUE","","","TEMPLATE","${leaf}","TRUE","${parent}","${root}"\n`;
  const made = await ask(
    server,
    'IMPORT_DIMENSION',
    tenpo,
    `${header}${row('ALL', 'FALSE', '', 'TRUE')}${row('oh100', 'FALSE', 'all')}${row('101', 'TRUE', 'OH100')}`,
  );
  expect([made.code, made.messages]).toEqual(['SUCCESSFUL', '']);
  const before = (await ask(server, 'EXPORT_DIMENSION', tenpo)).returned;
  expect(before).toContain('"OH100"');
  const moved = `${header}${row('TOKYO', 'FALSE', 'OH100')}${row('101', 'TRUE', 'TOKYO')}`;
  const twice = await ask(server, 'IMPORT_DIMENSION', tenpo, moved);
  expect([twice.status, twice.code]).toEqual([200, 'ERROR']);
  expect(twice.messages).toContain('duplicate');
  expect((await ask(server, 'EXPORT_DIMENSION', tenpo)).returned).toBe(before);
  const remedy = `${header}${row('OH100', 'FALSE', 'ALL')}${row('TOKYO', 'FALSE', 'OH100')}${row('101', 'TRUE', 'TOKYO')}`;
  expect((await ask(server, 'IMPORT_DIMENSION', tenpo, remedy)).code).toBe('SUCCESSFUL');
  const cycle = `${header.replace(',REMOVE_CHILDREN', '')}ADD_OR_UPDATE_MEMBER,DTL,ALL,"","",TEMPLATE,"","",TOKYO,""\n`;
  expect((await ask(server, 'IMPORT_DIMENSION', tenpo, cycle)).code).toBe('ERROR');
  const unknown = `UPDATE_MEMBER,HDR,LABEL\nUPDATE_MEMBER,DTL,NOBODY\n`;
  expect((await ask(server, 'IMPORT_DIMENSION', tenpo, unknown)).code).toBe('ERROR');
});

test('§7 case 20: user accounts are for user managers', async () => {
  const exported = await post(server, document('EXPORT_USER_ACCOUNTS', []));
  expect(exported.returned).toContain('ADD_OR_UPDATE_USER_ACCOUNT,HDR,USER_ACCOUNT_NAME');
  expect((await post(server, document('EXPORT_USER_ACCOUNTS', []), sasaki)).code).toBe('ERROR');
  expect((await post(server, document('IMPORT_USER_ACCOUNTS', [], exported.returned))).code).toBe(
    'SUCCESSFUL',
  );
  expect((await post(server, document('EXPORT_USER_ACCOUNTS', []))).returned).toBe(exported.returned);
  const rows = (name: string, secret = '') =>
    `ADD_OR_UPDATE_USER_ACCOUNT,HDR,USER_ACCOUNT_NAME,NAME:ja,PASSWORD\nADD_OR_UPDATE_USER_ACCOUNT,DTL,"${name}","新人","${secret}"`;
  for (const name of ['a b', 'a/b']) {
    const refused = await post(server, document('IMPORT_USER_ACCOUNTS', [], rows(name)));
    expect([refused.status, refused.code]).toEqual([200, 'ERROR']);
  }
  expect((await post(server, document('IMPORT_USER_ACCOUNTS', [], rows('new.user', 'secret-1')))).code).toBe(
    'SUCCESSFUL',
  );
  const connect = { authorization: basic('new.user', 'secret-1') };
  expect((await post(server, '<connect/>', connect)).status).toBe(200);
  const removal = 'DELETE_USER_ACCOUNT,HDR,USER_ACCOUNT_NAME\nDELETE_USER_ACCOUNT,DTL,new.user';
  expect((await post(server, document('IMPORT_USER_ACCOUNTS', [], removal))).code).toBe('SUCCESSFUL');
  expect((await post(server, '<connect/>', connect)).status).toBe(401);
  expect((await post(server, '<connect/>', sasaki)).status).toBe(200);
});

test('§7 case 20: participants and their authorities', async () => {
  const rows =
    'ADD_OR_UPDATE_PARTICIPANT,HDR,LABEL,NAME:ja,ACCESS_PERMISSION_TYPE\nADD_OR_UPDATE_PARTICIPANT,DTL,b,"ビー",';
  expect((await inCompany('IMPORT_PARTICIPANTS', [], `${rows}NOPE`)).code).toBe('ERROR');
  expect((await inCompany('IMPORT_PARTICIPANTS', [], `${rows}store1`)).code).toBe('SUCCESSFUL');
  expect((await inCompany('EXPORT_PARTICIPANTS')).returned).toContain(
    'ADD_OR_UPDATE_PARTICIPANT,DTL,"B","ビー","","STORE1"',
  );
  const header = 'ADD_OR_UPDATE_PARTICIPANT_AUTH,HDR,PARTICIPANT,USER_ACCOUNT,IN_CHARGE,TO_BE_NOTIFIED\n';
  const detail = (participant: string, user: string) =>
    `ADD_OR_UPDATE_PARTICIPANT_AUTH,DTL,"${participant}","${user}",true,FALSE\n`;
  const unknown = await inCompany('IMPORT_PARTICIPANT_AUTHS', [], header + detail('A', 'nobody'));
  expect(unknown.code).toBe('ERROR');
  expect(unknown.messages).toContain('USER_ACCOUNT');
  const two = `CLEAR_PARTICIPANT_AUTHS\n${header}${detail('A', 'maeda')}${detail('B', 'sasaki')}`;
  expect((await inCompany('IMPORT_PARTICIPANT_AUTHS', [], two)).code).toBe('SUCCESSFUL');
  expect((await inCompany('EXPORT_PARTICIPANT_AUTHS')).returned).toBe(
    `${header}ADD_OR_UPDATE_PARTICIPANT_AUTH,DTL,"A","maeda",true,false\nADD_OR_UPDATE_PARTICIPANT_AUTH,DTL,"B","sasaki",true,false\n`,
  );
});

test('§4.8: a participant is only for whom it lists, and writes only where its access type allows', async () => {
  const form = (participant: string): [string, string, string?][] => [
    ['FORM', 'IMPORT_ACT1'],
    ['PARTICIPANT', participant],
    ['POV', 'FY2015', '#FY'],
  ];
  const csv = 'FY2015,M1,S01,M01,REV,1\nFY2015,M1,S02,M01,REV,2';
  expect((await inCompany('IMPORT_VALUES', form('A'), csv, sasaki)).code).toBe('ERROR');
  expect((await inCompany('IMPORT_VALUES', form('#NONE'), csv, sasaki)).code).toBe('ERROR');
  const answer = await inCompany('IMPORT_VALUES', form('B'), csv, sasaki);
  expect(answer.code).toBe('WARNED');
  expect(lines(await inCompany('EXPORT_VALUES', form('B'), '', sasaki))).toEqual(['M1,S01,M01,REV,1']);
});

test('§3 type 18: a process takes over the workspace and becomes closed', async () => {
  const parameters: [string, string][] = [
    ['PROCESS_DEFINITION', 'BUDGETING'],
    ['FISCAL_YEAR', 'FY2015'],
    ['PERIOD', 'M1'],
  ];
  expect((await inCompany('INTAKE_TO_PROCESS', parameters, '', sasaki)).code).toBe('ERROR');
  expect((await inCompany('INTAKE_TO_PROCESS', parameters)).code).toBe('SUCCESSFUL');
  expect((await inCompany('INTAKE_TO_PROCESS', parameters)).code).toBe('SUCCESSFUL');
  expect((await ask(server, 'INTAKE_TO_PROCESS', parameters)).code).toBe('ERROR');
  const edition: [string, string, string?][] = [
    ['LEDGER_EDITION', 'BUDGETING.FY2015.M1'],
    ['FORM', 'IMPORT_ACT1'],
  ];
  const more: [string, string, string?][] = [
    ['PARTICIPANT', 'B'],
    ['POV', 'FY2015', '#FY'],
  ];
  expect(lines(await inCompany('EXPORT_VALUES', [...edition, ...more], '', sasaki))).toEqual([
    'M1,S01,M01,REV,1',
  ]);
});

test('§3.7: translation rules are filled by request and used by the import', async () => {
  const table: [string, string][] = [['TRANSLATION_TABLE', 'month']];
  const header = 'ADD-TRANSLATION-RULE,HDR,CODE_TO_TRANSLATE,TRANSLATED_CODE\n';
  expect(
    (await ask(server, 'IMPORT_TRANSLATION_TABLE', table, `${header}ADD-TRANSLATION-RULE,DTL,,M1`)).code,
  ).toBe('ERROR');
  const rows = `CLEAR-TRANSLATION-TABLE\n${header}ADD-TRANSLATION-RULE,DTL,04,M1\nADD-TRANSLATION-RULE,DTL,99,#IGNORE\nADD-TRANSLATION-RULE,DTL,?5,M2`;
  expect((await ask(server, 'IMPORT_TRANSLATION_TABLE', table, rows)).code).toBe('SUCCESSFUL');
  const csv = 'FY2016,04,TOKYO-01,M01,REV,1\nFY2016,99,S01,M01,REV,2\nFY2016,05,S02,M01,REV,3';
  const answer = await ask(server, 'IMPORT_VALUES', [['FORM', 'BY_MONTH'], ...year('FY2016').slice(1)], csv);
  expect(answer.code).toBe('SUCCESSFUL');
  expect(answer.returned.split('\n').slice(1, 3)).toEqual([
    '1,1.BEFORE,FY2016,04,TOKYO-01,M01,REV,,,,,',
    '1,2.AFTER,FY2016,M1,S01,M01,REV,1,,1,,',
  ]);
  expect(lines(await ask(server, 'EXPORT_VALUES', year('FY2016')))).toEqual([
    'M1,S01,M01,REV,1',
    'M2,S02,M01,REV,3',
  ]);
});

test('§3 types 3 and 4: formulas are written back by CALCULATE_BY_FORM and RUN_SCRIPT', async () => {
  await ask(
    server,
    'IMPORT_VALUES',
    year('FY2015'),
    'FY2015,M1,S01,M01,REV,100\nFY2015,M1,S01,M01,COST,59.5\nFY2015,M2,S01,M01,REV,10',
  );
  const form: [string, string, string?][] = [
    ['FORM', 'CALC'],
    ['PARTICIPANT', '#NONE'],
    ['POV', 'FY2015', '#FY'],
  ];
  expect((await ask(server, 'CALCULATE_BY_FORM', form)).code).toBe('SUCCESSFUL');
  const tax = async () =>
    lines(await ask(server, 'EXPORT_VALUES', year('FY2015'))).filter((line) => line.includes('TAX'));
  expect(await tax()).toEqual(['M1,S01,M01,TAX,13.2', 'M2,S01,M01,TAX,4']);
  await ask(server, 'IMPORT_VALUES', year('FY2015'), 'FY2015,M2,S01,M01,REV,20');
  expect((await ask(server, 'RUN_SCRIPT', [['SCRIPT', 'foo'], ...form.slice(1)])).code).toBe('SUCCESSFUL');
  expect(await tax()).toEqual(['M2,S01,M01,TAX,7']);
  expect((await ask(server, 'RUN_SCRIPT', [['SCRIPT', 'BAR'], ...form.slice(1)])).code).toBe('ERROR');
  expect((await ask(server, 'CALCULATE_BY_FORM', [...form, ['LEDGER_EDITION', 'PUBLIC']])).code).toBe(
    'ERROR',
  );
});

test('§7 case 20: garbage is swept in portions until nothing is left', async () => {
  for (const value of ['1', '2', '3'])
    await ask(server, 'IMPORT_VALUES', year('FY2015'), `FY2015,M1,S01,M01,REV,${value}`);
  await ask(server, 'PUBLISH_EDITION');
  expect((await ask(server, 'COMPRESS_EDITIONS')).code).toBe('SUCCESSFUL');
  const edition: [string, string][] = [['LEDGER_EDITION', 'WORKSPACE']];
  expect((await ask(server, 'COMPRESS_LEDGER_LINES', edition)).code).toBe('SUCCESSFUL');
  expect((await ask(server, 'DELETE_LEDGER_HISTORY', edition)).code).toBe('SUCCESSFUL');
  const sweep = (limit: string) => post(server, document('SWEEP_GARBAGE', [['LIMIT', limit]]));
  const codes: string[] = [];
  while (codes.at(-1) !== 'SUCCESSFUL' && codes.length < 200) codes.push((await sweep('1')).code);
  expect(codes.length).toBeGreaterThan(2);
  expect(new Set(codes.slice(0, -1))).toEqual(new Set(['WARNED']));
  expect(lines(await ask(server, 'EXPORT_VALUES', year('FY2015')))).toEqual(['M1,S01,M01,REV,3']);
  expect((await sweep('none')).code).toBe('ERROR');
});

test('§7 case 20: a backup is gzip in hexadecimal', async () => {
  const { code, returned } = await ask(server, 'BACKUP_APPLICATION');
  expect(code).toBe('SUCCESSFUL');
  expect(returned).toMatch(/^1f8b08[0-9a-f]+$/);
  const text = gunzipSync(Buffer.from(returned, 'hex')).toString();
  expect(JSON.parse(text.split('\n')[0]!).application.label).toBe('SAMPLE1');
  expect(text).toContain('{"ledger":"MAIN","table":"values"}');
});

test('§3 types 21 and 22: a template goes back unchanged; what it lacks is lost with a warning', async () => {
  const { returned } = await ask(server, 'EXPORT_APPLICATION_TEMPLATE');
  const same = await ask(server, 'IMPORT_APPLICATION_TEMPLATE', [], returned);
  expect([same.code, same.returned]).toEqual(['SUCCESSFUL', returned]);
  const { gzipSync } = await import('node:zlib');
  const template = JSON.parse(gunzipSync(Buffer.from(returned, 'hex')).toString());
  template.scenarios.pop();
  template.forms = template.forms.filter(({ label }: { label: string }) => label !== 'IMPORT_BUD');
  const less = await ask(
    server,
    'IMPORT_APPLICATION_TEMPLATE',
    [],
    gzipSync(JSON.stringify(template)).toString('hex'),
  );
  expect(less.code).toBe('WARNED');
  expect(less.messages).toContain('BUDGET');
  expect(lines(await ask(server, 'EXPORT_VALUES', year('FY2015')))).toEqual(['M1,S01,M01,REV,3']);
  expect((await ask(server, 'IMPORT_APPLICATION_TEMPLATE', [], '1f8b08')).code).toBe('ERROR');
});

test('contract §7: plain users are refused what needs a designer', async () => {
  const types: [string, [string, string][]][] = [
    ['COMPRESS_EDITIONS', []],
    ['COMPRESS_LEDGER_LINES', [['LEDGER_EDITION', 'WORKSPACE']]],
    ['DELETE_LEDGER_HISTORY', [['LEDGER_EDITION', 'WORKSPACE']]],
    ['BACKUP_APPLICATION', []],
    ['EXPORT_APPLICATION_TEMPLATE', []],
    ['IMPORT_APPLICATION_TEMPLATE', []],
    ['IMPORT_TRANSLATION_TABLE', [['TRANSLATION_TABLE', 'MONTH']]],
    ['IMPORT_PARTICIPANTS', []],
    ['IMPORT_PARTICIPANT_AUTHS', []],
  ];
  for (const [type, parameters] of types) {
    const answer = await ask(server, type, parameters, '', sasaki);
    expect([type, answer.status, answer.code]).toEqual([type, 200, 'ERROR']);
    expect(answer.messages).not.toBe('');
  }
});

test('§3.3: a leaf that holds amounts gets no children, so that totals stay whole', async () => {
  const form: [string, string, string?][] = [
    ['FORM', 'IMPORT_ACT1'],
    ['PARTICIPANT', '#NONE'],
    ['POV', 'FY2016', '#FY'],
  ];
  const below = 'ADD_OR_UPDATE_MEMBER,HDR,LABEL,PARENT\nADD_OR_UPDATE_MEMBER,DTL,S021,S02\n';
  await ask(server, 'IMPORT_VALUES', form, 'FY2016,M1,S02,M01,REV,5');
  const before = (await ask(server, 'EXPORT_DIMENSION', tenpo)).returned;
  const refused = await ask(server, 'IMPORT_DIMENSION', tenpo, below);
  expect([refused.code, refused.messages]).toEqual(['ERROR', expect.stringMatching(/S02.*amounts/)]);
  expect((await ask(server, 'EXPORT_DIMENSION', tenpo)).returned).toBe(before);
  for (const year of ['FY2015', 'FY2016']) {
    for (const name of ['IMPORT_ACT1', 'IMPORT_BUD'])
      await ask(
        server,
        'IMPORT_VALUES',
        [
          ['FORM', name],
          ['PARTICIPANT', '#NONE'],
          ['POV', year, '#FY'],
        ],
        '',
      );
  }
  await ask(server, 'PUBLISH_EDITION');
  expect((await ask(server, 'IMPORT_DIMENSION', tenpo, below)).code).toBe('SUCCESSFUL');
});
