import { connectSources, openSource, type ScanRequest, type Source, type SourceRow } from '@renkei/connect';
import { expect, onTestFinished, test } from 'vitest';
import { addCompanies } from './support/people.ts';
import { startFake } from './support/session.ts';

/** A host's own tables: two columns, one filter, writes. */
function ordersSource(log: ScanRequest[]): Source {
  const rows: SourceRow[] = [
    ['a-1', 2, 1],
    ['a-2', 3, 0],
  ];
  return {
    tables: () => [
      {
        name: 'orders',
        key: 'code',
        columns: [
          { name: 'code', type: 'String' },
          { name: 'company', type: 'Integer' },
          { name: 'paid', type: 'Boolean' },
        ],
        plans: [
          { label: 'orders by company', uses: [{ column: 'company', operators: ['='] }] },
          { label: 'orders', uses: [] },
        ],
        writes: { insert: false, update: true, delete: true },
      },
    ],
    async *scan(request) {
      log.push(request);
      yield rows
        .filter((row) => request.conditions.every(({ value }) => row[1] === value))
        .map((row) => [...row]);
    },
    async write(request) {
      const at = rows.findIndex(([code]) => request.kind !== 'insert' && code === request.key);
      if (request.kind === 'delete') rows.splice(at, 1);
      if (request.kind === 'update') rows[at]![2] = request.values.paid!;
      return request.kind === 'insert' ? null : request.key;
    },
  };
}

test('sources of several kinds are queried together, each under its schema', async () => {
  const fake = await startFake();
  addCompanies(fake, 3);
  const log: ScanRequest[] = [];
  const crm = await openSource(`AuthScheme=APIToken;APIToken=t;URL=${fake.url}`);
  const connection = await connectSources({ crm, shop: ordersSource(log) });
  onTestFinished(() => connection.close());
  expect(
    await connection.query(
      'SELECT o.code, c.Name, o.paid FROM shop.orders o JOIN crm.Companies c ON c.Id = o.company ORDER BY 1',
    ),
  ).toEqual([
    { code: 'a-1', Name: 'Company 2', paid: true },
    { code: 'a-2', Name: 'Company 3', paid: false },
  ]);
  log.length = 0;
  expect(await connection.query('SELECT code FROM shop.orders WHERE company = 3')).toEqual([{ code: 'a-2' }]);
  expect(log.map(({ conditions }) => conditions)).toEqual([[{ column: 'company', operator: '=', value: 3 }]]);
});

test('rows with text keys are updated and deleted by their keys', async () => {
  const connection = await connectSources({ shop: ordersSource([]) });
  onTestFinished(() => connection.close());
  expect((await connection.execute("UPDATE orders SET paid = true WHERE code = 'a-2'")).rowCount).toBe(1);
  expect(await connection.query('SELECT code FROM orders WHERE paid')).toEqual([
    { code: 'a-1' },
    { code: 'a-2' },
  ]);
  expect((await connection.execute('DELETE FROM orders WHERE company < 3')).rowCount).toBe(1);
  expect(await connection.query('SELECT code FROM orders')).toEqual([{ code: 'a-2' }]);
  await expect(connection.execute("INSERT INTO orders (code) VALUES ('x')")).rejects.toThrow(
    /INSERT is not supported/,
  );
});
