import type { Queryable } from '../../../platform/database/database.ts';
import type { Outcome } from '../perform-webhook.ts';

/** How one try ended, and what that means for the delivery. */
export type Result = Outcome & {
  id: number;
  /** `pending`: to be tried again after `delay`. */
  state: 'done' | 'failed' | 'pending' | 'cancelled';
  /** Seconds. */
  delay: number;
};

/**
 * Writes how tries ended: the delivery's state, a line of its history, and a line of the error log when it failed for
 * good, all in one statement. Deliveries that were taken from this process meanwhile are left alone.
 */
export async function writeResults(db: Queryable, worker: string, results: readonly Result[]): Promise<void> {
  await db.run({
    name: 'automations.write_results',
    text: `
      WITH r AS (
        SELECT * FROM json_to_recordset($2::json) AS r (id bigint, state text, delay float8, at timestamptz, ms integer,
                                                        status integer, error text, request jsonb,
                                                        response text)
      ), saved AS (
        UPDATE automations.deliveries d
        SET state = r.state, worker = NULL,
            tries = d.tries + CASE WHEN r.state = 'cancelled' THEN 0 ELSE 1 END,
            next_attempt_at = CASE WHEN r.state = 'pending' THEN now() + make_interval(secs => r.delay)
                                   ELSE d.next_attempt_at END
        FROM r, (SELECT set_config('synchronous_commit', 'off', true)) unsynced
        WHERE d.id = r.id AND d.state = 'running' AND d.worker = $1
        RETURNING d.id, d.app, d.automation, d.record, d.operation
      ), tried AS (
        INSERT INTO automations.attempts (delivery, at, duration_ms, status, error, request, response)
        SELECT r.id, r.at, r.ms, r.status, r.error, r.request, r.response FROM r JOIN saved USING (id)
        WHERE r.state <> 'cancelled'
      )
      INSERT INTO automations.error_log (app, automation, record, operation, status, message, delivery)
      SELECT s.app, s.automation, s.record, s.operation, r.status, r.error, s.id
      FROM saved s JOIN r USING (id) WHERE r.state = 'failed'`,
    values: [worker, JSON.stringify(results.map(storable))],
  });
}

/** PostgreSQL takes neither NUL nor broken surrogates in text. */
function storable(result: Result): Result {
  const clean = (text: string | null) =>
    text?.replaceAll('\0', '\uFFFD').replaceAll(/\p{Surrogate}/gu, '\uFFFD') ?? null;
  return { ...result, error: clean(result.error), response: clean(result.response) };
}
