import { OperationalError, ProgrammingError } from '@renkei/connect';
import { describe, expect, test } from 'vitest';
import { addCompanies, addPeople, person } from './support/people.ts';
import { open, startFake } from './support/session.ts';

const offsets = (fake: Awaited<ReturnType<typeof startFake>>) =>
  fake.asked('/people.xml').map((one) => one.query.get('n'));

describe('connector case 1: API token', () => {
  test('every request carries Basic with the token and a User-Agent that names the application', async () => {
    const fake = await startFake();
    addCompanies(fake, 3);
    const connection = await open(fake, '', { userAgent: 'Acme sync (ops@acme.example)' });
    const cursor = await connection.execute('SELECT Name FROM Companies');
    expect(cursor.description).toEqual([{ name: 'Name', type: 'String', nullable: true }]);
    expect(await cursor.fetchAll()).toEqual([['Company 1'], ['Company 2'], ['Company 3']]);
    expect(fake.log.length).toBeGreaterThan(0);
    for (const request of fake.log) {
      expect(request.headers.authorization).toBe(`Basic ${Buffer.from('t:X').toString('base64')}`);
      expect(request.headers['user-agent']).toBe('Acme sync (ops@acme.example)');
    }
  });

  test('a wrong token is an OperationalError that names 401 and not the token', async () => {
    const fake = await startFake();
    const { connect } = await import('@renkei/connect');
    const connection = await connect(`AuthScheme=APIToken;APIToken=wrong-secret;AccountId=a;URL=${fake.url}`);
    const failure = await connection.query('SELECT Name FROM Companies').catch((error) => error);
    await connection.close();
    expect(failure).toBeInstanceOf(OperationalError);
    expect(failure.message).toContain('401');
    expect(failure.message).not.toContain('wrong-secret');
  });

  test('a rows-as-objects query, a bound parameter and a single row', async () => {
    const fake = await startFake();
    addCompanies(fake, 9);
    const connection = await open(fake);
    const cursor = await connection.execute('SELECT Name FROM Companies WHERE Id = ?', [7]);
    expect(await cursor.fetchOne()).toEqual(['Company 7']);
    expect(await cursor.fetchOne()).toBeUndefined();
    expect(cursor.rowCount).toBe(-1);
    expect(
      await connection.query('SELECT Id, Name FROM Highrise.Companies WHERE Id = @id', { id: 2 }),
    ).toEqual([{ Id: 2, Name: 'Company 2' }]);
  });
});

describe('connector case 10: paging', () => {
  test('1,203 people are read at offsets 0, 500 and 1000, and no further', async () => {
    const fake = await startFake();
    addPeople(fake, 1203);
    const connection = await open(fake);
    expect(await connection.query('SELECT COUNT(*) AS n FROM People')).toEqual([{ n: 1203 }]);
    expect(offsets(fake)).toEqual([null, '500', '1000']);
  });

  test('exactly 1,000 people end with one empty page', async () => {
    const fake = await startFake();
    addPeople(fake, 1000);
    const connection = await open(fake);
    expect(await connection.query('SELECT COUNT(*) AS n FROM People')).toEqual([{ n: 1000 }]);
    expect(offsets(fake)).toEqual([null, '500', '1000']);
  });

  test('a server that repeats a page ends the list', async () => {
    const fake = await startFake();
    addPeople(fake, 500);
    const first = await fetch(`${fake.url}/people.xml`, {
      headers: { authorization: `Basic ${Buffer.from('t:X').toString('base64')}` },
    });
    const body = await first.text();
    fake.interruptions.push({ when: ({ path }) => path === '/people.xml', times: 1000, body });
    const connection = await open(fake);
    expect(await connection.query('SELECT COUNT(*) AS n FROM People')).toEqual([{ n: 500 }]);
    expect(fake.asked('/people.xml').length).toBeLessThan(5);
  });

  test('a row that moves from one page to the next appears once', async () => {
    const fake = await startFake();
    addPeople(fake, 600);
    const connection = await open(fake);
    const cursor = await connection.execute('SELECT Id FROM People');
    const ids = [(await cursor.fetchOne())![0]];
    // A person is put before all others: the last of the first page is the first of the second.
    const rest = [...fake.records('people')];
    fake.records('people').clear();
    fake.add('people', { ...person(1), id: 9999 });
    for (const [, fields] of rest) fake.add('people', fields);
    ids.push(...(await cursor.fetchAll()).map(([id]) => id));
    expect(ids).toHaveLength(600);
    expect(new Set(ids).size).toBe(600);
  });

  test('the notes of one person are read 25 at a time', async () => {
    const fake = await startFake();
    addPeople(fake, 1);
    for (let n = 1; n <= 60; n += 1) {
      fake.add('notes', { id: n, body: `Note ${n}`, 'subject-id': 1, 'subject-type': 'Party' });
    }
    const connection = await open(fake);
    const rows = await connection.query(
      "SELECT Id FROM Notes WHERE SubjectType = 'People' AND SubjectId = 1",
    );
    expect(rows).toHaveLength(60);
    expect(fake.asked('/people/1/notes.xml').map((one) => one.query.get('n'))).toEqual([null, '25', '50']);
  });
});

