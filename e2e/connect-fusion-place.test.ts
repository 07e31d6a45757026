import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Connection, connect } from '@renkei/connect';
import { beforeAll, expect, test } from 'vitest';
import { serverProcess } from '../packages/server/test/support/server-process.ts';

const workspace = `renkei: 1
users:
  - {id: maeda, name: 前田隆, password: pass-maeda-1}
planning:
  - label: SAMPLE1
    type: workgroup
    fiscalYearStart: 4
    fiscalYears: [FY2014, FY2015, FY2016]
    scenarios: [{label: ACT}]
    accounts: [{label: REV, type: flow, side: CR}]
    dimensions:
      - {label: TENPO, members: [{label: S01}, {label: S02}]}
      - {label: SHOHIN, members: [{label: M01}]}
    ledgers: [{label: MAIN, dimensions: [TENPO, SHOHIN]}]
    forms:
      - label: IMPORT_ACT1
        ledger: MAIN
        parameters: ["#FY"]
        fixed: {"#SCENARIO": ACT}
        import: {fields: ["#PERIOD", TENPO, SHOHIN, "#ACCOUNT"]}
        export: {rows: ["#PERIOD", TENPO, SHOHIN, "#ACCOUNT"], header: true}
`;
const driver = fileURLToPath(new URL('../examples/connect/fusion-place-actuals.yaml', import.meta.url));

let connection: Connection;
let url: string;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'connect-fusion-place-'));
  const file = join(folder, 'workspace.yaml');
  writeFileSync(file, workspace);
  const server = await serverProcess({ RENKEI_WORKSPACE: file, RENKEI_FUSION_PLACE_AUTH: 'bearer,basic' });
  url = `${await server.start()}/fusionplace`;
  connection = await connect(`Driver=${driver};URL=${url};User=maeda;Password=pass-maeda-1`);
  return async () => {
    await connection.close();
    await server.close();
    rmSync(folder, { recursive: true });
  };
}, 120_000);

async function importValues(year: string, contents: string): Promise<void> {
  const answer = await fetch(`${url}/api/1.2/requests`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('maeda:pass-maeda-1').toString('base64')}` },
    body: `<request type="IMPORT_VALUES"><parameters><parameter name="APPLICATION" value="SAMPLE1"/>
      <parameter name="FORM" value="IMPORT_ACT1"/><parameter name="PARTICIPANT" value="#NONE"/>
      <parameter name="POV" key="#FY" value="${year}"/></parameters><contents>${contents}</contents></request>`,
  });
  expect(await answer.text()).toContain('<code>SUCCESSFUL</code>');
}

test('issue 8: values of a real fusion_place are read as rows, by OAuth and by Basic', async () => {
  await importValues('FY2015', 'M1,S01,M01,REV,100\nM1,S02,M01,REV,20.5\nM2,S01,M01,REV,-3');
  await importValues('FY2016', 'M1,S01,M01,REV,7');
  const sql =
    'SELECT fy, period, SUM(value) AS total FROM Actuals WHERE fy = ? GROUP BY period ORDER BY period';
  const expected = [
    { fy: 'FY2015', period: 'M1', total: 120.5 },
    { fy: 'FY2015', period: 'M2', total: -3 },
  ];
  expect(await connection.query(sql, ['FY2015'])).toEqual(expected);
  const basic = await connect(
    `Driver=${driver};URL=${url};AuthScheme=Basic;User=maeda;Password=pass-maeda-1`,
  );
  expect(await basic.query(sql, ['FY2015'])).toEqual(expected);
  await basic.close();
  expect(
    await connection.query(
      "SELECT shop, value FROM Actuals WHERE fy IN ('FY2015', 'FY2016') AND period = 'M1'",
    ),
  ).toEqual([
    { shop: 'S01', value: 100 },
    { shop: 'S02', value: 20.5 },
    { shop: 'S01', value: 7 },
  ]);
});

test('issue 8: values are inserted, changed and deleted, and others of the form stay', async () => {
  await importValues('FY2015', 'M1,S01,M01,REV,100\nM1,S02,M01,REV,20.5\nM2,S01,M01,REV,-3');
  const values = async () =>
    (await connection.query("SELECT period, shop, value FROM Actuals WHERE fy = 'FY2015' ORDER BY 1, 2")).map(
      (row) => Object.values(row),
    );
  const before = connection.requests;
  const inserted = await connection.execute(
    "INSERT INTO Actuals (fy, period, shop, item, account, value) VALUES ('FY2015', 'M3', 'S01', 'M01', 'REV', 9), ('FY2015', 'M3', 'S02', 'M01', 'REV', 1.25)",
  );
  expect(inserted.rowCount).toBe(2);
  expect(connection.requests - before).toBe(2);
  const updated = await connection.execute(
    "UPDATE Actuals SET value = value * 2 WHERE fy = 'FY2015' AND shop = 'S02'",
  );
  expect(updated.rowCount).toBe(2);
  const deleted = await connection.execute("DELETE FROM Actuals WHERE fy = 'FY2015' AND period = 'M2'");
  expect(deleted.rowCount).toBe(1);
  const expected = [
    ['M1', 'S01', 100],
    ['M1', 'S02', 41],
    ['M3', 'S01', 9],
    ['M3', 'S02', 2.5],
  ];
  expect(await values()).toEqual(expected);
  const twice = connection.execute(
    "INSERT INTO Actuals (fy, period, shop, item, account, value) VALUES ('FY2015', 'M3', 'S01', 'M01', 'REV', 1)",
  );
  await expect(twice).rejects.toMatchObject({ name: 'IntegrityError' });
  expect(await values()).toEqual(expected);
  const unknown = connection.execute(
    "INSERT INTO Actuals (fy, period, shop, item, account, value) VALUES ('FY2015', 'M4', 'S99', 'M01', 'REV', 1)",
  );
  await expect(unknown).rejects.toMatchObject({ name: 'IntegrityError' });
  expect(await values()).toEqual(expected);
});

test('issue 8: what fusion_place refuses over HTTP 200 is an error with its words', async () => {
  await expect(connection.query('SELECT * FROM Actuals')).rejects.toMatchObject({
    name: 'ProgrammingError',
    message: expect.stringContaining('fy'),
  });
  await expect(connection.query(`SELECT * FROM Actuals WHERE fy = '"<FY&'`)).rejects.toMatchObject({
    name: 'OperationalError',
    message: expect.stringContaining('"<FY&'),
  });
  const wrong = await connect(`Driver=${driver};URL=${url};User=maeda;Password=wrong-secret`);
  const failure = await wrong.query("SELECT * FROM Actuals WHERE fy = 'FY2015'").catch((error) => error);
  await wrong.close();
  expect(failure).toMatchObject({ name: 'OperationalError' });
  expect(failure.message).not.toContain('wrong-secret');
});
