import { type Queryable, sql } from '../../../platform/database/database.ts';

export type ServiceSession = {
  subscription: number;
  sessionId: string;
  user: number;
  resolved: boolean;
};

const columns = sql`subscription, session_id AS "sessionId", user_number AS "user", resolved_at IS NOT NULL AS resolved`;

/** Opens a session; false when there is one already. */
export async function insertSession(
  db: Queryable,
  session: { subscription: number; sessionId: string; user: number; tokenHash: Buffer; portal: boolean },
): Promise<boolean> {
  const inserted = await db.run(sql`
    INSERT INTO catalog.sessions (subscription, session_id, user_number, token_hash, portal)
    VALUES (${session.subscription}, ${session.sessionId}, ${session.user}, ${session.tokenHash}, ${session.portal})
    ON CONFLICT DO NOTHING`);
  return inserted === 1;
}

export function readSession(
  db: Queryable,
  subscription: number,
  sessionId: string,
): Promise<ServiceSession | undefined> {
  return db.row(sql`SELECT ${columns} FROM catalog.sessions
    WHERE subscription = ${subscription} AND session_id = ${sessionId}`);
}

/** Uses a token up: gives its session's user the first time, nothing ever after (oscm §4.3). */
export function resolveToken(
  db: Queryable,
  subscription: number,
  sessionId: string,
  tokenHash: Buffer,
): Promise<{ user: number } | undefined> {
  return db.row(sql`
    UPDATE catalog.sessions SET resolved_at = now()
    WHERE subscription = ${subscription} AND session_id = ${sessionId} AND token_hash = ${tokenHash}
      AND resolved_at IS NULL RETURNING user_number AS "user"`);
}

export async function countSessions(db: Queryable, subscription: number): Promise<number> {
  const row = await db.row<{ n: number }>(
    sql`SELECT count(*)::int AS n FROM catalog.sessions WHERE subscription = ${subscription}`,
  );
  return row?.n ?? 0;
}

export function deleteSession(
  db: Queryable,
  subscription: number,
  sessionId: string,
): Promise<ServiceSession | undefined> {
  return db.row(sql`
    DELETE FROM catalog.sessions WHERE subscription = ${subscription} AND session_id = ${sessionId}
    RETURNING ${columns}`);
}

export function closeSessions(db: Queryable, subscription: number): Promise<ServiceSession[]> {
  return db.rows(sql`DELETE FROM catalog.sessions WHERE subscription = ${subscription} RETURNING ${columns}`);
}

export async function closeSessionsOf(db: Queryable, subscription: number, user: number): Promise<void> {
  await db.run(
    sql`DELETE FROM catalog.sessions WHERE subscription = ${subscription} AND user_number = ${user}`,
  );
}

/** Subscriptions that a portal session has open. */
export async function readSubscriptionsOfSession(db: Queryable, sessionId: string): Promise<number[]> {
  const rows = await db.rows<{ subscription: number }>(
    sql`SELECT subscription FROM catalog.sessions WHERE session_id = ${sessionId} ORDER BY 1`,
  );
  return rows.map(({ subscription }) => subscription);
}

/** The portal sessions that have service sessions which end with them. */
export async function readPortalSessions(db: Queryable): Promise<string[]> {
  const rows = await db.rows<{ id: string }>(sql`
    SELECT DISTINCT x.session_id AS id FROM catalog.sessions x
    JOIN catalog.subscriptions s ON s.key = x.subscription
    JOIN catalog.technical_services t ON t.key = s.technical_service
    WHERE x.portal AND t.definition ->> 'accessType' <> 'LOGIN'`);
  return rows.map(({ id }) => id);
}

/** Closes the service sessions of these portal sessions, but those of LOGIN; of one user, or of all. */
export function closeSessionsOfPortal(
  db: Queryable,
  sessionIds: readonly string[],
  user: number | undefined,
): Promise<ServiceSession[]> {
  return db.rows(sql`
    DELETE FROM catalog.sessions x USING catalog.subscriptions s, catalog.technical_services t
    WHERE s.key = x.subscription AND t.key = s.technical_service AND t.definition ->> 'accessType' <> 'LOGIN'
      AND x.session_id = ANY(${sessionIds}) AND (${user ?? null}::int IS NULL OR x.user_number = ${user ?? null})
    RETURNING x.subscription, x.session_id AS "sessionId", x.user_number AS "user",
      x.resolved_at IS NOT NULL AS resolved`);
}

/** A session of somebody else's portal; telling it twice is no mistake. */
export async function insertPlatformSession(db: Queryable, sessionId: string, user: number): Promise<void> {
  await db.run(sql`
    INSERT INTO catalog.platform_sessions (session_id, user_number) VALUES (${sessionId}, ${user})
    ON CONFLICT DO NOTHING`);
}

export function deletePlatformSession(db: Queryable, sessionId: string, user: number): Promise<number> {
  return db.run(sql`
    DELETE FROM catalog.platform_sessions WHERE session_id = ${sessionId} AND user_number = ${user}`);
}
