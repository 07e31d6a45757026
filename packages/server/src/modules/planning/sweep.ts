import type { Caller } from '../../platform/caller.ts';
import { type Database, rawSql, sql, type Transaction } from '../../platform/database/database.ts';
import { requireDesigner } from './access.ts';
import { ledgerTables } from './store/ledger-tables.ts';

/**
 * SWEEP_GARBAGE: removes at most `limit` rows of discarded editions and folded generations, in all applications.
 * Returns whether any are left (fusion_place §3).
 */
export async function sweepGarbage(database: Database, caller: Caller, limit: number): Promise<boolean> {
  requireDesigner(caller);
  return database.transaction(async (tx) => {
    let left = limit;
    const take = async (table: string, condition: string) => {
      if (left <= 0) return;
      left -= await tx.run(
        sql`${rawSql(`DELETE FROM ${table} WHERE ctid IN (SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${left})`)}`,
      );
    };
    const ledgers = await tx.rows<{ id: number; dimensions: number[] }>(sql`
      SELECT l.id, l.dimensions FROM planning.ledgers l
      WHERE EXISTS (SELECT 1 FROM planning.generations g WHERE g.ledger = l.id AND g.folded)
         OR EXISTS (SELECT 1 FROM planning.editions e WHERE e.application = l.application AND e.state = 'garbage')
      ORDER BY l.id`);
    for (const { id, dimensions } of ledgers) {
      const tables = ledgerTables(id, dimensions.length);
      const folded = `generation IN (SELECT id FROM planning.generations WHERE ledger = ${id}
        AND (folded OR edition IN (SELECT id FROM planning.editions WHERE state = 'garbage')))`;
      const discarded = `edition IN (SELECT id FROM planning.editions WHERE state = 'garbage')`;
      await take(tables.valuesHistory, folded);
      await take(tables.textsHistory, folded);
      await take(tables.values, discarded);
      await take(tables.texts, discarded);
    }
    // only when nothing hangs on them any more
    await take('planning.generations', 'folded');
    await take('planning.editions', "state = 'garbage'");
    return garbageRemains(tx);
  });
}

async function garbageRemains(tx: Transaction): Promise<boolean> {
  const row = await tx.row<{ remains: boolean }>(sql`
    SELECT EXISTS (SELECT 1 FROM planning.generations WHERE folded)
        OR EXISTS (SELECT 1 FROM planning.editions WHERE state = 'garbage') AS remains`);
  return row!.remains;
}
