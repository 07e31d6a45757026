import { type Database, type Queryable, sql } from '../../../platform/database/database.ts';

export type Pause = { app: number; automation: string; since: Date; reason: string };

/** Lets everything of an automation wait. @returns false when it was paused already */
export async function pause(
  db: Database,
  { app, automation }: { app: number; automation: string },
  reason: string,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const added = await tx.run(sql`
      INSERT INTO automations.pauses (app, automation, reason) VALUES (${app}, ${automation}, ${reason})
      ON CONFLICT DO NOTHING`);
    await tx.run(sql`
      UPDATE automations.deliveries SET state = 'paused'
      WHERE app = ${app} AND automation = ${automation} AND state = 'pending'`);
    if (added === 0) return false;
    await tx.run(sql`
      INSERT INTO automations.error_log (app, automation, operation, message)
      VALUES (${app}, ${automation}, 'paused', ${reason})`);
    return true;
  });
}

/** Makes everything of a paused automation due. @returns how many deliveries were waiting */
export async function resume(db: Database, app: number, automation: string): Promise<number> {
  return db.transaction(async (tx) => {
    await tx.run(sql`DELETE FROM automations.pauses WHERE app = ${app} AND automation = ${automation}`);
    return tx.run(sql`
      UPDATE automations.deliveries SET state = 'pending', tries = 0, next_attempt_at = now()
      WHERE app = ${app} AND automation = ${automation} AND state = 'paused'`);
  });
}

export async function readPauses(db: Queryable, apps: readonly number[]): Promise<Pause[]> {
  return db.rows<Pause>(sql`
    SELECT app, automation, since, reason FROM automations.pauses
    WHERE app = ANY (${apps}::integer[]) ORDER BY since`);
}
