import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyPlanning, sample } from '../planning/sample.ts';
import { type Answer, document, post, type Running, startFusionPlace } from './server.ts';

let server: Running;

/** Two participants, each responsible for a store, under one access type; one translates months its own way. */
const company = {
  ...sample,
  label: 'COMPANY',
  type: 'enterprise',
  forms: [
    {
      ...sample.forms[0]!,
      import: {
        fields: ['#FY', { field: '#PERIOD', translate: 'MONTH' }, 'TENPO', 'SHOHIN', '#ACCOUNT'],
      },
    },
  ],
  accessTypes: [{ label: 'OWN', write: { TENPO: ['#own'] }, read: { TENPO: ['ALLT'] } }],
  participants: [
    { label: 'A', accessType: 'OWN', keys: { TENPO: 's01' }, users: ['maeda'] },
    { label: 'B', accessType: 'OWN', users: ['maeda'] },
  ],
  translationTables: [
    {
      label: 'MONTH',
      rules: [{ from: '4', to: 'M1' }],
      participants: {
        a: [
          { from: 'APR', to: 'M1' },
          { from: '*', to: '#IGNORE' },
        ],
      },
    },
  ],
};

beforeAll(async () => {
  server = await startFusionPlace({}, [company]);
});
afterAll(() => server?.stop());

const inCompany = (type: string, parameters: [string, string, string?][] = [], contents = '') =>
  post(server, document(type, [['APPLICATION', 'COMPANY'], ...parameters], contents));

/** Stores and accounts of the records that went in, as \`S01\`. */
async function written(participant: string, month: string): Promise<string[]> {
  const form: [string, string, string?][] = [
    ['FORM', 'IMPORT_ACT1'],
    ['PARTICIPANT', participant],
    ['POV', 'FY2015', '#FY'],
  ];
  const rows = ['S01', 'S02'].map((store) => `FY2015,${month},${store},M01,REV,1\n`).join('');
  const { returned }: Answer = await inCompany('IMPORT_VALUES', form, rows);
  return returned.split('\n').flatMap((line) => {
    const [, side, , , store = '', , , , , , severity] = line.split(',');
    return side === '2.AFTER' && severity === '' ? [store] : [];
  });
}

test("§4.8: a participant writes where its responsibility key puts the access type's own member", async () => {
  expect(await written('A', 'APR')).toEqual(['S01']);
  expect(await written('B', '4')).toEqual([]);
  const header = 'ADD_OR_UPDATE_PARTICIPANT,HDR,LABEL,K:TENPO\nADD_OR_UPDATE_PARTICIPANT,DTL,';
  expect((await inCompany('IMPORT_PARTICIPANTS', [], `${header}B,NOPE`)).code).toBe('ERROR');
  expect((await inCompany('IMPORT_PARTICIPANTS', [], `${header.replace('TENPO', 'NOPE')}B,S02`)).code).toBe(
    'ERROR',
  );
  expect((await inCompany('IMPORT_PARTICIPANTS', [], `${header}B,s02`)).code).toBe('SUCCESSFUL');
  expect(await written('B', '4')).toEqual(['S02']);
  const { returned } = await inCompany('EXPORT_PARTICIPANTS');
  expect(returned).toContain('LABEL,NAME:ja,NAME:en,ACCESS_PERMISSION_TYPE,K:TENPO\n');
  expect(returned).toContain('DTL,"B","","","OWN","S02"');
  expect((await inCompany('IMPORT_PARTICIPANTS', [], returned)).code).toBe('SUCCESSFUL');
  expect((await inCompany('EXPORT_PARTICIPANTS')).returned).toBe(returned);
  expect((await inCompany('IMPORT_PARTICIPANTS', [], `${header}B,""`)).code).toBe('SUCCESSFUL');
  expect(await written('B', '4')).toEqual([]);
});

test('§3.7: the custom part of a translation table takes the place of the default for its participant', async () => {
  expect(await written('A', '4')).toEqual([]);
  expect(await written('A', 'APR')).toEqual(['S01']);
  const rows =
    'ADD-TRANSLATION-RULE,HDR,CODE_TO_TRANSLATE,TRANSLATED_CODE\nADD-TRANSLATION-RULE,DTL,APR,M2\n';
  const filled = await inCompany('IMPORT_TRANSLATION_TABLE', [['TRANSLATION_TABLE', 'MONTH']], rows);
  expect(filled.code).toBe('SUCCESSFUL');
  expect(await written('A', 'APR')).toEqual(['S01']);
  const template = await inCompany('EXPORT_APPLICATION_TEMPLATE');
  expect((await inCompany('IMPORT_APPLICATION_TEMPLATE', [], template.returned)).code).toBe('SUCCESSFUL');
  expect(await written('A', '4')).toEqual([]);
});

test('keys and custom parts are exported as they were declared, and must name what exists', async () => {
  const faults = async (change: object) =>
    applyPlanning(server.database, server.planning, [{ ...company, ...change }]).then(
      () => '',
      (error: Error) => error.message,
    );
  expect(await faults({ participants: [{ label: 'A', keys: { TENPO: 'NOPE' } }] })).toMatch(/NOPE/);
  expect(await faults({ participants: [{ label: 'A', keys: { NOPE: 'S01' } }] })).toMatch(/NOPE/);
  const table = { label: 'MONTH', participants: { NOBODY: [{ from: 'a', to: 'b' }] } };
  expect(await faults({ translationTables: [table] })).toMatch(/NOBODY/);
  await applyPlanning(server.database, server.planning, [company]);
  const again = await applyPlanning(server.database, server.planning, [company]);
  expect(again).toEqual([{ action: 'keep', kind: 'planning application', id: 'COMPANY' }]);
});
