import { IntegrityError, NotSupportedError, OperationalError, ProgrammingError } from '@renkei/connect';
import { describe, expect, test } from 'vitest';
import { addCompanies, addPeople } from './support/people.ts';
import { open, startFake } from './support/session.ts';
import { readXml } from './support/xml.ts';

const writes = (fake: Awaited<ReturnType<typeof startFake>>) =>
  fake.log.filter(({ method }) => method !== 'GET');
const fieldsOf = (body: string) =>
  Object.fromEntries(readXml(body).children.map((child) => [child.name, child.text]));
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('no error'),
    (error) => error,
  );

describe('connector case 16: INSERT', () => {
  test('posts escaped XML; rowCount, SCOPE_IDENTITY() and a following SELECT find the row', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    const cursor = await connection.execute(
      'INSERT INTO People (FirstName, LastName, CompanyName) VALUES (?, ?, ?)',
      ['Ann & <Bo>', '日本', 'Acme "Co"'],
    );
    expect(cursor.rowCount).toBe(1);
    expect(writes(fake).map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /people.xml']);
    expect(writes(fake)[0]!.headers['content-type']).toBe('application/xml');
    expect(fieldsOf(writes(fake)[0]!.body)).toEqual({
      'first-name': 'Ann & <Bo>',
      'last-name': '日本',
      'company-name': 'Acme "Co"',
    });
    const [identity] = await connection.query('SELECT SCOPE_IDENTITY() AS Id');
    expect(
      await connection.query('SELECT FirstName, LastName, CompanyName FROM People WHERE Id = ?', [
        Number(identity!.Id),
      ]),
    ).toEqual([{ FirstName: 'Ann & <Bo>', LastName: '日本', CompanyName: 'Acme "Co"' }]);
  });

  test('notes need Body, SubjectId and SubjectType, which goes out in the words of the API', async () => {
    const fake = await startFake();
    addCompanies(fake, 1);
    const connection = await open(fake);
    const failure = await failureOf(connection.execute("INSERT INTO Notes (Body) VALUES ('x')"));
    expect(failure).toBeInstanceOf(ProgrammingError);
    expect(failure.message).toMatch(/SubjectId.*SubjectType/);
    expect(fake.log).toEqual([]);
    await connection.execute("INSERT INTO Notes (Body, SubjectId, SubjectType) VALUES ('x', 1, 'Companies')");
    expect(fieldsOf(writes(fake)[0]!.body)).toEqual({
      body: 'x',
      'subject-id': '1',
      'subject-type': 'Party',
    });
  });

  test('executeMany with three rows makes three POSTs', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    const cursor = await connection.executeMany('INSERT INTO Companies (Name) VALUES (?)', [
      ['A'],
      ['B'],
      ['C'],
    ]);
    expect(cursor.rowCount).toBe(3);
    expect(writes(fake).map(({ body }) => fieldsOf(body).name)).toEqual(['A', 'B', 'C']);
  });

  test('a read-only column is refused without a request', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    const failure = await failureOf(
      connection.execute("INSERT INTO People (FirstName, CreatedAt) VALUES ('A', '2020-01-01')"),
    );
    expect(failure).toBeInstanceOf(NotSupportedError);
    expect(failure.message).toContain('CreatedAt');
    expect(fake.log).toEqual([]);
  });

  test('422 is an IntegrityError with the text of the server, 507 an OperationalError about the plan limit', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    fake.interruptions.push({
      when: ({ method }) => method === 'POST',
      status: 422,
      body: "<errors><error>Name can't be &lt;blank&gt;</error></errors>",
    });
    const refused = await failureOf(connection.execute("INSERT INTO Companies (Name) VALUES ('A')"));
    expect(refused).toBeInstanceOf(IntegrityError);
    expect(refused.message).toContain("Name can't be <blank>");
    fake.interruptions.push({ when: ({ method }) => method === 'POST', status: 507 });
    const full = await failureOf(connection.execute("INSERT INTO Companies (Name) VALUES ('A')"));
    expect(full).toBeInstanceOf(OperationalError);
    expect(full.message).toContain('plan limit');
  });

  test('an id that only the Location header names is the new identity', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    fake.interruptions.push({
      when: ({ method }) => method === 'POST',
      status: 201,
      headers: { location: `${fake.url}/task_categories/77.xml` },
    });
    await connection.execute("INSERT INTO TaskCategories (Name) VALUES ('Call')");
    expect(await connection.query('SELECT SCOPE_IDENTITY() AS Id')).toEqual([{ Id: 77 }]);
  });
});

