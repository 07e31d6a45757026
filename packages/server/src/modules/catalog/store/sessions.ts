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
  session: { subscription: number; sessionId: string; user: number; tokenHash: Buffer },
): Promise<boolean> {
  const inserted = await db.run(sql`
    INSERT INTO catalog.sessions (subscription, session_id, user_number, token_hash)
    VALUES (${session.subscription}, ${session.sessionId}, ${session.user}, ${session.tokenHash})
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
