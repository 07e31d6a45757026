import type { Queryable } from '../../../platform/database/database.ts';

export type ApiKey = { id: string; name: string; scopes: string[] | null; createdAt: Date };
export type LiveApiKey = { id: string; user: number; scopes: ReadonlySet<string> | undefined };

export async function insertApiKey(
  db: Queryable,
  key: { id: string; user: number; name: string; digest: Buffer; scopes: readonly string[] | undefined },
): Promise<void> {
  await db.run({
    name: 'identity.api_key_insert',
    text: `INSERT INTO identity.api_keys (id, user_number, name, digest, scopes) VALUES ($1, $2, $3, $4, $5)`,
    values: [key.id, key.user, key.name, key.digest, key.scopes ?? null],
  });
}

/** A user's keys that were not revoked, oldest first; `after` is the id of the last one of the page before. */
export function readApiKeys(
  db: Queryable,
  { user, limit, after }: { user: number; limit: number; after: string | undefined },
): Promise<ApiKey[]> {
  return db.rows({
    name: 'identity.api_keys',
    text: `
      SELECT id, name, scopes, created_at AS "createdAt" FROM identity.api_keys
      WHERE user_number = $1 AND revoked_at IS NULL
        AND ($2::uuid IS NULL OR (created_at, id) > (SELECT created_at, id FROM identity.api_keys WHERE id = $2))
      ORDER BY created_at, id LIMIT $3`,
    values: [user, after ?? null, limit],
  });
}

/** Revokes a key; an administrator (`user` undefined) anybody's. Undefined when there is none to revoke. */
export async function revokeApiKey(
  db: Queryable,
  id: string,
  user: number | undefined,
): Promise<number | undefined> {
  const row = await db.row<{ user_number: number }>({
    name: 'identity.api_key_revoke',
    text: `UPDATE identity.api_keys SET revoked_at = now()
           WHERE id = $1 AND revoked_at IS NULL AND ($2::int IS NULL OR user_number = $2) RETURNING user_number`,
    values: [id, user ?? null],
  });
  return row?.user_number;
}

/** The keys behind the digests (hexadecimal), revoked ones left out. */
export async function readLiveApiKeys(
  db: Queryable,
  digests: readonly string[],
): Promise<Map<string, LiveApiKey>> {
  const rows = await db.rows<{ digest: string; id: string; user: number; scopes: string[] | null }>({
    name: 'identity.api_keys_live',
    text: `
      SELECT encode(digest, 'hex') AS digest, id, user_number AS user, scopes FROM identity.api_keys
      WHERE digest = ANY(ARRAY(SELECT decode(d, 'hex') FROM unnest($1::text[]) AS d)) AND revoked_at IS NULL`,
    values: [digests],
  });
  return new Map(
    rows.map(({ digest, id, user, scopes }) => [
      digest,
      { id, user, scopes: scopes === null ? undefined : new Set(scopes) },
    ]),
  );
}