describe('connector case 17: UPDATE', () => {
  test('sends one PUT that holds only what changes', async () => {
    const fake = await startFake();
    addPeople(fake, 3);
    const connection = await open(fake);
    const cursor = await connection.execute("UPDATE People SET Title='CFO' WHERE Id=1");
    expect(cursor.rowCount).toBe(1);
    expect(writes(fake).map(({ method, path }) => `${method} ${path}`)).toEqual(['PUT /people/1.xml']);
    expect(fieldsOf(writes(fake)[0]!.body)).toEqual({ title: 'CFO' });
    expect(await connection.query('SELECT Title, FirstName FROM People WHERE Id=1')).toEqual([
      { Title: 'CFO', FirstName: 'First1' },
    ]);
  });

  test('a condition on another column updates each match', async () => {
    const fake = await startFake();
    addPeople(fake, 30);
    const connection = await open(fake);
    const matches = await connection.query("SELECT Id FROM People WHERE Title='CEO'");
    const cursor = await connection.execute(
      "UPDATE People SET Background = FirstName || '!' WHERE Title='CEO'",
    );
    expect(cursor.rowCount).toBe(matches.length);
    expect(writes(fake)).toHaveLength(matches.length);
    expect(await connection.query('SELECT Background FROM People WHERE Id=6')).toEqual([
      { Background: 'First6!' },
    ]);
  });

  test('a deal with a new status: PUT on the deal without it, then PUT on status.xml', async () => {
    const fake = await startFake();
    fake.add('deals', {
      id: 3,
      name: 'Big',
      status: 'pending',
      price: 1,
      'updated-at': '2020-01-01T00:00:00Z',
    });
    const connection = await open(fake);
    const cursor = await connection.execute("UPDATE Deals SET Price=5, Status='won' WHERE Id=3");
    expect(cursor.rowCount).toBe(1);
    expect(writes(fake).map(({ path }) => path)).toEqual(['/deals/3.xml', '/deals/3/status.xml']);
    expect(fieldsOf(writes(fake)[0]!.body)).toEqual({ price: '5' });
    expect(writes(fake)[1]!.body).toBe('<status><name>won</name></status>');
    await connection.execute("UPDATE Deals SET Status='lost' WHERE Id=3");
    expect(
      writes(fake)
        .slice(2)
        .map(({ path }) => path),
    ).toEqual(['/deals/3/status.xml']);
    fake.interruptions.push({ when: ({ path }) => path.endsWith('status.xml'), status: 507 });
    const failure = await failureOf(
      connection.execute("UPDATE Deals SET Price=6, Status='pending' WHERE Id=3"),
    );
    expect(failure.message).toContain('the other fields of the deal were written');
  });

  test('setting ClosedAt closes a case, NULL reopens it', async () => {
    const fake = await startFake();
    fake.add('kases', { id: 4, name: 'Case', 'closed-at': null });
    const connection = await open(fake);
    await connection.execute("UPDATE Cases SET ClosedAt='2026-01-02T03:04:05Z' WHERE Id=4");
    expect(await connection.query('SELECT IsClosed, ClosedAt FROM Cases WHERE Id=4')).toEqual([
      { IsClosed: true, ClosedAt: '2026-01-02T03:04:05Z' },
    ]);
    await connection.execute('UPDATE Cases SET ClosedAt=NULL WHERE Id=4');
    expect(writes(fake)[1]!.body).toContain('<closed-at type="datetime" nil="true"/>');
    expect(await connection.query('SELECT IsClosed FROM Cases WHERE Id=4')).toEqual([{ IsClosed: false }]);
  });

  test('a custom field is written by its subject_field_id', async () => {
    const fake = await startFake();
    addPeople(fake, 2);
    fake.add('subject_fields', { id: 55, label: 'Shoe size', type: 'party' });
    const connection = await open(fake);
    await connection.execute("UPDATE People SET [Shoe size]='42' WHERE Id=2");
    const body = readXml(writes(fake)[0]!.body);
    expect(body.children[0]!.children[0]!.children.map((child) => [child.name, child.text])).toEqual([
      ['subject_field_id', '55'],
      ['value', '42'],
    ]);
    expect(await connection.query('SELECT [Shoe size] FROM People WHERE Id=2')).toEqual([
      { 'Shoe size': '42' },
    ]);
  });

  test('connector §2.8: contact data that is there is changed, what is not is added', async () => {
    const fake = await startFake();
    addPeople(fake, 1);
    const connection = await open(fake);
    await connection.execute(
      "UPDATE People SET EmailAddress='a@x.example', City='Osaka', Zip='530' WHERE Id=1",
    );
    await connection.execute("UPDATE People SET EmailAddress='b@x.example' WHERE Id=1");
    expect(await connection.query('SELECT EmailAddress, City, Zip FROM People WHERE Id=1')).toEqual([
      { EmailAddress: 'b@x.example', City: 'Osaka', Zip: '530' },
    ]);
    const stored = (fake.records('people').get(1)!['contact-data'] as { xml: string }).xml;
    expect(stored.match(/<email-address>/g)).toHaveLength(1);
  });

  test('no match: rowCount 0 and no PUT', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    expect((await connection.execute("UPDATE People SET Title='x' WHERE Id=1")).rowCount).toBe(0);
    expect(writes(fake)).toEqual([]);
  });

  test('a read-only column is refused without a request', async () => {
    const fake = await startFake();
    addPeople(fake, 1);
    const connection = await open(fake);
    for (const column of ['CreatedAt', 'Id', 'AuthorId']) {
      const failure = await failureOf(connection.execute(`UPDATE People SET ${column} = 5 WHERE Id=1`));
      expect(failure).toBeInstanceOf(NotSupportedError);
      expect(failure.message).toContain(column);
    }
    expect(fake.log).toEqual([]);
  });
});

