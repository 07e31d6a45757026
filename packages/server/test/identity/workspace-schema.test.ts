import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type OpenIdentity, openIdentity, staff } from './open-identity.ts';

let db: TestDatabase;
let identity: OpenIdentity;

beforeAll(async () => {
  db = await createTestDatabase();
  identity = await openIdentity(db.database);
});
afterAll(() => db.drop());

test.each([
  ['users', [{ id: 'a', role: ['admin'] }]],
  ['users', [{ id: 'a', roles: ['king'] }]],
  ['users', [{ id: 'a:b' }]],
  ['users', [{ id: '' }]],
  ['users', [{ id: 'a', number: 0 }]],
  ['users', [{ id: 'a', number: 1.5 }]],
  ['users', [{ id: 'a', mail: 'no address' }]],
  ['users', [{ id: 'a', kind: 'guest' }]],
  ['users', [{ id: 'a', password: { envv: 'X' } }]],
  ['groups', [{ id: 'g', members: [] }]],
])('the schema of %s refuses %j', (key, value) => {
  expect(Compile(identity.section.schemas[key]!).Check(value)).toBe(false);
});

test('the schema accepts what the contract shows', () => {
  expect(Compile(identity.section.schemas.users!).Check(staff.users)).toBe(true);
  expect(Compile(identity.section.schemas.groups!).Check(staff.groups)).toBe(true);
});
