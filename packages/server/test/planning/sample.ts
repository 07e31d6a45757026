import { text } from 'node:stream/consumers';
import { createPlanning, type Planning } from '../../src/modules/planning/index.ts';
import type { Caller, Role } from '../../src/platform/caller.ts';
import type { Database } from '../../src/platform/database/database.ts';

/** The application of the contract's example, with more of everything. */
export const sample = {
  label: 'SAMPLE1',
  name: { ja: 'サンプル', en: 'Sample' },
  type: 'workgroup',
  fiscalYearStart: 4,
  fiscalYears: ['FY2014', 'FY2015', 'FY2016'],
  scenarios: [
    { label: 'ACT', name: { ja: '実績', en: 'Actual' } },
    { label: 'BUDGET', name: { ja: '予算', en: 'Budget' } },
  ],
  accounts: [
    { label: 'PROFIT', name: { ja: '利益' }, type: 'flow', side: 'CR', children: ['REV', 'COST'] },
    { label: 'REV', name: { ja: '売上' }, type: 'flow', side: 'CR' },
    { label: 'COST', name: { ja: '費用' }, type: 'flow', side: 'DR' },
    { label: 'CASH', name: { ja: '現金' }, type: 'balance', side: 'DR' },
    { label: 'MEMO', name: { ja: 'メモ' }, type: 'string' },
    { label: 'DONE', type: 'boolean' },
    { label: 'RANK', type: 'enumeration', values: ['High', 'Low'] },
  ],
  changes: [{ label: 'IN' }, { label: 'OUT' }],
  dimensions: [
    {
      label: 'TENPO',
      name: { ja: '店舗' },
      members: [
        { label: 'ALLT', name: { ja: '全店' }, children: ['S01', 'S02'] },
        { label: 'S01', name: { ja: '六本木店' } },
        { label: 'S02', name: { ja: '代官山店' } },
      ],
    },
    { label: 'SHOHIN', members: [{ label: 'ALLS', children: ['M01'] }, { label: 'M01' }] },
  ],
  ledgers: [{ label: 'MAIN', dimensions: ['TENPO', 'SHOHIN'] }],
  forms: [
    {
      label: 'IMPORT_ACT1',
      ledger: 'MAIN',
      parameters: ['#FY'],
      fixed: { '#SCENARIO': 'ACT', '#VIEW': 'M' },
      import: { enabled: true, skipRows: 0, fields: ['#FY', '#PERIOD', 'TENPO', 'SHOHIN', '#ACCOUNT'] },
      export: { rows: ['#PERIOD', 'TENPO', 'SHOHIN', '#ACCOUNT'], header: true },
    },
    {
      label: 'TOTALS',
      ledger: 'MAIN',
      parameters: ['#FY', '#PERIOD', '#VIEW'],
      fixed: { '#SCENARIO': 'ACT' },
      export: { rows: ['TENPO', 'SHOHIN', '#ACCOUNT'], aggregates: true },
    },
    {
      label: 'MOVES',
      ledger: 'MAIN',
      parameters: ['#FY'],
      fixed: { '#SCENARIO': 'ACT', TENPO: 'S01', SHOHIN: 'M01', '#ACCOUNT': 'CASH' },
      import: { fields: ['#PERIOD', '#CHANGE'] },
      export: { rows: ['#PERIOD', '#CHANGE'], aggregates: true },
    },
  ],
};

export async function applyPlanning(database: Database, planning: Planning, applications: unknown[]) {
  return database.transaction(async (tx) => {
    const plan = await planning.section.plan(
      tx,
      { planning: applications },
      { prune: false, readSecret: async () => '' },
    );
    if (plan.faults.length > 0) throw plan.faults[0];
    await plan.apply(tx);
    return plan.changes;
  });
}

export function callerOf(login: string, ...roles: Role[]): Caller {
  return {
    user: 1,
    login,
    name: login,
    groups: [],
    roles: new Set(roles),
    via: 'fusion_place',
    locale: 'en',
    requestId: 'test',
  };
}

export function povs(given: Record<string, string>) {
  return Object.entries(given).map(([dimension, member]) => ({ dimension, member }));
}

export async function openPlanning(database: Database) {
  const planning = createPlanning({ database });
  const caller = callerOf('maeda', 'admin');
  return {
    planning,
    async import(
      form: string,
      pov: Record<string, string>,
      csv: string,
      faultsOnly = false,
      application = 'SAMPLE1',
    ) {
      const request = {
        application,
        form,
        participant: '#NONE',
        povs: povs(pov),
        faultsOnly,
      };
      const outcome = await planning.importValues(caller, request, pieces(csv), 'en');
      return { faults: outcome.faults, log: await text(outcome.log.read() as never) };
    },
    async export(form: string, pov: Record<string, string>, edition?: string) {
      const request = { application: 'SAMPLE1', form, participant: '#NONE', povs: povs(pov), edition };
      const { header, rows } = await planning.exportValues(caller, request, {
        separator: ',',
        quote: 'minimal',
      });
      return header + (await text(rows as never));
    },
  };
}

/** Text in small pieces, as a socket might give it. */
async function* pieces(whole: string): AsyncGenerator<string> {
  for (let at = 0; at < whole.length; at += 7) yield whole.slice(at, at + 7);
}
