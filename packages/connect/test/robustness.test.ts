import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  connect,
  DatabaseError,
  InterfaceError,
  InternalError,
  NotSupportedError,
  OperationalError,
  ProgrammingError,
} from '@renkei/connect';
import { describe, expect, onTestFinished, test } from 'vitest';
import { addCompanies, addPeople } from './support/people.ts';
import { open, startFake } from './support/session.ts';

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('no error'),
    (error) => error,
  );

describe('connector case 9: 503 and Retry-After', () => {
  test('two 503 are waited for, rows are complete and not doubled', async () => {
    const fake = await startFake();
    addPeople(fake, 700);
    const connection = await open(fake);
    fake.interruptions.push({
      when: ({ path }) => path === '/people.xml',
      times: 2,
      status: 503,
      headers: { 'retry-after': '2' },
    });
    expect(await connection.query('SELECT COUNT(*) AS n, COUNT(DISTINCT Id) AS d FROM People')).toEqual([
      { n: 700, d: 700 },
    ]);
    const [first, second, third] = fake.asked('/people.xml').map(({ at }) => at);
    expect(second! - first!).toBeGreaterThanOrEqual(2000);
    expect(third! - second!).toBeGreaterThanOrEqual(2000);
  });

  test('an endless 503 ends in an OperationalError', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    fake.interruptions.push({ when: () => true, times: 1000, status: 503, headers: { 'retry-after': '0' } });
    const failure = await failureOf(connection.query('SELECT Id FROM Users'));
    expect(failure).toBeInstanceOf(OperationalError);
    expect(failure.message).toContain('503');
    expect(fake.log.length).toBeLessThan(12);
  });

  test('a wait that would be too long is not begun', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    fake.interruptions.push({
      when: () => true,
      times: 1000,
      status: 503,
      headers: { 'retry-after': '3600' },
    });
    const started = performance.now();
    expect(await failureOf(connection.query('SELECT Id FROM Users'))).toBeInstanceOf(OperationalError);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('a POST answered 503, then 201, creates one row', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    fake.interruptions.push({
      when: ({ method }) => method === 'POST',
      status: 503,
      headers: { 'retry-after': '0' },
    });
    expect((await connection.execute("INSERT INTO Companies (Name) VALUES ('A')")).rowCount).toBe(1);
    expect(fake.records('companies').size).toBe(1);
  });

  test('no more than 150 requests leave within 5 seconds, over all connections to the account', async () => {
    const fake = await startFake();
    addCompanies(fake, 90);
    const sql =
      "SELECT COUNT(*) AS n FROM Notes WHERE SubjectType='Companies' AND SubjectId IN (SELECT Id FROM Companies)";
    const connections = await Promise.all([open(fake), open(fake)]);
    await Promise.all(connections.map((connection) => connection.query(sql)));
    const times = fake.log.map(({ at }) => at);
    expect(times).toHaveLength(182);
    for (let i = 150; i < times.length; i += 1)
      expect(times[i]! - times[i - 150]!).toBeGreaterThanOrEqual(5000);
  });

  test('no more than 10 requests for recordings leave within 10 seconds', async () => {
    const fake = await startFake();
    for (let n = 1; n <= 260; n += 1)
      fake.add('notes', {
        id: n,
        body: 'n',
        'subject-id': 1,
        'subject-type': 'Party',
        'created-at': '2020-01-01T00:00:00Z',
      });
    const connection = await open(fake);
    expect(await connection.query('SELECT COUNT(*) AS n FROM Recordings')).toEqual([{ n: 260 }]);
    const times = fake.asked('/recordings.xml').map(({ at }) => at);
    expect(times).toHaveLength(11);
    expect(times[10]! - times[0]!).toBeGreaterThanOrEqual(10_000);
  });
});