describe('connector case 18: DELETE and views', () => {
  test('deletes one note by its id', async () => {
    const fake = await startFake();
    fake.add('notes', { id: 9, body: 'x', 'subject-id': 1, 'subject-type': 'Party' });
    const connection = await open(fake);
    expect((await connection.execute('DELETE FROM Notes WHERE Id=9')).rowCount).toBe(1);
    expect(writes(fake).map(({ method, path }) => `${method} ${path}`)).toEqual(['DELETE /notes/9.xml']);
  });

  test.each(['Emails', 'Tasks', 'Users', 'Account', 'Memberships', 'Tags', 'Deletions', 'GroupUsers'])(
    'a DELETE, INSERT or UPDATE on the view %s is NotSupportedError with no request',
    async (view) => {
      const fake = await startFake();
      const connection = await open(fake);
      for (const sql of [`DELETE FROM ${view}`, `INSERT INTO ${view} DEFAULT VALUES`]) {
        expect(await failureOf(connection.execute(sql))).toBeInstanceOf(NotSupportedError);
      }
      expect(fake.log).toEqual([]);
    },
  );

  test('Readonly=true refuses all writes without a request', async () => {
    const fake = await startFake();
    addPeople(fake, 1);
    const connection = await open(fake, 'Readonly=true');
    for (const sql of [
      'DELETE FROM People WHERE Id=1',
      "UPDATE People SET Title='x'",
      "INSERT INTO People (FirstName) VALUES ('a')",
    ]) {
      const failure = await failureOf(connection.execute(sql));
      expect(failure).toBeInstanceOf(NotSupportedError);
      expect(failure.message).toContain('Readonly');
    }
    expect(fake.log).toEqual([]);
    expect(await connection.query('SELECT Id FROM People')).toEqual([{ Id: 1 }]);
  });

  test('contract §7: a failure in row 2 of 3 reports one deleted and names the failing row', async () => {
    const fake = await startFake();
    addPeople(fake, 3);
    const connection = await open(fake);
    fake.interruptions.push({
      when: ({ method, path }) => method === 'DELETE' && path === '/people/2.xml',
      status: 403,
    });
    const failure = await failureOf(connection.execute('DELETE FROM People'));
    expect(failure).toBeInstanceOf(OperationalError);
    expect(failure.rowCount).toBe(1);
    expect(failure.message).toMatch(/\b2\b/);
    expect([...fake.records('people').keys()]).toEqual([2, 3]);
  });

  test('contract §7: executeMany that fails carries the rows done', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    fake.interruptions.push({ when: ({ body }) => body.includes('>B<'), status: 422 });
    const failure = await failureOf(
      connection.executeMany('INSERT INTO Companies (Name) VALUES (?)', [['A'], ['B'], ['C']]),
    );
    expect(failure).toMatchObject({ name: 'IntegrityError', rowCount: 1 });
  });
});
