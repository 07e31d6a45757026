import { type Queryable, sql } from '../../../platform/database/database.ts';

export type CallRecord = {
  technicalService: number;
  subscription: number | undefined;
  operation: string;
  url: string;
  /** The arguments as sent, secrets masked. */
  request: string;
  status: number | undefined;
  answer: string | undefined;
  error: string | undefined;
  durationMs: number;
};

export async function insertCall(db: Queryable, call: CallRecord): Promise<void> {
  await db.run(sql`
    INSERT INTO catalog.calls (technical_service, subscription, operation, url, request, status, answer, error, duration_ms)
    VALUES (${call.technicalService}, ${call.subscription ?? null}, ${call.operation}, ${call.url}, ${call.request},
            ${call.status ?? null}, ${call.answer ?? null}, ${call.error ?? null}, ${call.durationMs})`);
}

export type CallRecordView = {
  id: number;
  at: Date;
  operation: string;
  url: string;
  request: string;
  status: number | null;
  answer: string | null;
  error: string | null;
  durationMs: number;
};

/** The newest first, those older than `before`. */
export function readCalls(
  db: Queryable,
  subscription: number,
  before: number | undefined,
  limit: number,
): Promise<CallRecordView[]> {
  return db.rows(sql`
    SELECT id, at, operation, url, request, status, answer, error, duration_ms AS "durationMs"
    FROM catalog.calls WHERE subscription = ${subscription}
      AND (${before ?? null}::bigint IS NULL OR id < ${before ?? null}) ORDER BY id DESC LIMIT ${limit}`);
}

/** Forgets calls older than this many days. */
export async function deleteOldCalls(db: Queryable, days: number): Promise<void> {
  await db.run(sql`DELETE FROM catalog.calls WHERE at < now() - ${days} * interval '1 day'`);
}
