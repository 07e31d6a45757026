import { expect, test } from 'vitest';
import { addCompanies, addPeople } from './support/people.ts';
import { open, startFake } from './support/session.ts';

test('connector case 1: API token', async () => {
  const fake = await startFake();
  addCompanies(fake, 3);
  const connection = await open(fake);
  const cursor = await connection.execute('SELECT Name FROM Companies');
  expect(cursor.description).toEqual([{ name: 'Name', type: 'String', nullable: true }]);
  expect(await cursor.fetchAll()).toEqual([['Company 1'], ['Company 2'], ['Company 3']]);
  expect(fake.log.length).toBeGreaterThan(0);
  for (const request of fake.log) {
    expect(request.headers.authorization).toBe(`Basic ${Buffer.from('t:X').toString('base64')}`);
    expect(request.headers['user-agent']).toMatch(/.+\(.+\)/);
  }
});

test('connector case 10: 1,203 people', async () => {
  const fake = await startFake();
  addPeople(fake, 1203);
  const connection = await open(fake);
  expect(await (await connection.execute('SELECT COUNT(*) FROM People')).fetchAll()).toEqual([[1203]]);
  expect(fake.asked('/people.xml').map((one) => one.query.get('n'))).toEqual([null, '500', '1000']);
});
