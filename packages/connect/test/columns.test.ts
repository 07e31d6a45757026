import { describe, expect, test } from 'vitest';
import { customValues } from './support/fake-highrise.ts';
import { addPeople } from './support/people.ts';
import { open, startFake } from './support/session.ts';

describe('connector case 19: types, nulls, dynamic columns', () => {
  test('nil, empty typed elements, single-item lists, booleans, dates, entities and non-ASCII text', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    fake.interruptions.push({
      when: ({ path }) => path === '/deals.xml',
      body: `<deals><deal><id type="integer">1</id><name>A &amp; B &#x65E5;本 &lt;x&gt;</name><background></background>
        <price type="integer"></price><duration type="integer" nil="true"></duration><currency nil="true"/>
        <status>won</status><status-changed-on type="date">2013-02-25</status-changed-on>
        <created-at type="datetime">2013-02-25T15:45:46Z</created-at><updated-at type="datetime">2013-02-25 17:45:46 +02:00</updated-at>
        <category><id type="integer">4</id><name>Big</name></category>
        <party><first-name>Ann</first-name><last-name>Bo</last-name></party></deal></deals>`,
    });
    const cursor = await connection.execute(
      'SELECT Id, Name, Background, Price, Duration, Currency, StatusChangedOn, CreatedAt, CategoryName, PartyName FROM Deals',
    );
    expect(await cursor.fetchAll()).toEqual([
      [1, 'A & B 日本 <x>', '', null, null, null, '2013-02-25', '2013-02-25T15:45:46Z', 'Big', 'Ann Bo'],
    ]);
    expect(cursor.description.map(({ type }) => type)).toEqual([
      'Integer',
      'String',
      'String',
      'Integer',
      'Integer',
      'String',
      'Date',
      'Datetime',
      'String',
      'String',
    ]);
    expect(cursor.description.map(({ nullable }) => nullable).slice(0, 2)).toEqual([false, true]);
  });

  test('booleans are true and false; a time with an offset is given in UTC', async () => {
    const fake = await startFake();
    fake.add('kases', { id: 1, name: 'open', 'closed-at': null });
    fake.add('kases', { id: 2, name: 'closed', 'closed-at': '2020-01-01T09:00:00+09:00' });
    const connection = await open(fake);
    const cursor = await connection.execute('SELECT IsClosed, ClosedAt FROM Cases ORDER BY Id');
    expect(cursor.description[0]!.type).toBe('Boolean');
    expect(await cursor.fetchAll()).toEqual([
      [false, null],
      [true, '2020-01-01T00:00:00Z'],
    ]);
    expect(await connection.query("SELECT Id FROM Cases WHERE ClosedAt = '2020-01-01'")).toEqual([{ Id: 2 }]);
  });

  test('contract §7: ids beyond 2^53 stay exact, as bigint, also as parameters', async () => {
    const fake = await startFake();
    const long = 9_007_199_254_740_993n;
    const connection = await open(fake);
    fake.interruptions.push({
      when: ({ path }) => /users/.test(path),
      times: 2,
      body: `<users><user><id type="integer">${long}</id><name>x</name></user></users>`,
    });
    expect(await connection.query('SELECT Id FROM Users')).toEqual([{ Id: long }]);
    expect(await connection.query('SELECT ? + 0 AS Id', [long])).toEqual([{ Id: long }]);
    fake.interruptions.length = 0;
    await connection.query('SELECT Name FROM Users WHERE Id = ?', [long]);
    expect(fake.log.at(-1)!.path).toBe(`/users/${long}.xml`);
  });

  test('custom fields are columns of People, Companies and Deals; equal labels get distinct names', async () => {
    const fake = await startFake();
    addPeople(fake, 2);
    fake.add('subject_fields', { id: 51, label: 'Shoe', type: 'party' });
    fake.add('subject_fields', { id: 52, label: 'Shoe', type: 'party' });
    fake.add('subject_fields', { id: 53, label: 'Stage', type: 'deal' });
    fake.records('people').get(1)!.subject_datas = {
      xml: customValues(
        new Map([
          ['51', '42'],
          ['52', 'red'],
        ]),
        () => 'Shoe',
      ),
    };
    const connection = await open(fake);
    expect(await connection.query('SELECT Shoe, Shoe_2 FROM People ORDER BY Id')).toEqual([
      { Shoe: '42', Shoe_2: 'red' },
      { Shoe: null, Shoe_2: null },
    ]);
    const names = async (table: string) =>
      (await connection.execute(`SELECT * FROM ${table}`)).description.map(({ name }) => name);
    expect(await names('Companies')).toEqual(expect.arrayContaining(['Shoe', 'Shoe_2']));
    expect(await names('Deals')).toContain('Stage');
    expect(await names('Deals')).not.toContain('Shoe');
  });

  test('custom fields are read only when a statement may mean one', async () => {
    const fake = await startFake();
    addPeople(fake, 1);
    const connection = await open(fake);
    await connection.query('SELECT Id, COUNT(*) FROM People');
    expect(fake.asked(/subject_fields/)).toEqual([]);
    const streaming = await connection.execute('SELECT Id FROM People');
    await connection.query('SELECT * FROM People');
    await connection.query('SELECT * FROM People');
    expect(fake.asked(/subject_fields/)).toHaveLength(1);
    expect(await streaming.fetchAll()).toEqual([[1]]);
  });

  test('pseudo-columns are hidden unless PseudoColumns shows them', async () => {
    const fake = await startFake();
    const plain = await open(fake);
    const shown = await open(fake, 'PseudoColumns="People=TagId;Tasks=List"');
    const names = async (connection: typeof plain, table: string) =>
      (await connection.execute(`SELECT * FROM ${table}`)).description.map(({ name }) => name);
    expect(await names(plain, 'People')).not.toContain('TagId');
    expect(await names(shown, 'People')).toContain('TagId');
    expect(await names(shown, 'Tasks')).toContain('List');
  });

  test('contact columns hold the first of each kind', async () => {
    const fake = await startFake();
    fake.add('people', {
      id: 1,
      'contact-data': {
        xml: `<contact-data><email-addresses type="array"><email-address><id type="integer">3</id><address>first@x.example</address></email-address>
          <email-address><address>second@x.example</address></email-address></email-addresses><phone-numbers type="array"/></contact-data>`,
      },
    });
    const connection = await open(fake);
    expect(await connection.query('SELECT EmailAddress, Phone, City FROM People')).toEqual([
      { EmailAddress: 'first@x.example', Phone: null, City: null },
    ]);
  });
});

