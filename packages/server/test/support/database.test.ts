import { expect, test } from 'vitest';
import { sql } from '../../src/platform/database/database.ts';
import { createTestDatabase } from './database.ts';

test('each test database is empty, migrated, and removed at the end', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await one.database.run(sql`CREATE TABLE only_here (a int)`);
  const tables = sql`SELECT schemaname AS schema FROM pg_tables WHERE schemaname IN ('public', 'jobs', 'platform') GROUP BY 1 ORDER BY 1`;
  expect(await two.database.rows(tables)).toEqual([{ schema: 'jobs' }, { schema: 'platform' }]);
  await two.drop();
  await one.drop();
  await expect(one.connect().row(sql`SELECT 1`)).rejects.toThrow('does not exist');
});

test('a connection that was left open fails the test', async () => {
  const { connect, drop } = await createTestDatabase();
  const forgotten = connect();
  await forgotten.row(sql`SELECT 1`);
  await expect(drop()).rejects.toThrow('is being accessed by other users');
  await forgotten.close();
});
