import { type Queryable, sql } from '../../../platform/database/database.ts';

/** Sets a user's password; it is not expired then. */
export async function writePassword(
  db: Queryable,
  user: number,
  { passwordHash, digestSecret }: { passwordHash: string; digestSecret: string },
): Promise<void> {
  await db.run(sql`
    UPDATE identity.users
    SET password_hash = ${passwordHash}, digest_secret = ${digestSecret}, password_expired = false
    WHERE number = ${user}`);
}

/** Ends a user's sessions of the native API but the one named. */
export async function endOtherSessions(db: Queryable, user: number, kept: string | undefined): Promise<void> {
  await db.run(sql`
    UPDATE identity.sessions SET revoked_at = now(), replay = NULL
    WHERE user_number = ${user} AND revoked_at IS NULL AND (${kept ?? null}::uuid IS NULL OR id <> ${kept ?? null})`);
}
