import { type Queryable, sql } from '../../../platform/database/database.ts';
import type { Call } from '../listen.ts';

/** Calls of the same automation by the same record within this many minutes are looked at together. */
const window = '10 minutes';

/** How often these records have called these automations lately, by `title/record`. */
export async function recentCalls(db: Queryable, calls: readonly Call[]): Promise<Map<string, number>> {
  const wanted = calls.map(({ app, row, automation }) => ({
    app: app.id,
    record: row.id,
    automation: automation.title,
  }));
  const rows = await db.rows<{ automation: string; record: number; count: number }>(sql`
    SELECT d.automation, d.record, count(*) AS count
    FROM automations.deliveries d
    JOIN (SELECT DISTINCT app, record, automation FROM json_to_recordset(${JSON.stringify(wanted)}::json)
            AS w (app integer, record bigint, automation text)) w USING (app, record, automation)
    WHERE d.created_at > now() - ${window}::interval
    GROUP BY 1, 2`);
  return new Map(rows.map(({ automation, record, count }) => [`${automation}/${record}`, count]));
}

/** Lines of the error log that belong to no delivery. */
export async function insertErrors(
  db: Queryable,
  entries: readonly { call: Call; message: string }[],
): Promise<void> {
  const rows = entries.map(({ call, message }) => ({
    app: call.app.id,
    automation: call.automation.title,
    record: call.row.id,
    operation: call.operation,
    message,
  }));
  await db.run(sql`
    INSERT INTO automations.error_log (app, automation, record, operation, message)
    SELECT app, automation, record, operation, message FROM json_to_recordset(${JSON.stringify(rows)}::json)
      AS e (app integer, automation text, record bigint, operation text, message text)`);
}

export type SuspectedLoop = {
  app: number;
  automation: string;
  record: number;
  count: number;
  first: Date;
  last: Date;
};

/** Records that called the same automation at least `least` times within the last ten minutes, the busiest first. */
export async function readLoops(
  db: Queryable,
  apps: readonly number[],
  least: number,
): Promise<SuspectedLoop[]> {
  return db.rows<SuspectedLoop>(sql`
    SELECT app, automation, record, count(*) AS count, min(created_at) AS first, max(created_at) AS last
    FROM automations.deliveries
    WHERE created_at > now() - ${window}::interval AND app = ANY (${apps}::integer[])
    GROUP BY 1, 2, 3 HAVING count(*) >= ${least}
    ORDER BY 4 DESC, 1, 2, 3 LIMIT 100`);
}
