import { type Database, type Queryable, sql } from '../../../platform/database/database.ts';

export type Row = {
  at: Date;
  listener: string;
  dialect: string;
  method: string;
  path: string;
  status: number | null;
  ms: number;
  request_id: string;
  login: string | null;
  request_bytes: number;
  response_bytes: number;
  address: string;
  request_headers: Record<string, string>;
  response_headers: Record<string, string>;
  request_body: string | null;
  response_body: string | null;
};
export type Count = { minute: Date; dialect: string; requests: number; errors: number };

/** Requests kept at most, and days for which they and the counts by minute are. */
export const keptRequests = 50_000;
const requestDays = 7;
const countDays = 35;

/** Writes a batch in one statement, without waiting for the disk: traffic is worth less than what it slows down. */
export async function writeBatch(
  db: Queryable,
  rows: readonly Row[],
  counts: readonly Count[],
): Promise<void> {
  await db.run({
    name: 'traffic.write_batch',
    text: `
      WITH r AS (
        SELECT nextval(pg_get_serial_sequence('traffic.requests', 'id')) AS id, r.*
        FROM json_to_recordset($1::json) AS r (
          at timestamptz, listener text, dialect text, method text, path text, status smallint, ms real,
          request_id text, login text, request_bytes bigint, response_bytes bigint, address text,
          request_headers jsonb, response_headers jsonb, request_body text, response_body text),
          (SELECT set_config('synchronous_commit', 'off', true)) unsynced
      ), requests AS (
        INSERT INTO traffic.requests (id, at, listener, dialect, method, path, status, duration_ms, request_id, login,
                                      request_bytes, response_bytes, address)
        OVERRIDING SYSTEM VALUE
        SELECT id, at, listener, dialect, method, path, status, ms, request_id, login, request_bytes, response_bytes,
               address FROM r
      ), messages AS (
        INSERT INTO traffic.messages (id, request_headers, response_headers, request_body, response_body)
        SELECT id, request_headers, response_headers, request_body, response_body FROM r
      )
      INSERT INTO traffic.minutes AS m (minute, dialect, requests, errors)
      SELECT c.minute, c.dialect, c.requests, c.errors
      FROM json_to_recordset($2::json) AS c (minute timestamptz, dialect text, requests integer, errors integer)
      ORDER BY 1, 2 -- in one order everywhere, so that processes do not lock each other
      ON CONFLICT (minute, dialect) DO UPDATE
        SET requests = m.requests + excluded.requests, errors = m.errors + excluded.errors`,
    values: [JSON.stringify(rows), JSON.stringify(counts)],
  });
}

/** Removes what is too old or too much. */
export async function forgetOld(database: Database): Promise<void> {
  await database.run(sql`
    WITH gone AS (
      DELETE FROM traffic.requests
      WHERE id <= (SELECT max(id) FROM traffic.requests) - ${keptRequests}::bigint
         OR at < now() - make_interval(days => ${requestDays})
      RETURNING id)
    DELETE FROM traffic.messages m USING gone WHERE m.id = gone.id`);
  await database.run(sql`
    DELETE FROM traffic.minutes WHERE minute < now() - make_interval(days => ${countDays})`);
}
