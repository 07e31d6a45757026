import { type Queryable, sql } from '../../../platform/database/database.ts';

/** Removes what can no longer be used; ended sessions stay a day, so that a stolen token is still told apart. */
export async function cleanUp(db: Queryable): Promise<void> {
  await db.run(sql`
    DELETE FROM identity.sessions WHERE expires_at < now() OR revoked_at < now() - interval '1 day'`);
  await db.run(sql`DELETE FROM identity.access_keys WHERE expires_at < now()`);
  await db.run(sql`DELETE FROM identity.ssm_tokens WHERE expires_at < now()`);
  await db.run(sql`DELETE FROM identity.api_keys WHERE revoked_at < now() - interval '30 days'`);
}

/** Below it, numbers are left for the workspace file to give; at and above it they are given out. */
export const firstGivenNumber = 1_000_000;

/** Makes the user `admin` unless there is one; says whether it did. Safe between processes. */
export async function insertAdmin(
  db: Queryable,
  { passwordHash, digestSecret }: { passwordHash: string; digestSecret: string },
): Promise<boolean> {
  const touched = await db.run(sql`
    INSERT INTO identity.users (number, login, name, password_hash, digest_secret, roles)
    SELECT coalesce(max(number) + 1, ${firstGivenNumber}), 'admin', 'admin', ${passwordHash}, ${digestSecret},
           '{admin}'
    FROM identity.users WHERE number >= ${firstGivenNumber}
    ON CONFLICT DO NOTHING`);
  return touched === 1;
}

export async function adminExists(db: Queryable): Promise<boolean> {
  const row = await db.row(sql`SELECT 1 FROM identity.users WHERE login = 'admin' AND removed_at IS NULL`);
  return row !== undefined;
}
