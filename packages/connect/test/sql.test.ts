import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProgrammingError } from '@renkei/connect';
import { describe, expect, onTestFinished, test } from 'vitest';
import { addCompanies, addPeople } from './support/people.ts';
import { open, startFake } from './support/session.ts';

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('no error'),
    (error) => error,
  );

describe('connector §3.5: SQL dialect', () => {
  test.each([
    ['TOP', 'SELECT TOP 2 Id FROM People ORDER BY Id DESC', [[30], [29]]],
    [
      'TOP with DISTINCT and in a subquery',
      'SELECT COUNT(*) FROM (SELECT DISTINCT TOP 3 Title FROM People)',
      [[3]],
    ],
    ['a column named Top', 'SELECT Id AS Top FROM People WHERE Id = 1', [[1]]],
    ['CONTAINS as a function', "SELECT Id FROM People WHERE CONTAINS(FirstName, 'T29')", [[29]]],
    ['CONTAINS as an operator', "SELECT Id FROM People WHERE FirstName CONTAINS 'st30' AND Id > 1", [[30]]],
    ['NOT CONTAINS', "SELECT COUNT(*) FROM People WHERE NOT FirstName CONTAINS 'First'", [[0]]],
    ['bracketed names', "SELECT [Id] FROM [People] WHERE [FirstName] = 'First4'", [[4]]],
    ['the schema of the source', 'SELECT People.Id FROM Highrise.People WHERE Highrise.People.Id = 7', [[7]]],
    ['LIMIT m, n', 'SELECT Id FROM People ORDER BY Id LIMIT 4, 2', [[5], [6]]],
    [
      'NULLS LAST',
      'SELECT LastName FROM People WHERE Id IN (7, 8) ORDER BY LastName NULLS LAST',
      [['Last8'], [null]],
    ],
    [
      'BETWEEN, NOT LIKE, CASE, COALESCE, NULLIF',
      "SELECT CASE WHEN COALESCE(NULLIF(Title, ''), 'x') NOT LIKE 'C%' THEN 1 ELSE 0 END FROM People WHERE Id BETWEEN 5 AND 7",
      [[1], [0], [0]],
    ],
    [
      'DENSE_RANK',
      'SELECT DENSE_RANK() OVER (ORDER BY CompanyId) FROM People WHERE Id IN (1, 2, 11) ORDER BY 1',
      [[1], [1], [2]],
    ],
    ['comments and a final semicolon', 'SELECT 1 /* TOP 5 */ -- done\n;', [[1]]],
    [
      'strings that look like SQL',
      "SELECT 'TOP 3 Highrise.x CONTAINS ''y'''",
      [["TOP 3 Highrise.x CONTAINS 'y'"]],
    ],
  ])('%s', async (_, sql, expected) => {
    const fake = await startFake();
    addPeople(fake, 30);
    const connection = await open(fake);
    expect(await (await connection.execute(sql)).fetchAll()).toEqual(expected);
  });

  test('named parameters begin with @, also in their object; TOP takes one', async () => {
    const fake = await startFake();
    addPeople(fake, 30);
    const connection = await open(fake);
    expect(
      await connection.query('SELECT TOP (@n) Id FROM People WHERE Id > @low', { n: 2, low: 10 }),
    ).toEqual([{ Id: 11 }, { Id: 12 }]);
    expect(await connection.query('SELECT Id FROM People WHERE Id = @id', { '@id': 7 })).toEqual([{ Id: 7 }]);
    expect(
      await failureOf(connection.query('SELECT Id FROM People WHERE Id > @low', { high: 1 })),
    ).toBeInstanceOf(ProgrammingError);
  });

  test('a plain SELECT, which goes past SQLite, gives what SQLite gives', async () => {
    const fake = await startFake();
    addPeople(fake, 1100);
    addCompanies(fake, 3);
    const connection = await open(fake);
    for (const [columns, table, rest] of [
      ['*', 'People', ''],
      ['Id, FirstName AS "first name", createdat, [CompanyId] AS [co]', '[Highrise].people', 'LIMIT 3'],
      ['UpdatedAt, Id', 'People', 'LIMIT 600 OFFSET 495'],
      ['Id', 'People', 'LIMIT 0'],
      ['Name', 'Companies', 'LIMIT 10 OFFSET 3'],
      ['Id, IsClosed', 'Cases', ''],
      ['*', 'sys_tables', ''],
    ]) {
      const plain = await connection.execute(`SELECT ${columns} FROM ${table} ${rest}`);
      const sqlite = await connection.execute(`SELECT ${columns} FROM ${table} WHERE 1 ${rest}`);
      expect(plain.description, `${columns} ${table}`).toEqual(sqlite.description);
      expect(await plain.fetchAll(), `${columns} ${table}`).toEqual(await sqlite.fetchAll());
    }
    for (const wrong of [
      'SELECT Nope FROM People',
      'SELECT Id FROM Nowhere',
      'SELECT * FROM Notes',
      'SELECT FROM People',
    ]) {
      expect(await failureOf(connection.query(wrong)), wrong).toBeInstanceOf(ProgrammingError);
    }
  });

  test('datetimes compare as instants however they are written', async () => {
    const fake = await startFake();
    addPeople(fake, 28);
    const connection = await open(fake);
    for (const text of ['2012-01-12T04:00:00Z', '2012-01-12 04:00:00', '2012-01-12T13:00:00+09:00']) {
      expect(await connection.query('SELECT Id FROM People WHERE CreatedAt = ?', [text])).toEqual([
        { Id: 11 },
      ]);
    }
    expect(
      await connection.query('SELECT Id FROM People WHERE CreatedAt = ?', [new Date('2012-01-12T04:00:00Z')]),
    ).toEqual([{ Id: 11 }]);
  });

  test('what CData has and this library has not is named', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    expect(await failureOf(connection.execute('REPLICATE SELECT * FROM People'))).toBeInstanceOf(
      ProgrammingError,
    );
    expect(await failureOf(connection.query('SELECT TOP x Id FROM People'))).toBeInstanceOf(ProgrammingError);
  });
});

