import type { Role } from '../../../platform/caller.ts';
import { type Queryable, sql } from '../../../platform/database/database.ts';
import type { AuthMethod, UserKind } from './users.ts';

/** A group or user as the workspace sees it: its words, all of them in one row. */
export type GroupState = { number: number; id: string; name: string; removed: boolean };

export type UserState = {
  number: number;
  login: string;
  name: string;
  mail: string | null;
  passwordExpired: boolean;
  deactivated: boolean;
  kind: UserKind;
  authMethod: AuthMethod;
  groups: string[];
  roles: Role[];
  digestSecret: string | null;
  /** Digests of the declared access keys, hexadecimal. */
  accessKeys: string[];
  removed: boolean;
};

/**
 * Whoever plans a change of users or groups waits here for the one before, until his transaction ends: numbers are
 * given out by what is there. The row is that of the server itself (0002_the_system_user.sql).
 */
export async function lockDirectory(db: Queryable): Promise<void> {
  await db.run(sql`SELECT 1 FROM identity.users WHERE number = 0 FOR UPDATE`);
}

/** Every group there is or was. */
export function readGroupStates(db: Queryable): Promise<GroupState[]> {
  return db.rows(sql`
    SELECT number, id, name, removed_at IS NOT NULL AS removed FROM identity.groups ORDER BY number`);
}

/** Every user there is or was, the server itself left out. */
export function readUserStates(db: Queryable): Promise<UserState[]> {
  return db.rows(sql`
    SELECT u.number, u.login, u.name, u.mail, u.password_expired AS "passwordExpired",
      u.deactivated_at IS NOT NULL AS deactivated, u.kind,
      u.auth_method AS "authMethod", coalesce(m.ids, '{}') AS groups, u.roles, u.digest_secret AS "digestSecret",
      coalesce(k.digests, '{}') AS "accessKeys", u.removed_at IS NOT NULL AS removed
    FROM identity.users u
    LEFT JOIN (SELECT user_number, array_agg(g.id ORDER BY g.id) AS ids
               FROM identity.memberships JOIN identity.groups g ON g.number = group_number
               WHERE g.removed_at IS NULL GROUP BY user_number) m ON m.user_number = u.number
    LEFT JOIN (SELECT user_number, array_agg(encode(digest, 'hex')) AS digests
               FROM identity.access_keys WHERE declared GROUP BY user_number) k ON k.user_number = u.number
    WHERE u.number > 0 ORDER BY u.number`);
}

/** A number that the file gives in place of one that was given out; the old one keeps its name as a removed row. */
export type Renumbering = { from: number; to: number };

export async function renumberGroups(db: Queryable, changes: readonly Renumbering[]): Promise<void> {
  if (changes.length === 0) return;
  const list = JSON.stringify(changes);
  await db.run(sql`
    UPDATE identity.groups SET number = c."to"
    FROM json_to_recordset(${list}) AS c("from" int, "to" int) WHERE number = c."from"`);
  await db.run(sql`
    INSERT INTO identity.groups (number, id, name, removed_at)
    SELECT c."from", g.id, g.name, now() FROM json_to_recordset(${list}) AS c("from" int, "to" int)
    JOIN identity.groups g ON g.number = c."to"`);
}

export async function renumberUsers(db: Queryable, changes: readonly Renumbering[]): Promise<void> {
  if (changes.length === 0) return;
  const list = JSON.stringify(changes);
  await db.run(sql`
    UPDATE identity.users SET number = c."to"
    FROM json_to_recordset(${list}) AS c("from" int, "to" int) WHERE number = c."from"`);
  await db.run(sql`
    INSERT INTO identity.users (number, login, name, removed_at)
    SELECT c."from", u.login, u.name, now() FROM json_to_recordset(${list}) AS c("from" int, "to" int)
    JOIN identity.users u ON u.number = c."to"`);
}

export async function writeGroups(
  db: Queryable,
  groups: readonly { number: number; id: string; name: string }[],
): Promise<void> {
  if (groups.length === 0) return;
  await db.run(sql`
    INSERT INTO identity.groups (number, id, name)
    SELECT number, id, name FROM json_to_recordset(${JSON.stringify(groups)}) AS g(number int, id text, name text)
    ON CONFLICT (number) DO UPDATE SET id = excluded.id, name = excluded.name, removed_at = NULL`);
}

export async function removeGroups(db: Queryable, numbers: readonly number[]): Promise<void> {
  if (numbers.length === 0) return;
  await db.run(sql`DELETE FROM identity.memberships WHERE group_number = ANY(${numbers})`);
  await db.run(sql`UPDATE identity.groups SET removed_at = now() WHERE number = ANY(${numbers})`);
}

export type UserWrite = {
  number: number;
  login: string;
  name: string;
  mail: string | null;
  passwordExpired: boolean;
  deactivated: boolean;
  kind: UserKind;
  authMethod: AuthMethod;
  groups: readonly string[];
  roles: readonly Role[];
  /** Absent: the password stays. */
  passwordHash?: string;
  digestSecret?: string;
  /** Digests in hexadecimal; absent: the declared keys stay. */
  accessKeys?: readonly string[];
};

