import { type Queryable, sql } from '../../../platform/database/database.ts';

/** A delivery that this process has taken to send. */
export type Claimed = {
  id: number;
  app: number;
  app_version: number;
  automation: string;
  kind: 'webhook' | 'mail' | 'write';
  actor: number | null;
  depth: number;
  ordered: boolean;
  record: number;
  operation: string;
  body: string;
  tries: number;
};

/** How many more deliveries of an automation this process takes; automations not named take `each`. */
export type Room = { app: number; automation: string; free: number };

/**
 * Takes what is due, at most `each` per automation, so that the backlog of one never hides another's: the automations
 * that have something waiting are found by skipping through the index (a step per automation, not per delivery).
 * Ordered ones wait for the earlier ones of their record.
 *
 * The commit does not wait for the disk (nor does that of results): a claim that a power cut takes back is made again.
 */
export async function claimDue(
  db: Queryable,
  worker: string,
  each: number,
  rooms: readonly Room[],
): Promise<Claimed[]> {
  return db.rows<Claimed>({
    name: 'automations.claim_due',
    text: `
      WITH RECURSIVE lanes AS (
        (SELECT app, automation FROM automations.deliveries WHERE state = 'pending' ORDER BY 1, 2 LIMIT 1)
        UNION ALL
        SELECT next.app, next.automation
        FROM lanes l CROSS JOIN LATERAL (
          SELECT d.app, d.automation FROM automations.deliveries d
          WHERE d.state = 'pending' AND (d.app, d.automation) > (l.app, l.automation)
          ORDER BY 1, 2 LIMIT 1) next
      ), picked AS (
        SELECT due.id
        FROM lanes l
        LEFT JOIN json_to_recordset($3::json) AS r (app integer, automation text, free integer)
          ON r.app = l.app AND r.automation = l.automation
        CROSS JOIN LATERAL (
          SELECT d.id FROM automations.deliveries d
          WHERE d.app = l.app AND d.automation = l.automation AND d.state = 'pending' AND d.next_attempt_at <= now()
            AND NOT (d.ordered AND EXISTS (
              SELECT FROM automations.deliveries e
              WHERE e.ordered AND e.state IN ('pending', 'running', 'paused') AND e.app = d.app
                AND e.automation = d.automation AND e.record = d.record AND e.id < d.id))
          ORDER BY d.next_attempt_at, d.id LIMIT coalesce(r.free, $2) FOR UPDATE SKIP LOCKED) due
      )
      UPDATE automations.deliveries d SET state = 'running', worker = $1
      FROM picked, (SELECT set_config('synchronous_commit', 'off', true)) unsynced
      WHERE d.id = picked.id
      RETURNING d.id, d.app, d.app_version, d.automation, d.kind, d.actor, d.depth, d.ordered, d.record,
                d.operation, d.body, d.tries`,
    values: [worker, each, JSON.stringify(rooms)],
  });
}

/** Seconds after which a process that was not seen counts as dead. */
const deadAfter = 6;

/** Tells that this process lives, and frees what dead ones held. @returns how many deliveries were freed */
export async function beat(db: Queryable, worker: string): Promise<number> {
  await db.run(sql`
    INSERT INTO automations.workers (id) VALUES (${worker}) ON CONFLICT (id) DO UPDATE SET seen_at = now()`);
  return db.run(sql`
    UPDATE automations.deliveries SET state = 'pending', worker = NULL
    WHERE state = 'running' AND worker NOT IN (
      SELECT id FROM automations.workers WHERE seen_at > now() - make_interval(secs => ${deadAfter}))`);
}

/** Gives back what was taken but not begun, and takes leave. */
export async function leave(db: Queryable, worker: string): Promise<void> {
  await db.run(sql`
    UPDATE automations.deliveries SET state = 'pending', worker = NULL WHERE state = 'running' AND worker = ${worker}`);
  await db.run(sql`
    DELETE FROM automations.workers WHERE id = ${worker} OR seen_at < now() - interval '1 hour'`);
}
