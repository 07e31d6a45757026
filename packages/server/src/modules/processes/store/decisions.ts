import { type Queryable, sql, type Transaction } from '../../../platform/database/database.ts';

export type Decision = { action: 'approve' | 'reject'; comment: string | undefined };

export async function insertDecision(
  tx: Transaction,
  at: { app: number; record: number; revision: number },
  { action, comment }: Decision,
): Promise<void> {
  await tx.run(sql`
    INSERT INTO processes.decisions (app, record, revision, action, comment)
    VALUES (${at.app}, ${at.record}, ${at.revision}, ${action}, ${comment ?? null})`);
}

/** By the revision that each made. */
export async function readDecisions(
  db: Queryable,
  app: number,
  record: number,
): Promise<Map<number, Decision>> {
  const rows = await db.rows<{ revision: number; action: Decision['action']; comment: string | null }>(sql`
    SELECT revision, action, comment FROM processes.decisions WHERE app = ${app} AND record = ${record}`);
  return new Map(
    rows.map(({ revision, action, comment }) => [revision, { action, comment: comment ?? undefined }]),
  );
}

export async function deleteDecisions(
  tx: Transaction,
  app: number,
  records: readonly number[],
): Promise<void> {
  await tx.run(
    sql`DELETE FROM processes.decisions WHERE app = ${app} AND record = ANY (${records}::bigint[])`,
  );
}
