import { type Queryable, sql, type Transaction } from '../../../platform/database/database.ts';

export type AttachmentRow = {
  n: number;
  file: number;
  name: string;
  type: string;
  /** Bytes. */
  size: number;
  added_by: number | null;
  added_at: Date;
};

/** The record must be locked, so that two attachments cannot get the same number. */
export async function insertAttachment(
  tx: Transaction,
  { app, record, file, user }: { app: number; record: number; file: number; user: number },
): Promise<number> {
  const row = await tx.row<{ n: number }>(sql`
    INSERT INTO processes.attachments (app, record, n, file, added_by)
    SELECT ${app}::integer, ${record}::bigint, coalesce(max(n), 0) + 1, ${file}::bigint, ${user}::integer
    FROM processes.attachments WHERE app = ${app} AND record = ${record}
    RETURNING n`);
  return row!.n;
}

export async function readAttachments(db: Queryable, app: number, record: number): Promise<AttachmentRow[]> {
  return db.rows<AttachmentRow>(sql`
    SELECT a.n, a.file, f.name, f.media_type AS type, f.size, a.added_by, a.added_at
    FROM processes.attachments a JOIN records.files f ON f.id = a.file
    WHERE a.app = ${app} AND a.record = ${record} ORDER BY a.n`);
}

export async function findAttachment(
  db: Queryable,
  app: number,
  record: number,
  n: number,
): Promise<number | undefined> {
  const row = await db.row<{ file: number }>(sql`
    SELECT file FROM processes.attachments WHERE app = ${app} AND record = ${record} AND n = ${n}`);
  return row?.file;
}
