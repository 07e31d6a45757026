import { type Queryable, sql, type Transaction } from '../../../platform/database/database.ts';
import { errors } from '../errors.ts';

export type IdempotencyKey = { key: string; fingerprint: string };

export type KeyedRecords = { user: number; idempotency: IdempotencyKey; app: number; records: number[] };

/** Keeps which records were made under each key. @throws AppError `repeated` when one has been used meanwhile */
export async function keepKeys(tx: Transaction, made: readonly KeyedRecords[]): Promise<void> {
  if (made.length === 0) return;
  const rows = made.map(({ user, idempotency, app, records }) => ({ user, ...idempotency, app, records }));
  const kept = await tx.run(sql`
    INSERT INTO records.idempotency_keys (user_number, key, fingerprint, app, records)
    SELECT k."user", k.key, k.fingerprint, k.app, k.records
    FROM json_to_recordset(${JSON.stringify(rows)}::json)
      AS k ("user" integer, key text, fingerprint text, app integer, records bigint[])
    ON CONFLICT DO NOTHING`);
  if (kept < made.length) throw errors.repeated();
}

/** The records made under a key by this user; undefined when it is new. @throws AppError `keyReused` */
export async function recordsOfKey(
  db: Queryable,
  user: number,
  app: number,
  { key, fingerprint }: IdempotencyKey,
): Promise<number[] | undefined> {
  const row = await db.row<{ fingerprint: string; app: number; records: number[] }>(sql`
    SELECT fingerprint, app, records FROM records.idempotency_keys WHERE user_number = ${user} AND key = ${key}`);
  if (!row) return undefined;
  if (row.fingerprint !== fingerprint || row.app !== app) throw errors.keyReused();
  return row.records.map(Number);
}

/** Keys are remembered for a day; for a daily job. */
export async function forgetOldKeys(db: Queryable): Promise<void> {
  await db.run(sql`DELETE FROM records.idempotency_keys WHERE at < now() - interval '1 day'`);
}
