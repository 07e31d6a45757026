/** The equipment app of most tests: a field of each simple kind. Tests add what they are about. */
export const bihinFields = [
  { id: 101, name: '備品名', alias: 'item', type: 'text', required: true, maxLength: 100 },
  { id: 102, name: '出庫数', alias: 'out', type: 'number', min: 0 },
  { id: 103, name: '在庫数', type: 'formula', expression: '100 - 出庫数', result: 'number' },
  { id: 104, name: '区分', type: 'select', options: ['周辺機器', '消耗品'] },
  { id: 105, name: '詳細', type: 'richText' },
  { id: 106, name: '担当', type: 'users' },
  { id: 107, name: '納品日', type: 'date' },
];