describe('connector case 11: limits are lazy', () => {
  test('LIMIT 3 of 5,000 makes one list request', async () => {
    const fake = await startFake();
    addPeople(fake, 5000);
    const connection = await open(fake);
    expect(await connection.query('SELECT * FROM People LIMIT 3')).toHaveLength(3);
    expect(offsets(fake)).toEqual([null]);
  });

  test('a condition on an expression stops at the page that answers it', async () => {
    const fake = await startFake();
    addPeople(fake, 5000);
    fake.records('people').get(3210)!['last-name'] = 'Zed';
    const connection = await open(fake);
    expect(await connection.query("SELECT Id FROM People WHERE UPPER(LastName)='ZED' LIMIT 1")).toEqual([
      { Id: 3210 },
    ]);
    expect(offsets(fake)).toHaveLength(7);
  });

  test('LIMIT 5 OFFSET 498 gives rows 499 to 503', async () => {
    const fake = await startFake();
    addPeople(fake, 5000);
    const connection = await open(fake);
    const rows = await connection.query('SELECT Id FROM People LIMIT 5 OFFSET 498');
    expect(rows.map(({ Id }) => Id)).toEqual([499, 500, 501, 502, 503]);
    expect(offsets(fake)).toEqual([null, '500']);
  });

  test('leaving a loop stops further pages', async () => {
    const fake = await startFake();
    addPeople(fake, 5000);
    const connection = await open(fake);
    let seen = 0;
    for await (const _ of await connection.execute('SELECT Id FROM People')) {
      seen += 1;
      if (seen === 700) break;
    }
    expect(offsets(fake)).toEqual([null, '500']);
  });

  test('leaving a long loop stops, too: at most a few pages were fetched beforehand', async () => {
    const fake = await startFake();
    addPeople(fake, 15_000);
    const connection = await open(fake);
    let seen = 0;
    for await (const _ of await connection.execute('SELECT Id FROM People')) {
      seen += 1;
      if (seen === 5000) break;
    }
    const asked = offsets(fake).length;
    expect(asked).toBeLessThan(25);
    expect(await connection.query('SELECT Id FROM People WHERE Id = 15000')).toEqual([{ Id: 15_000 }]);
    expect(offsets(fake)).toHaveLength(asked);
    expect(await connection.query('SELECT COUNT(*) AS n, COUNT(DISTINCT Id) AS d FROM People')).toEqual([
      { n: 15_000, d: 15_000 },
    ]);
  });
});

describe('connector case 12: predicate pushdown', () => {
  const requests: [condition: string, table: string, path: string, query: Record<string, string>][] = [
    ["Title='CEO'", 'People', '/people.xml', { title: 'CEO' }],
    ['CompanyId=5', 'People', '/companies/5/people.xml', {}],
    ['Id=7', 'People', '/people/7.xml', {}],
    ['TagId=3', 'People', '/people.xml', { tag_id: '3' }],
    ['TagId=3', 'Companies', '/companies.xml', { tag_id: '3' }],
    ["Status='won'", 'Deals', '/deals.xml', { status: 'won' }],
    ['IsClosed=true', 'Cases', '/kases/closed.xml', {}],
    ['IsClosed=false', 'Cases', '/kases/open.xml', {}],
    ["List='upcoming'", 'Tasks', '/tasks/upcoming.xml', {}],
    ["Type='deal'", 'CustomFields', '/subject_fields.xml', { type: 'deal' }],
    ["EmailAddress='a@b.example'", 'People', '/people/search.xml', { 'criteria[email]': 'a@b.example' }],
    ["City='Osaka'", 'Companies', '/companies/search.xml', { 'criteria[city]': 'Osaka' }],
    ["SubjectType='Deals' AND SubjectId=2", 'Tags', '/deals/2/tags.xml', {}],
    ["DeletedAt > '2020-01-01'", 'Deletions', '/deletions.xml', { since: '20191231235959' }],
  ];
  test.each(requests)('%s on %s asks for %s', async (condition, table, path, query) => {
    const fake = await startFake();
    const connection = await open(fake);
    await connection.query(`SELECT Id FROM ${table} WHERE ${condition}`);
    expect(fake.log.map((one) => one.path)).toEqual([path]);
    expect(Object.fromEntries(fake.log[0]!.query)).toEqual(query);
  });

  test('a lower bound is sent as since, one second early, and the surplus is dropped', async () => {
    const fake = await startFake();
    addPeople(fake, 60);
    const connection = await open(fake);
    const rows = await connection.query(
      "SELECT Id, UpdatedAt FROM People WHERE UpdatedAt >= '2013-02-25T15:45:46Z'",
    );
    expect(fake.log.map((one) => one.query.get('since'))).toEqual(['20130225154545']);
    const expected = [...fake.records('people').values()].filter(
      (one) => String(one['updated-at']) >= '2013-02-25T15:45:46Z',
    );
    expect(rows.map(({ Id }) => Id).sort()).toEqual(expected.map(({ id }) => id).sort());
    expect(expected.length).toBeGreaterThan(0);
  });

  test('EXPLAIN QUERY PLAN shows the request', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    const plan = await connection.query("EXPLAIN QUERY PLAN SELECT Id FROM People WHERE Title='CEO'");
    expect(JSON.stringify(plan)).toContain('GET /people.xml?title=?');
    expect(fake.log).toEqual([]);
  });

  test('a missing id gives zero rows', async () => {
    const fake = await startFake();
    addPeople(fake, 3);
    const connection = await open(fake);
    expect(await connection.query('SELECT Id FROM People WHERE Id = 999')).toEqual([]);
    expect(fake.log.map((one) => one.path)).toEqual(['/people/999.xml']);
  });

  test('IN of three values makes three reads, IN of forty one full scan', async () => {
    const fake = await startFake();
    addPeople(fake, 5000);
    const connection = await open(fake);
    expect(await connection.query('SELECT Id FROM People WHERE Id IN (1,2,3)')).toHaveLength(3);
    expect(fake.log.map((one) => one.path)).toEqual(['/people/1.xml', '/people/2.xml', '/people/3.xml']);
    fake.log.length = 0;
    const forty = Array.from({ length: 40 }, (_, i) => i * 100 + 1);
    const rows = await connection.query(`SELECT Id FROM People WHERE Id IN (${forty.join(',')})`);
    expect(rows.map(({ Id }) => Id)).toEqual(forty);
    expect(fake.asked(/^\/people\/\d+\.xml$/)).toEqual([]);
    expect(offsets(fake)).toHaveLength(11);
  });

  test('PushDown=false, or a list of tables, fetches whole lists', async () => {
    const fake = await startFake();
    addPeople(fake, 30);
    addCompanies(fake, 5);
    const off = await open(fake, 'PushDown=false');
    expect(await off.query("SELECT Id FROM People WHERE Title='CEO'")).not.toEqual([]);
    expect(Object.fromEntries(fake.log[0]!.query)).toEqual({});
    fake.log.length = 0;
    const listed = await open(fake, 'PushDown=People');
    await listed.query('SELECT Id FROM People WHERE Id = 3');
    await listed.query('SELECT Id FROM Companies WHERE Id = 3');
    expect(fake.log.map((one) => one.path)).toEqual(['/people.xml', '/companies/3.xml']);
  });
});

