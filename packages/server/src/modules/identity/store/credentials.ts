import { type Queryable, type Sql, sql } from '../../../platform/database/database.ts';

export const credentialKinds = ['session', 'apiKey', 'accessKey', 'ssm'] as const;
export type CredentialKind = (typeof credentialKinds)[number];

export type Credential = {
  id: string;
  /** Login name. */
  user: string;
  name: string | null;
  address: string | null;
  createdAt: Date | null;
  expiresAt: Date | null;
};

type Source = {
  table: Sql;
  /** The text that names one. */
  id: Sql;
  name: Sql;
  address: Sql;
  created: Sql;
  expires: Sql;
  live: Sql;
};

const none = sql`NULL::text`;
/** An access key is named by the beginning of its digest, which does not give the key away. */
const sources: Record<CredentialKind, Source> = {
  session: {
    table: sql`identity.sessions`,
    id: sql`c.id::text`,
    name: none,
    address: sql`c.address`,
    created: sql`c.created_at`,
    expires: sql`c.expires_at`,
    live: sql`c.revoked_at IS NULL AND c.expires_at > now()`,
  },
  apiKey: {
    table: sql`identity.api_keys`,
    id: sql`c.id::text`,
    name: sql`c.name`,
    address: none,
    created: sql`c.created_at`,
    expires: sql`NULL::timestamptz`,
    live: sql`c.revoked_at IS NULL`,
  },
  accessKey: {
    table: sql`identity.access_keys`,
    id: sql`left(encode(c.digest, 'hex'), 24)`,
    name: sql`CASE WHEN c.declared THEN 'workspace' END`,
    address: none,
    created: sql`c.created_at`,
    expires: sql`c.expires_at`,
    live: sql`(c.expires_at IS NULL OR c.expires_at > now())`,
  },
  ssm: {
    table: sql`identity.ssm_tokens`,
    id: sql`c.user_number::text`,
    name: none,
    address: none,
    created: sql`NULL::timestamptz`,
    expires: sql`c.expires_at`,
    live: sql`c.expires_at > now()`,
  },
};

/** Those that live, the newest first; `after` is the `position` of the last one of the page before. */
export function readCredentials(
  db: Queryable,
  kind: CredentialKind,
  user: number | undefined,
  after: string | undefined,
  limit: number,
): Promise<(Credential & { position: string })[]> {
  const { table, id, name, address, created, expires, live } = sources[kind];
  const at = sql`coalesce(${created}, ${expires})`;
  const [instant = '', last = ''] = after?.split(' ') ?? [];
  const further =
    after === undefined || !/^\d{1,20}$/.test(instant)
      ? sql`true`
      : sql`((extract(epoch FROM ${at}) * 1000000)::bigint, ${id}) < (${instant}::bigint, ${last})`;
  return db.rows(sql`
    SELECT ${id} AS id, u.login AS "user", ${name} AS name, ${address} AS address, ${created} AS "createdAt",
      ${expires} AS "expiresAt", (extract(epoch FROM ${at}) * 1000000)::bigint || ' ' || ${id} AS position
    FROM ${table} c JOIN identity.users u ON u.number = c.user_number
    WHERE ${live} AND ${user === undefined ? sql`true` : sql`c.user_number = ${user}`} AND ${further}
    ORDER BY ${at} DESC, ${id} DESC LIMIT ${limit}`);
}

/** Ends one (of this user, where given), or all of a user but one session; gives the ids of those that lived. */
export async function revokeCredentials(
  db: Queryable,
  kind: CredentialKind,
  which: { id: string } | { all: true; kept?: string | undefined },
  user: number | undefined,
): Promise<string[]> {
  const { table, id, live } = sources[kind];
  const chosen = 'id' in which ? sql`${id} = ${which.id}` : sql`${id} <> ${which.kept ?? ''}`;
  const where = sql`${live} AND ${chosen} AND ${user === undefined ? sql`true` : sql`c.user_number = ${user}`}`;
  const statement =
    kind === 'session'
      ? sql`UPDATE ${table} c SET revoked_at = now(), replay = NULL WHERE ${where} RETURNING ${id} AS id`
      : kind === 'apiKey'
        ? sql`UPDATE ${table} c SET revoked_at = now() WHERE ${where} RETURNING ${id} AS id`
        : sql`DELETE FROM ${table} c WHERE ${where} RETURNING ${id} AS id`;
  return (await db.rows<{ id: string }>(statement)).map((row) => row.id);
}

/** A key that does not expire and that the workspace file does not know of; gives its name. */
export async function insertLastingAccessKey(db: Queryable, user: number, digest: Buffer): Promise<string> {
  const row = await db.row<{ id: string }>(sql`
    INSERT INTO identity.access_keys (digest, user_number, declared) VALUES (${digest}, ${user}, false)
    RETURNING left(encode(digest, 'hex'), 24) AS id`);
  return row!.id;
}
