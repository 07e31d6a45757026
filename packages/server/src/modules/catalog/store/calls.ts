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