describe('connector case 14: required columns', () => {
  test('Notes without its conditions names what is missing, and asks for nothing', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    const failure = await connection.query('SELECT * FROM Notes').catch((error) => error);
    expect(failure).toBeInstanceOf(ProgrammingError);
    expect(failure.message).toMatch(/SubjectType.*SubjectId.*Id/);
    expect(fake.asked(/notes/)).toEqual([]);
  });

  test('SubjectId IN (SELECT …) reads the notes of every company, paged', async () => {
    const fake = await startFake();
    addCompanies(fake, 4);
    for (let n = 0; n < 40; n += 1) {
      fake.add('notes', { body: `n${n}`, 'subject-id': n < 30 ? 1 : 3, 'subject-type': 'Party' });
    }
    const connection = await open(fake);
    const rows = await connection.query(
      "SELECT Id, SubjectId FROM Notes WHERE SubjectType='Companies' AND SubjectId IN (SELECT Id FROM Companies)",
    );
    expect(rows).toHaveLength(40);
    expect(fake.asked('/companies/1/notes.xml').map((one) => one.query.get('n'))).toEqual([null, '25']);
    expect(fake.asked(/notes/)).toHaveLength(5);
  });

  test('connector §4.5: a note of an employee, listed under the company, is not lost', async () => {
    const fake = await startFake();
    addCompanies(fake, 1);
    addPeople(fake, 2);
    const id = fake.add('notes', { body: 'of the employee', 'subject-id': 2, 'subject-type': 'Party' });
    fake.alsoUnder.set('companies/1', [id]);
    const connection = await open(fake);
    const rows = await connection.query(
      "SELECT Body FROM Notes WHERE SubjectType='Companies' AND SubjectId=1",
    );
    expect(rows).toEqual([{ Body: 'of the employee' }]);
  });

  test('comments are looked for under notes, then under emails', async () => {
    const fake = await startFake();
    fake.add('emails', { id: 5, title: 'Hello', 'subject-id': 1, 'subject-type': 'Party' });
    fake.add('comments', { body: 'Nice', 'parent-id': 5 });
    const connection = await open(fake);
    expect(await connection.query('SELECT Body FROM Comments WHERE ParentId = 5')).toEqual([
      { Body: 'Nice' },
    ]);
    expect(fake.log.map((one) => one.path)).toEqual(['/notes/5/comments.xml', '/emails/5/comments.xml']);
  });

  test('a SubjectType that does not exist names those that do', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    await expect(
      connection.query("SELECT Id FROM Notes WHERE SubjectType='Pets' AND SubjectId=1"),
    ).rejects.toThrow(/People, Companies, Cases, Deals/);
  });
});