/** Adds and changes users with their memberships and declared keys. Their groups exist. */
export async function writeUsers(db: Queryable, users: readonly UserWrite[]): Promise<void> {
  if (users.length === 0) return;
  const list = JSON.stringify(users);
  await db.run(sql`
    INSERT INTO identity.users
      (number, login, name, mail, password_expired, deactivated_at, kind, auth_method, roles, password_hash,
       digest_secret)
    SELECT number, login, name, mail, "passwordExpired", CASE WHEN deactivated THEN now() END, kind, "authMethod",
      roles, "passwordHash", "digestSecret"
    FROM json_to_recordset(${list}) AS u(number int, login text, name text, mail text, "passwordExpired" boolean,
      deactivated boolean, kind text, "authMethod" text, roles text[], "passwordHash" text, "digestSecret" text)
    ON CONFLICT (number) DO UPDATE SET
      login = excluded.login, name = excluded.name, mail = excluded.mail,
      password_expired = excluded.password_expired,
      deactivated_at = CASE WHEN excluded.deactivated_at IS NULL THEN NULL
                            ELSE coalesce(users.deactivated_at, excluded.deactivated_at) END, kind = excluded.kind, auth_method = excluded.auth_method,
      roles = excluded.roles, removed_at = NULL,
      password_hash = coalesce(excluded.password_hash, users.password_hash),
      digest_secret = coalesce(excluded.digest_secret, users.digest_secret)`);
  await writeMemberships(db, list);
  await writeDeclaredKeys(db, list);
}

async function writeMemberships(db: Queryable, list: string): Promise<void> {
  await db.run(sql`
    WITH wanted AS (
      SELECT u.number AS user_number, g.number AS group_number
      FROM json_to_recordset(${list}) AS u(number int, groups text[])
      CROSS JOIN LATERAL unnest(u.groups) AS named JOIN identity.groups g ON g.id = named AND g.removed_at IS NULL
    ), ended AS (
      DELETE FROM identity.memberships m USING json_to_recordset(${list}) AS u(number int)
      WHERE m.user_number = u.number
        AND NOT EXISTS (SELECT 1 FROM wanted w
                        WHERE w.user_number = m.user_number AND w.group_number = m.group_number)
    )
    INSERT INTO identity.memberships (user_number, group_number) SELECT user_number, group_number FROM wanted
    ON CONFLICT DO NOTHING`);
}

async function writeDeclaredKeys(db: Queryable, list: string): Promise<void> {
  const users = sql`json_to_recordset(${list}) AS u(number int, "accessKeys" text[])`;
  await db.run(sql`
    DELETE FROM identity.access_keys k USING ${users}
    WHERE k.user_number = u.number AND k.declared AND encode(k.digest, 'hex') <> ALL(u."accessKeys")`);
  // a key may move from one user to another within one file
  await db.run(sql`
    INSERT INTO identity.access_keys (digest, user_number, declared)
    SELECT decode(key, 'hex'), u.number, true FROM ${users} CROSS JOIN LATERAL unnest(u."accessKeys") AS key
    ON CONFLICT (digest) DO UPDATE
    SET user_number = excluded.user_number, declared = true, expires_at = NULL`);
}

/** Takes away what users are signed in with: after a change of password, and SSM tokens after one of method. */
export async function endTokens(
  db: Queryable,
  { all, ssm }: { all: readonly number[]; ssm: readonly number[] },
): Promise<void> {
  if (all.length > 0) {
    await db.run(sql`
      UPDATE identity.sessions SET revoked_at = now(), replay = NULL
      WHERE user_number = ANY(${all}) AND revoked_at IS NULL`);
  }
  const numbers = [...all, ...ssm];
  if (numbers.length > 0) {
    await db.run(sql`DELETE FROM identity.ssm_tokens WHERE user_number = ANY(${numbers})`);
  }
}

/** Removed users keep number, login and name, nothing else. */
export async function removeUsers(db: Queryable, numbers: readonly number[]): Promise<void> {
  if (numbers.length === 0) return;
  // first, because a login that runs at this moment holds the user's row until its tokens are there to be ended
  await db.run(sql`
    UPDATE identity.users
    SET removed_at = now(), password_hash = NULL, digest_secret = NULL, mail = NULL, roles = '{}'
    WHERE number = ANY(${numbers})`);
  await endTokens(db, { all: numbers, ssm: [] });
  await db.run(sql`
    UPDATE identity.api_keys SET revoked_at = now()
    WHERE user_number = ANY(${numbers}) AND revoked_at IS NULL`);
  await db.run(sql`DELETE FROM identity.access_keys WHERE user_number = ANY(${numbers})`);
  await db.run(sql`DELETE FROM identity.memberships WHERE user_number = ANY(${numbers})`);
}
