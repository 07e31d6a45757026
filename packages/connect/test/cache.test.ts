import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NotSupportedError, OperationalError, ProgrammingError } from '@renkei/connect';
import { describe, expect, onTestFinished, test } from 'vitest';
import { addPeople, person } from './support/people.ts';
import { open, startFake } from './support/session.ts';

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('no error'),
    (error) => error,
  );
const count = 'SELECT COUNT(*) AS n FROM People';

async function cacheFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'connect-cache-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'cache.db');
}

describe('connector §3.8: AutoCache', () => {
  test('the first query copies the table, later ones ask for nothing', async () => {
    const fake = await startFake();
    addPeople(fake, 700);
    const connection = await open(fake, 'AutoCache=true');
    expect(await connection.query(count)).toEqual([{ n: 700 }]);
    const asked = fake.log.length;
    expect(
      await connection.query("SELECT Id, UpdatedAt FROM People WHERE Title='CEO' ORDER BY Id LIMIT 1"),
    ).toEqual([{ Id: 6, UpdatedAt: person(6)['updated-at'] }]);
    expect(
      await connection.query('SELECT p.Id FROM People p JOIN People q ON p.Id = q.Id WHERE p.Id = 5'),
    ).toEqual([{ Id: 5 }]);
    expect(fake.log).toHaveLength(asked);
  });

  test('after CacheTolerance only what changed, and what was deleted, is asked for', async () => {
    const fake = await startFake();
    addPeople(fake, 700);
    let now = Date.parse('2026-11-01T00:00:00Z');
    const connection = await open(fake, 'AutoCache=true;CacheTolerance=60', { now: () => now });
    await connection.query(count);
    now += 3_600_000;
    fake.now = '2026-11-01T00:30:00Z';
    fake.records('people').get(3)!.title = 'Chief';
    fake.records('people').get(3)!['updated-at'] = fake.now;
    fake.records('people').delete(4);
    fake.deletions.push({ type: 'Person', id: 4, at: fake.now });
    fake.log.length = 0;
    expect(await connection.query(count)).toEqual([{ n: 699 }]);
    expect(await connection.query('SELECT Title FROM People WHERE Id = 3')).toEqual([{ Title: 'Chief' }]);
    expect(fake.log.map(({ path, query }) => [path, query.get('since')])).toEqual([
      ['/people.xml', '20261031235859'],
      ['/deletions.xml', '20261031235859'],
    ]);
  });

  test('a write of this connection is seen by the next query', async () => {
    const fake = await startFake();
    addPeople(fake, 3);
    fake.now = new Date().toISOString().replace(/\.\d+/, '');
    const connection = await open(fake, 'AutoCache=true');
    await connection.query(count);
    await connection.execute("UPDATE People SET Title='New' WHERE Id=2");
    expect(await connection.query("SELECT Id FROM People WHERE Title='New'")).toEqual([{ Id: 2 }]);
  });

  test('tables that need conditions are asked for live', async () => {
    const fake = await startFake();
    addPeople(fake, 1);
    fake.add('notes', { id: 1, body: 'x', 'subject-id': 1, 'subject-type': 'Party' });
    const connection = await open(fake, 'AutoCache=true');
    const sql = "SELECT Body FROM Notes WHERE SubjectType='People' AND SubjectId=1";
    expect(await connection.query(sql)).toEqual([{ Body: 'x' }]);
    expect(await connection.query(sql)).toEqual([{ Body: 'x' }]);
    expect(fake.asked(/notes/)).toHaveLength(2);
  });
});

describe('connector §3.8: CACHE and Offline', () => {
  test('a copy kept in CacheLocation answers without any request', async () => {
    const fake = await startFake();
    addPeople(fake, 30);
    const file = await cacheFile();
    const online = await open(fake, `CacheLocation=${file}`);
    await online.execute('CACHE SELECT * FROM People');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    fake.log.length = 0;
    const offline = await open(fake, `CacheLocation=${file};Offline=true`);
    expect(await offline.query(count)).toEqual([{ n: 30 }]);
    const cursor = await offline.execute('SELECT * FROM People WHERE Id = 3');
    expect(cursor.description.find(({ name }) => name === 'UpdatedAt')!.type).toBe('Datetime');
    expect(await failureOf(offline.query('SELECT * FROM Companies'))).toBeInstanceOf(OperationalError);
    expect(await failureOf(offline.execute('DELETE FROM People'))).toBeInstanceOf(NotSupportedError);
    expect(fake.log).toEqual([]);
  });

  test('CACHE DROP EXISTING makes the copy anew', async () => {
    const fake = await startFake();
    addPeople(fake, 3);
    const connection = await open(fake);
    await connection.execute('CACHE SELECT * FROM People');
    fake.log.length = 0;
    await connection.execute('CACHE DROP EXISTING SELECT * FROM People');
    expect(fake.asked('/people.xml').map(({ query }) => query.get('since'))).toEqual([null]);
    expect(
      await failureOf(
        connection.execute("CACHE SELECT * FROM Notes WHERE SubjectType='People' AND SubjectId=1"),
      ),
    ).toBeInstanceOf(ProgrammingError);
  });
});
