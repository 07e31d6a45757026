import { afterAll, beforeAll, expect, test } from 'vitest';
import { createJobs } from '../../src/platform/jobs/jobs.ts';
import { createLog } from '../../src/platform/log/log.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

/** A job as a killed process leaves it, so many seconds after its last sign of life. */
async function abandoned(task: string, seconds: number): Promise<void> {
  const jobs = createJobs({ database: db.database, log: createLog('silent') });
  await jobs.enqueue(db.database, task, { from: task });
  await db.database.pool.query(
    `UPDATE jobs._private_jobs SET locked_by = 'gone', locked_at = now() - make_interval(secs => $1)
     WHERE task_id = (SELECT id FROM jobs._private_tasks WHERE identifier = $2)`,
    [seconds, task],
  );
}

test('jobs of a killed process are taken over a minute after its last sign of life, not earlier', async () => {
  await abandoned('old', 61);
  await abandoned('fresh', 30);
  const ran: unknown[] = [];
  const jobs = createJobs({ database: db.database, log: createLog('silent') });
  for (const task of ['old', 'fresh']) jobs.handle(task, async (payload) => void ran.push(payload));
  await jobs.start();
  await expect.poll(() => ran, { timeout: 5000 }).toEqual([{ from: 'old' }]);
  await jobs.stop();
  expect(ran).toEqual([{ from: 'old' }]);
});
