import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Connection, connect } from '@renkei/connect';
import { beforeAll, expect, test } from 'vitest';
import { serverProcess } from '../packages/server/test/support/server-process.ts';

const workspace = `renkei: 1
users:
  - {id: maeda, name: 前田隆, password: pass-maeda-1, accessKeys: [key-maeda-1]}
  - {id: sasaki, name: 佐々木, password: pass-sasaki-1, accessKeys: [key-sasaki-1]}
apps:
  - id: 59
    alias: bihin
    name: 備品アプリ
    fields:
      - {id: 101, name: 備品名, type: text, required: true, maxLength: 100}
      - {id: 102, name: 出庫数, type: number, min: 0}
      - {id: 103, name: 在庫数, type: formula, expression: "100 - 出庫数", result: number}
      - {id: 104, name: 区分, type: select, options: [周辺機器, 消耗品]}
    access:
      - {subject: "user:maeda", allow: [view, add, change, delete]}
`;
const driver = fileURLToPath(new URL('../examples/connect/appsuite-items.yaml', import.meta.url));

let connection: Connection;
let open: (key: string) => Promise<Connection>;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'connect-appsuite-'));
  const file = join(folder, 'workspace.yaml');
  writeFileSync(file, workspace);
  const server = await serverProcess({ RENKEI_WORKSPACE: file });
  const url = await server.start();
  open = (key) => connect(`Driver=${driver};URL=${url};AccessKey=${key}`);
  connection = await open('key-maeda-1');
  return async () => {
    await connection.close();
    await server.close();
    rmSync(folder, { recursive: true });
  };
}, 120_000);

test('issue 8: records of a real AppSuite are written and read as rows', async () => {
  expect(await connection.query('SELECT * FROM Items')).toEqual([]);
  const inserted = await connection.executeMany('INSERT INTO Items (item, out, kind) VALUES (?, ?, ?)', [
    ['マウス & "キーボード" {{x}}', 3, '周辺機器'],
    ['紙=A4', 40, '消耗品'],
    ['ペン', 0, '消耗品'],
  ]);
  expect(inserted.rowCount).toBe(3);
  const [last] = await connection.query('SELECT SCOPE_IDENTITY() AS id');
  expect(
    await connection.query('SELECT item, out, stock FROM Items WHERE id = ?', [Number(last!.id)]),
  ).toEqual([{ item: 'ペン', out: 0, stock: 100 }]);
  expect(await connection.query('SELECT item FROM Items WHERE id = 99999')).toEqual([]);
  expect(
    await connection.query('SELECT kind, COUNT(*) AS n, SUM(stock) AS s FROM Items GROUP BY kind ORDER BY n'),
  ).toEqual([
    { kind: '周辺機器', n: 1, s: 97 },
    { kind: '消耗品', n: 2, s: 160 },
  ]);
  expect(await connection.query('SELECT item FROM Items WHERE kind = ? ORDER BY out', ['消耗品'])).toEqual([
    { item: 'ペン' },
    { item: '紙=A4' },
  ]);
  expect(await connection.query(`SELECT item FROM Items WHERE kind = '"}]}'`)).toEqual([]);

  const updated = await connection.execute(
    "UPDATE Items SET out = out + 1, kind = NULL WHERE kind = '消耗品'",
  );
  expect(updated.rowCount).toBe(2);
  expect(
    await connection.query(
      'SELECT item, out, stock, revision FROM Items WHERE kind IS NULL OR kind = ? ORDER BY id',
      [''],
    ),
  ).toEqual([
    { item: '紙=A4', out: 41, stock: 59, revision: 2 },
    { item: 'ペン', out: 1, stock: 99, revision: 2 },
  ]);
  const removed = await connection.execute("DELETE FROM Items WHERE item LIKE '紙%'");
  expect(removed.rowCount).toBe(1);
  expect(await connection.query('SELECT item FROM Items ORDER BY id')).toEqual([
    { item: 'マウス & "キーボード" {{x}}' },
    { item: 'ペン' },
  ]);
});

test('issue 8: what AppSuite refuses over HTTP 200 is an error with its words; a wrong key shows nowhere', async () => {
  await expect(
    connection.execute("INSERT INTO Items (item, kind) VALUES ('x', '家具')"),
  ).rejects.toMatchObject({ name: 'IntegrityError', message: expect.stringContaining('区分') });
  await expect(connection.execute("INSERT INTO Items (item, stock) VALUES ('x', 1)")).rejects.toMatchObject({
    name: 'NotSupportedError',
  });
  const wrong = await open('wrong-secret');
  const failure = await wrong.query('SELECT * FROM Items').catch((error) => error);
  await wrong.close();
  expect(failure).toMatchObject({ name: 'OperationalError', status: 403 });
  expect(failure.message).not.toContain('wrong-secret');
  const closed = await open('key-sasaki-1');
  const refused = await closed.query('SELECT * FROM Items').catch((error) => error);
  await closed.close();
  expect(refused).toMatchObject({ name: 'OperationalError' });
});
