import type { Caller } from '../../../platform/caller.ts';
import { type Queryable, sql } from '../../../platform/database/database.ts';
import { errors } from '../errors.ts';
import type { Application, Ledger } from '../rules/model.ts';

/**
 * Holds an application's design still and makes this transaction the only one that changes the ledger's values,
 * until it ends. Always in this order, so that no two wait for each other.
 * @throws planning.again when the design is no longer the one that the caller worked with
 */
export async function lockLedger(db: Queryable, application: Application, ledger: Ledger): Promise<void> {
  const held = await db.row<{ revision: number }>(
    sql`SELECT revision FROM planning.applications WHERE id = ${application.id} FOR SHARE`,
  );
  if (held?.revision !== application.revision) throw errors.again();
  await db.run(sql`SELECT 1 FROM planning.ledgers WHERE id = ${ledger.id} FOR NO KEY UPDATE`);
}

/** Opens the next generation of a ledger's edition; every change of values is one. */
export async function openGeneration(
  db: Queryable,
  ledger: Ledger,
  edition: number,
  caller: Caller,
  request: string,
): Promise<number> {
  const row = await db.row<{ id: number }>(sql`
    INSERT INTO planning.generations (ledger, edition, by, request)
    VALUES (${ledger.id}, ${edition}, ${caller.login}, ${request}) RETURNING id`);
  return row!.id;
}

/** Closes it with what it changed; one that changed nothing leaves no trace. */
export async function closeGeneration(db: Queryable, generation: number, changed: number): Promise<void> {
  await db.run(
    changed > 0
      ? sql`UPDATE planning.generations SET cells = ${changed} WHERE id = ${generation}`
      : sql`DELETE FROM planning.generations WHERE id = ${generation}`,
  );
}
