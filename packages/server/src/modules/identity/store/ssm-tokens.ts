import type { Queryable } from '../../../platform/database/database.ts';
import { toUser, type User, type UserRow, userColumns } from './users.ts';

/**
 * Makes these two the user's only tokens. Says false when he may not have any (any more), or when his password is no
 * longer the one that was checked.
 */
export async function replaceTokens(
  db: Queryable,
  tokens: {
    user: number;
    passwordHash: string | null;
    accessId: string;
    refreshId: string;
    /** Seconds until the longer-lived of the two ends. */
    ttl: number;
  },
): Promise<boolean> {
  const touched = await db.run({
    name: 'identity.ssm_login',
    text: `
      INSERT INTO identity.ssm_tokens (user_number, access_id, refresh_id, expires_at)
      SELECT number, $2, $3, now() + make_interval(secs => $4) FROM identity.users
      WHERE number = $1 AND removed_at IS NULL AND deactivated_at IS NULL AND auth_method = 'basic'
        AND password_hash IS NOT DISTINCT FROM $5
      FOR SHARE -- or a change of method or password at this moment would not see these tokens
      ON CONFLICT (user_number) DO UPDATE
      SET access_id = excluded.access_id, refresh_id = excluded.refresh_id, expires_at = excluded.expires_at`,
    values: [tokens.user, tokens.accessId, tokens.refreshId, tokens.ttl, tokens.passwordHash],
  });
  return touched === 1;
}

/** Puts a new access token in the place of the earlier one; undefined when the refresh token is not the latest. */
export async function replaceAccessToken(
  db: Queryable,
  { login, refreshId, accessId, ttl }: { login: string; refreshId: string; accessId: string; ttl: number },
): Promise<number | undefined> {
  const row = await db.row<{ user_number: number }>({
    name: 'identity.ssm_refresh',
    text: `
      UPDATE identity.ssm_tokens t
      SET access_id = $3, expires_at = greatest(t.expires_at, now() + make_interval(secs => $4))
      FROM identity.users u
      WHERE u.number = t.user_number AND u.login = $1 AND u.removed_at IS NULL AND u.deactivated_at IS NULL
        AND u.auth_method = 'basic' AND t.refresh_id = $2
      RETURNING t.user_number`,
    values: [login, refreshId, accessId, ttl],
  });
  return row?.user_number;
}

/** The user whose live access token this is, with all that his rights follow from, in one look-up. */
export async function readTokenOwner(
  db: Queryable,
  login: string,
  accessId: string,
): Promise<User | undefined> {
  const row = await db.row<UserRow>({
    name: 'identity.ssm_owner',
    text: `
      SELECT ${userColumns} FROM identity.users u JOIN identity.ssm_tokens t ON t.user_number = u.number
      WHERE u.login = $1 AND u.removed_at IS NULL AND u.deactivated_at IS NULL AND u.auth_method = 'basic'
        AND t.access_id = $2`,
    values: [login, accessId],
  });
  return row && toUser(row);
}

/** Ends both tokens of the owner of this access token; undefined when it does not live. */
export async function deleteTokens(
  db: Queryable,
  login: string,
  accessId: string,
): Promise<number | undefined> {
  const row = await db.row<{ user_number: number }>({
    name: 'identity.ssm_logout',
    text: `
      DELETE FROM identity.ssm_tokens t USING identity.users u
      WHERE u.number = t.user_number AND u.login = $1 AND u.removed_at IS NULL AND t.access_id = $2
      RETURNING t.user_number`,
    values: [login, accessId],
  });
  return row?.user_number;
}