describe('connector §3.4: metadata tables', () => {
  test('sys_tables lists the tables and views of §3.3', async () => {
    const fake = await startFake();
    const connection = await open(fake);
    const listed = async (type: string) =>
      (
        await connection.query('SELECT TableName FROM sys_tables WHERE TableType = ? ORDER BY TableName', [
          type,
        ])
      ).map(({ TableName }) => TableName);
    expect(await listed('TABLE')).toEqual([
      'Cases',
      'Comments',
      'Companies',
      'CustomFields',
      'DealCategories',
      'Deals',
      'Groups',
      'Notes',
      'People',
      'TaskCategories',
    ]);
    expect(await listed('VIEW')).toEqual(
      expect.arrayContaining([
        'Account',
        'Deletions',
        'Emails',
        'GroupUsers',
        'Memberships',
        'Tags',
        'Tasks',
        'Users',
      ]),
    );
    expect(fake.log).toEqual([]);
  });

  test('sys_tablecolumns gives CData’s columns of Cases and the custom fields', async () => {
    const fake = await startFake();
    fake.add('subject_fields', { id: 51, label: 'Shoe', type: 'party' });
    const connection = await open(fake);
    const rows = await connection.query(
      "SELECT ColumnName, DataTypeName, IsKey, IsReadOnly FROM sys_tablecolumns WHERE TableName='Cases' ORDER BY Ordinal",
    );
    expect(rows.map(({ ColumnName }) => ColumnName)).toEqual([
      'Id',
      'Name',
      'IsClosed',
      'ClosedAt',
      'VisibleTo',
      'OwnerId',
      'GroupId',
      'AuthorId',
      'CreatedAt',
      'UpdatedAt',
      'Parties',
    ]);
    expect(rows[0]).toEqual({ ColumnName: 'Id', DataTypeName: 'Integer', IsKey: true, IsReadOnly: true });
    expect(
      await connection.query("SELECT TableName FROM sys_tablecolumns WHERE ColumnName='Shoe' ORDER BY 1"),
    ).toEqual([{ TableName: 'Companies' }, { TableName: 'People' }]);
  });

  test('sys_connection_props masks secrets, and Tables limits what is listed', async () => {
    const fake = await startFake();
    const connection = await open(fake, 'Tables="People,Deals";Views=Users');
    const props = await connection.query('SELECT Name, Value FROM sys_connection_props');
    expect(props.find(({ Name }) => Name === 'APIToken')!.Value).toBe('********');
    expect(props.find(({ Name }) => Name === 'AccountId')!.Value).toBe('acme');
    expect(
      (await connection.query('SELECT TableName FROM sys_tables ORDER BY 1')).map(
        ({ TableName }) => TableName,
      ),
    ).toEqual(['Deals', 'People', 'Users']);
  });

  test.each([
    'sys_catalogs',
    'sys_schemas',
    'sys_procedures',
    'sys_procedureparameters',
    'sys_keycolumns',
    'sys_foreignkeys',
    'sys_primarykeys',
    'sys_indexes',
    'sys_sqlinfo',
    'sys_identity',
    'sys_information',
  ])('%s answers', async (table) => {
    const fake = await startFake();
    const connection = await open(fake, 'AuthScheme=OAuth');
    const rows = await connection.query(`SELECT * FROM ${table}`);
    expect(rows.length > 0).toBe(table !== 'sys_identity');
  });
});
