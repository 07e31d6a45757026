import { joinSql, type Queryable, type Sql, sql } from '../../../platform/database/database.ts';

export type RequestItem = {
  id: number;
  at: Date;
  listener: string;
  dialect: string;
  method: string;
  /** With its query, secrets masked. */
  path: string;
  /** Null when the client left before it was answered. */
  status: number | null;
  durationMs: number;
  requestId: string;
  /** Login name; null where nobody was recognised. */
  user: string | null;
  requestBytes: number;
  responseBytes: number;
  address: string;
};
export type RequestDetail = RequestItem & {
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string>;
  requestBody: string | null;
  responseBody: string | null;
};

export type TrafficFilter = {
  dialect?: string;
  /** `2` for all of 200 to 299, `0` for those that were not answered. */
  classes?: readonly number[];
  user?: string;
  /** A part of the path or its query. */
  path?: string;
  requestId?: string;
  from?: Date;
  /** Exclusive. */
  to?: Date;
};

const columns = sql`r.id, r.at, r.listener, r.dialect, r.method, r.path, r.status, r.duration_ms AS "durationMs",
  r.request_id AS "requestId", r.login AS "user", r.request_bytes AS "requestBytes",
  r.response_bytes AS "responseBytes", r.address`;

export function readRequests(
  db: Queryable,
  { dialect, classes, user, path, requestId, from, to }: TrafficFilter,
  { limit, before }: { limit: number; before: number | undefined },
): Promise<RequestItem[]> {
  const where: Sql[] = [
    sql`true`,
    ...(dialect === undefined ? [] : [sql`dialect = ${dialect}`]),
    ...(classes === undefined ? [] : [sql`class = ANY (${classes}::smallint[])`]),
    ...(user === undefined ? [] : [sql`login = ${user}`]),
    ...(path === undefined ? [] : [sql`position(lower(${path}) IN lower(path)) > 0`]),
    ...(requestId === undefined ? [] : [sql`request_id = ${requestId}`]),
    ...(from === undefined ? [] : [sql`at >= ${from}`]),
    ...(to === undefined ? [] : [sql`at < ${to}`]),
    ...(before === undefined ? [] : [sql`id < ${before}`]),
  ];
  return db.rows(
    sql`SELECT ${columns} FROM traffic.requests r WHERE ${joinSql(where, ' AND ')} ORDER BY id DESC LIMIT ${limit}`,
  );
}

export function readRequest(db: Queryable, id: number): Promise<RequestDetail | undefined> {
  return db.row(sql`
    SELECT ${columns}, m.request_headers AS "requestHeaders", m.response_headers AS "responseHeaders",
           m.request_body AS "requestBody", m.response_body AS "responseBody"
    FROM traffic.requests r JOIN traffic.messages m USING (id) WHERE r.id = ${id}`);
}

export type Point = { at: Date; dialect: string; requests: number; errors: number };

/** Counts by dialect; those without requests are left out. */
export function readSeries(
  db: Queryable,
  { from, to, step }: { from: Date; to: Date; step: 'minute' | 'hour' },
): Promise<Point[]> {
  return db.rows(sql`
    SELECT date_trunc(${step}, minute) AS at, dialect, sum(requests)::int AS requests, sum(errors)::int AS errors
    FROM traffic.minutes WHERE minute >= ${from} AND minute < ${to} GROUP BY 1, 2 ORDER BY 1, 2`);
}
