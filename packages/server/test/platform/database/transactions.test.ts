import { expect, test } from 'vitest';
import { sql } from '../../../src/platform/database/database.ts';
import { createTestDatabase } from '../../support/database.ts';

test('many transactions that look something up outside of themselves do not wait for one another for ever', async () => {
  const { database, drop } = await createTestDatabase();
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      database.transaction(async (tx) => {
        await tx.row(sql`SELECT pg_sleep(0.01)`);
        return (await database.row<{ n: number }>(sql`SELECT ${n}::int AS n`))!.n;
      }),
    ),
  );
  expect(answers).toEqual(answers.map((_, n) => n));
  await drop();
}, 10_000);
