import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Connection, connect } from '@renkei/connect';
import { beforeAll, expect, test } from 'vitest';
import { serverProcess } from '../packages/server/test/support/server-process.ts';

const workspace = `renkei: 1
users:
  - {id: maeda, name: 前田隆, password: pass-maeda-1, kind: serviceDesk}
apps:
  - id: 71
    alias: incident
    name: インシデント管理
    process: {type: "01000001", idPattern: "IC1--{yyMMdd}-{seq4}", states: [受付, 調査, 完了]}
    fields:
      - {id: 101, name: 件名, alias: title, type: text, required: true, maxLength: 255}
      - {id: 102, name: 内容, alias: body, type: textarea}
      - {id: 103, name: 重要度, alias: severity, type: select, options: [高, 中, 低]}
`;
const driver = fileURLToPath(new URL('../examples/connect/ssm-incidents.yaml', import.meta.url));

let connection: Connection;
let open: (password: string) => Promise<Connection>;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'connect-ssm-'));
  const file = join(folder, 'workspace.yaml');
  writeFileSync(file, workspace);
  const server = await serverProcess({ RENKEI_WORKSPACE: file });
  const url = await server.start();
  open = (password) => connect(`Driver=${driver};URL=${url};User=maeda;Password=${password}`);
  connection = await open('pass-maeda-1');
  return async () => {
    await connection.close();
    await server.close();
    rmSync(folder, { recursive: true });
  };
}, 120_000);

test('issue 8: processes of a real SSM API server are written and read as rows', async () => {
  expect(await connection.query('SELECT * FROM ProcessTypes')).toEqual([
    { id: '01000001', name: 'インシデント管理' },
  ]);
  const inserted = await connection.executeMany('INSERT INTO Incidents (title, severity) VALUES (?, ?)', [
    ['メールが届かない', '高'],
    ['印刷できない', '低'],
    ['遅い', '中'],
  ]);
  expect(inserted.rowCount).toBe(3);
  const [last] = await connection.query('SELECT SCOPE_IDENTITY() AS id');
  expect(String(last!.id)).toMatch(/^IC1--\d{6}-\d{4}$/);
  const updated = await connection.execute(
    "UPDATE Incidents SET state = '調査', body = '再現した' WHERE severity = '高'",
  );
  expect(updated.rowCount).toBe(1);
  expect(
    await connection.query("SELECT title, body, revision > 1 AS changed FROM Incidents WHERE state = '調査'"),
  ).toEqual([{ title: 'メールが届かない', body: '再現した', changed: 1 }]);
  expect(
    await connection.query('SELECT title FROM Incidents WHERE process_id = ?', [String(last!.id)]),
  ).toEqual([{ title: '遅い' }]);
  expect(
    await connection.query('SELECT state, COUNT(*) AS n FROM Incidents GROUP BY state ORDER BY n'),
  ).toEqual([
    { state: '調査', n: 1 },
    { state: '受付', n: 2 },
  ]);
});

test('issue 8: a token that a later login ended is replaced; a wrong password and a refused value are errors', async () => {
  const other = await open('pass-maeda-1');
  expect(await other.query('SELECT COUNT(*) AS n FROM Incidents')).toEqual([{ n: 3 }]);
  await other.close();
  const wrong = await open('wrong-secret');
  const failure = await wrong.query('SELECT * FROM Incidents').catch((error) => error);
  await wrong.close();
  expect(failure).toMatchObject({ name: 'OperationalError', status: 401 });
  expect(failure.message).not.toContain('wrong-secret');
  await expect(
    connection.execute("INSERT INTO Incidents (title, severity) VALUES ('x', '最高')"),
  ).rejects.toMatchObject({
    name: 'IntegrityError',
  });
  expect(await connection.query('SELECT COUNT(*) AS n FROM Incidents')).toEqual([{ n: 3 }]);
});
