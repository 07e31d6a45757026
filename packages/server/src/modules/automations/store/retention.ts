import { type Queryable, sql } from '../../../platform/database/database.ts';

/** Days for which ended deliveries with their attempts, and lines of the error log, are kept. */
const deliveryDays = 30;
const errorDays = 365;

/** Removes what is older; for a daily job. */
export async function forgetOld(db: Queryable): Promise<void> {
  await db.run(sql`
    DELETE FROM automations.deliveries
    WHERE created_at < now() - make_interval(days => ${deliveryDays}) AND state IN ('done', 'failed', 'cancelled')`);
  await db.run(sql`
    DELETE FROM automations.error_log WHERE at < now() - make_interval(days => ${errorDays})`);
}
