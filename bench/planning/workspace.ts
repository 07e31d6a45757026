/** Members of the bench: 1,000 stores in 10 regions and 400 products in 20 groups. */
export const stores = Array.from({ length: 1000 }, (_, index) => `S${String(index).padStart(4, '0')}`);
export const products = Array.from({ length: 400 }, (_, index) => `P${String(index).padStart(3, '0')}`);
const regions = Array.from({ length: 10 }, (_, index) => `R${index}`);
const groups = Array.from({ length: 20 }, (_, index) => `G${String(index).padStart(2, '0')}`);

function tree(top: string, parents: readonly string[], leaves: readonly string[]) {
  const each = leaves.length / parents.length;
  return [
    { label: top, children: parents },
    ...parents.map((label, index) => ({ label, children: leaves.slice(index * each, (index + 1) * each) })),
    ...leaves.map((label) => ({ label })),
  ];
}

const ledgers = ['LARGE', 'SMALL'];

/** What the bench works on. */
export const planningWorkspace = {
  users: [{ id: 'bench', password: 'bench-password', roles: ['admin'] }],
  planning: [
    {
      label: 'BENCH',
      type: 'workgroup',
      fiscalYears: ['FY2023', 'FY2024', 'FY2025'],
      scenarios: [{ label: 'ACT' }],
      accounts: [
        { label: 'PROFIT', type: 'flow', side: 'CR', children: ['REV', 'COST'] },
        { label: 'REV', type: 'flow', side: 'CR' },
        { label: 'COST', type: 'flow', side: 'DR' },
      ],
      dimensions: [
        { label: 'STORE', members: tree('ALLS', regions, stores) },
        { label: 'PRODUCT', members: tree('ALLP', groups, products) },
      ],
      ledgers: ledgers.map((label) => ({ label, dimensions: ['STORE', 'PRODUCT'] })),
      forms: ledgers.flatMap((ledger) => [
        {
          label: `${ledger}_CELLS`,
          ledger,
          parameters: ['#FY'],
          fixed: { '#SCENARIO': 'ACT' },
          import: { fields: ['#FY', '#PERIOD', 'STORE', 'PRODUCT', '#ACCOUNT'] },
          export: { rows: ['#PERIOD', 'STORE', 'PRODUCT', '#ACCOUNT'] },
        },
        {
          label: `${ledger}_TOTALS`,
          ledger,
          parameters: ['#PERIOD'],
          fixed: { '#SCENARIO': 'ACT', '#VIEW': 'Y', '#ACCOUNT': 'PROFIT' },
          export: {
            rows: [
              '#FY',
              { dimension: 'STORE', members: regions },
              { dimension: 'PRODUCT', members: groups },
            ],
          },
        },
      ]),
    },
  ],
};