describe('connector case 20: robustness', () => {
  test('Timeout=2 ends a stalled exchange after about 2 seconds, and the connection still works', async () => {
    const fake = await startFake();
    addCompanies(fake, 1);
    const connection = await open(fake, 'Timeout=2');
    fake.interruptions.push({ when: () => true, stall: true });
    const started = performance.now();
    const failure = await failureOf(connection.query('SELECT Id FROM Companies'));
    expect(failure).toBeInstanceOf(OperationalError);
    const spent = performance.now() - started;
    expect(spent).toBeGreaterThan(1900);
    expect(spent).toBeLessThan(3500);
    expect(await connection.query('SELECT Id FROM Companies')).toEqual([{ Id: 1 }]);
  });

  test('closing a cursor while its statement pages stops further requests', async () => {
    const fake = await startFake();
    addPeople(fake, 5000);
    const connection = await open(fake);
    fake.interruptions.push({ when: ({ query }) => query.get('n') === '1000', stall: true });
    const cursor = connection.cursor();
    const running = failureOf(cursor.execute('SELECT COUNT(*) FROM People'));
    while (fake.asked('/people.xml').length < 3) await sleep(10);
    await cursor.close();
    expect(await running).toBeInstanceOf(InterfaceError);
    await sleep(100);
    expect(fake.asked('/people.xml')).toHaveLength(3);
    expect(await connection.query('SELECT COUNT(*) AS n FROM People WHERE Id = 5')).toEqual([{ n: 1 }]);
  });

  test('contract §7: closing a connection ends running queries, and closing twice is no error', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    fake.interruptions.push({ when: () => true, stall: true });
    const running = failureOf(connection.query('SELECT Id FROM Users'));
    while (fake.log.length === 0) await sleep(10);
    await connection.close();
    expect(await running).toBeInstanceOf(InterfaceError);
    await connection.close();
    expect(await failureOf(connection.query('SELECT 1'))).toBeInstanceOf(InterfaceError);
  });

  test('a redirect to another host is refused without giving it the credentials', async () => {
    const fake = await startFake();
    let reached = 0;
    const other = createServer((_, response) => {
      reached += 1;
      response.end();
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const connection = await open(fake);
    for (const location of [`http://localhost:${port}/users.xml`, `http://127.0.0.1:${port}/users.xml`]) {
      fake.interruptions.push({ when: () => true, status: 302, headers: { location } });
      expect(await failureOf(connection.query('SELECT Id FROM Users'))).toBeInstanceOf(OperationalError);
    }
    expect(reached).toBe(0);
  });

  test('a redirect on the same host is followed', async () => {
    const fake = await startFake();
    fake.add('users', { id: 1, name: 'Ann' });
    const connection = await open(fake);
    fake.interruptions.push({
      when: () => true,
      status: 302,
      headers: { location: `${fake.url}/users.xml` },
    });
    expect(await connection.query('SELECT Name FROM Users')).toEqual([{ Name: 'Ann' }]);
  });

  test.each([
    '<people type="array"><person></people>',
    'no XML',
    '<!DOCTYPE x [<!ENTITY a "b">]><people>&a;</people>',
  ])('an unreadable answer names its address: %s', async (body) => {
    const fake = await startFake();
    const connection = await open(fake);
    fake.interruptions.push({ when: () => true, body });
    const failure = await failureOf(connection.query('SELECT Id FROM Users'));
    expect(failure.name).toMatch(/InternalError|DataError/);
    expect(failure.message).toContain('/users.xml');
  });

  test('a value that is not of its column’s type is a DataError', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    fake.interruptions.push({
      when: () => true,
      body: '<users type="array"><user><id type="integer">seven</id></user></users>',
    });
    const failure = await failureOf(connection.query('SELECT Id FROM Users'));
    expect(failure).toMatchObject({ name: 'DataError' });
    expect(failure.message).toContain('seven');
  });

  test('Verbosity=3 logs bodies, with credentials masked', async () => {
    const fake = await startFake();
    fake.allowToken('very-secret-token');
    const folder = await mkdtemp(join(tmpdir(), 'connect-log-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const logfile = join(folder, 'connect.log');
    const connection = await connect(
      `AuthScheme=APIToken;APIToken=very-secret-token;AccountId=a;URL=${fake.url};Logfile=${logfile};Verbosity=3`,
    );
    await connection.execute("INSERT INTO Companies (Name) VALUES ('Logged company')");
    await connection.close();
    const log = await readFile(logfile, 'utf8');
    expect(log).toContain('Logged company');
    expect(log).toContain('POST');
    expect(log).not.toContain('very-secret-token');
    expect(log).not.toContain(Buffer.from('very-secret-token:X').toString('base64'));
  });

  test('MaxRows caps plain queries, not aggregates', async () => {
    const fake = await startFake();
    addPeople(fake, 40);
    const connection = await open(fake, 'MaxRows=7');
    expect(await connection.query('SELECT Id FROM People')).toHaveLength(7);
    expect(await connection.query('SELECT COUNT(*) AS n FROM People')).toEqual([{ n: 40 }]);
    expect((await connection.query('SELECT Title FROM People GROUP BY Title')).length).toBeGreaterThan(3);
  });

  test('a closed cursor, a cursor without rows, and wrong parameters say so', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    const cursor = await connection.execute('SELECT 1');
    await cursor.close();
    await cursor.close();
    expect(await failureOf(cursor.fetchOne())).toBeInstanceOf(InterfaceError);
    expect(await failureOf(connection.cursor().fetchAll())).toBeInstanceOf(ProgrammingError);
    expect(await failureOf(connection.execute('SELECT ?', []))).toBeInstanceOf(ProgrammingError);
    expect(await failureOf(connection.execute('SELECT ?', [undefined as never]))).toBeInstanceOf(
      ProgrammingError,
    );
    expect(await failureOf(connection.execute('SELECT FROM'))).toBeInstanceOf(ProgrammingError);
    expect(await failureOf(connection.execute('SELECT 1; SELECT 2'))).toBeInstanceOf(ProgrammingError);
    expect(await failureOf(connection.execute("SELECT 'x"))).toBeInstanceOf(ProgrammingError);
    expect(await failureOf(connection.execute(''))).toBeInstanceOf(ProgrammingError);
    expect(await failureOf(connection.query('SELECT Nam FROM Companies'))).toBeInstanceOf(ProgrammingError);
    expect(await failureOf(connection.rollback())).toBeInstanceOf(DatabaseError);
    await connection.commit();
  });

  test.each([
    'DROP TABLE Companies',
    'CREATE TABLE x (a)',
    "ATTACH '/tmp/x.db' AS x",
    'PRAGMA table_list',
    'BEGIN',
    'EXPLAIN QUERY PLAN DROP TABLE Companies',
  ])('%s is refused, and tables stay', async (sql) => {
    const fake = await startFake();
    addCompanies(fake, 1);
    const connection = await open(fake);
    expect(await failureOf(connection.execute(sql))).toBeInstanceOf(NotSupportedError);
    expect(await connection.query('SELECT Id FROM Companies')).toEqual([{ Id: 1 }]);
  });

  test.each([
    ['Companies', 'SELECT * FROM Companies'],
    ['Companies, few columns', 'SELECT Name FROM Companies'],
    ['one company', 'SELECT Name FROM Companies WHERE Id = 1'],
  ])('a sign-in page in place of rows is an error that names the address: %s', async (_, sql) => {
    const fake = await startFake();
    fake.interruptions.push({
      when: ({ path }) => path.startsWith('/compan'),
      status: 200,
      body: '<html><body>Sign in</body></html>',
    });
    const connection = await open(fake);
    const error = await failureOf(connection.query(sql));
    expect(error).toBeInstanceOf(InternalError);
    expect(error.message).toContain(`${fake.url}/companies`);
  });

  test('a service that cannot be reached is an OperationalError', async () => {
    const connection = await connect('AuthScheme=APIToken;APIToken=t;URL=http://127.0.0.1:9');
    onTestFinished(() => connection.close());
    expect(await failureOf(connection.query('SELECT Id FROM Users'))).toBeInstanceOf(OperationalError);
  });

  test.each(['AccountId=a/b', 'URL=ftp://x', 'AuthScheme=Basic', 'AccountId='])(
    'connect refuses %s',
    async (wrong) => {
      expect(await failureOf(connect(`AuthScheme=APIToken;APIToken=t;${wrong}`))).toBeInstanceOf(
        ProgrammingError,
      );
    },
  );
});
