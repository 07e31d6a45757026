import { type Queryable, sql } from '../../../platform/database/database.ts';
import type { AccessKeyPolicy } from '../rules/access-key-policy.ts';

export type LiveAccessKey = { user: number; expiresAt: Date | null };

/** The keys behind the digests (hexadecimal), expired ones left out. */
export async function readLiveAccessKeys(
  db: Queryable,
  digests: readonly string[],
): Promise<Map<string, LiveAccessKey>> {
  const rows = await db.rows<LiveAccessKey & { digest: string }>({
    name: 'identity.access_keys_live',
    text: `
      SELECT encode(digest, 'hex') AS digest, user_number AS user, expires_at AS "expiresAt"
      FROM identity.access_keys
      WHERE digest = ANY(ARRAY(SELECT decode(d, 'hex') FROM unnest($1::text[]) AS d))
        AND (expires_at IS NULL OR expires_at > now())`,
    values: [digests],
  });
  return new Map(rows.map(({ digest, user, expiresAt }) => [digest, { user, expiresAt }]));
}

export async function insertAccessKey(
  db: Queryable,
  { user, digest, ttl }: { user: number; digest: Buffer; ttl: number },
): Promise<void> {
  await db.run({
    name: 'identity.access_key_insert',
    text: `INSERT INTO identity.access_keys (digest, user_number, declared, expires_at)
           VALUES ($1, $2, false, now() + make_interval(secs => $3))`,
    values: [digest, user, ttl],
  });
}

export async function readPolicy(db: Queryable): Promise<AccessKeyPolicy> {
  const row = await db.row<AccessKeyPolicy>(sql`SELECT usage, addresses FROM identity.access_key_policy`);
  return row ?? { usage: 'allow', addresses: [] };
}

export async function writePolicy(db: Queryable, { usage, addresses }: AccessKeyPolicy): Promise<void> {
  await db.run(sql`
    INSERT INTO identity.access_key_policy (usage, addresses) VALUES (${usage}, ${addresses})
    ON CONFLICT (single) DO UPDATE SET usage = excluded.usage, addresses = excluded.addresses`);
}

/** Says false when there is no such user (any more). */
export async function writeUserPolicy(db: Queryable, user: number, allowed: boolean): Promise<boolean> {
  return (
    (await db.run(sql`
      UPDATE identity.users SET access_keys_allowed = ${allowed}
      WHERE number = ${user} AND removed_at IS NULL`)) === 1
  );
}