describe('connector §3.5: views', () => {
  test('LOCAL VIEW is created, altered and dropped; outer conditions reach the service', async () => {
    const fake = await startFake();
    addPeople(fake, 30);
    const connection = await open(fake);
    await connection.execute(
      "CREATE LOCAL VIEW Bosses AS SELECT Id, FirstName, CompanyId FROM Highrise.People WHERE Title = 'CEO'",
    );
    expect(await connection.query('SELECT Id FROM Bosses WHERE Id = 6')).toEqual([{ Id: 6 }]);
    expect(fake.log.map(({ path }) => path)).toEqual(['/people/6.xml']);
    expect(await failureOf(connection.execute('CREATE LOCAL VIEW Bosses AS SELECT 1'))).toBeInstanceOf(
      ProgrammingError,
    );
    await connection.execute('ALTER LOCAL VIEW [Bosses] AS SELECT 1 AS one');
    expect(await connection.query('SELECT * FROM Bosses')).toEqual([{ one: 1 }]);
    await connection.execute('DROP LOCAL VIEW Bosses');
    expect(await failureOf(connection.query('SELECT * FROM Bosses'))).toBeInstanceOf(ProgrammingError);
    expect(await failureOf(connection.execute('CREATE LOCAL VIEW Wrong AS SELECT x FROM y'))).toBeInstanceOf(
      ProgrammingError,
    );
  });

  test('views of the UserDefinedViews file stand in the schema UserViews', async () => {
    const fake = await startFake();
    addCompanies(fake, 5);
    const folder = await mkdtemp(join(tmpdir(), 'connect-views-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'views.json');
    await writeFile(
      file,
      JSON.stringify({ Firms: { query: 'SELECT Id, Name FROM Companies WHERE Id > 2' } }),
    );
    const connection = await open(fake, `UserDefinedViews=${file}`);
    expect(await connection.query('SELECT Name FROM UserViews.Firms WHERE Id < 4')).toEqual([
      { Name: 'Company 3' },
    ]);
    expect(await connection.query("SELECT TableName FROM sys_tables WHERE SchemaName = 'UserViews'")).toEqual(
      [{ TableName: 'Firms' }],
    );
    await writeFile(file, '{"Firms": 3}');
    expect(await failureOf(open(fake, `UserDefinedViews=${file}`))).toBeInstanceOf(ProgrammingError);
  });
});
