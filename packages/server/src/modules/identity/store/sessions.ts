import type { Queryable } from '../../../platform/database/database.ts';

export type SessionRow = {
  user_number: number;
  refresh_digest: Buffer;
  previous_digest: Buffer | null;
  replay: string | null;
  /** Whether the last rotation was so short ago that its answer may be given once more. */
  in_grace: boolean;
  expired: boolean;
  revoked: boolean;
};

export async function insertSession(
  db: Queryable,
  session: {
    id: string;
    user: number;
    passwordHash: string | null;
    digest: Buffer;
    address?: string | undefined;
    ttl: number;
  },
): Promise<boolean> {
  const touched = await db.run({
    name: 'identity.session_insert',
    text: `
      INSERT INTO identity.sessions (id, user_number, refresh_digest, address, expires_at)
      SELECT $1, number, $3, $4, now() + make_interval(secs => $5) FROM identity.users
      WHERE number = $2 AND removed_at IS NULL AND deactivated_at IS NULL AND password_hash IS NOT DISTINCT FROM $6
      FOR SHARE -- or a change of password at this moment would not see this session`,
    values: [
      session.id,
      session.user,
      session.digest,
      session.address ?? null,
      session.ttl,
      session.passwordHash,
    ],
  });
  return touched === 1;
}

/** `grace` in seconds. */
export function readSession(db: Queryable, id: string, grace: number): Promise<SessionRow | undefined> {
  return db.row({
    name: 'identity.session',
    text: `
      SELECT user_number, refresh_digest, previous_digest, replay,
        coalesce(rotated_at > now() - make_interval(secs => $2), false) AS in_grace,
        expires_at <= now() AS expired, revoked_at IS NOT NULL AS revoked
      FROM identity.sessions WHERE id = $1`,
    values: [id, grace],
  });
}

/** Puts the next refresh token in the place of the one given; false when another request was quicker. */
export async function rotateSession(
  db: Queryable,
  rotation: { id: string; from: Buffer; to: Buffer; replay: string; ttl: number },
): Promise<boolean> {
  const touched = await db.run({
    name: 'identity.session_rotate',
    text: `
      UPDATE identity.sessions
      SET previous_digest = refresh_digest, refresh_digest = $3, replay = $4, rotated_at = now(),
          expires_at = now() + make_interval(secs => $5)
      WHERE id = $1 AND refresh_digest = $2 AND revoked_at IS NULL AND expires_at > now()`,
    values: [rotation.id, rotation.from, rotation.to, rotation.replay, rotation.ttl],
  });
  return touched === 1;
}

/** Ends a session; undefined when it had ended before. */
export async function revokeSession(db: Queryable, id: string): Promise<number | undefined> {
  const row = await db.row<{ user_number: number }>({
    name: 'identity.session_revoke',
    text: `UPDATE identity.sessions SET revoked_at = now(), replay = NULL
           WHERE id = $1 AND revoked_at IS NULL RETURNING user_number`,
    values: [id],
  });
  return row?.user_number;
}

export type LiveSession = { id: string; user: number };

/** Those of the sessions that were not revoked and did not expire. */
export async function readLiveSessions(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, LiveSession>> {
  const rows = await db.rows<LiveSession>({
    name: 'identity.sessions_live',
    text: `SELECT id, user_number AS user FROM identity.sessions
           WHERE id = ANY($1) AND revoked_at IS NULL AND expires_at > now()`,
    values: [ids],
  });
  return new Map(rows.map((row) => [row.id, row]));
}
