import type { Role } from '../../../platform/caller.ts';
import { type Queryable, type Sql, sql } from '../../../platform/database/database.ts';

/** PostgreSQL's texts hold no NUL, so nobody is found by one. */
export function storable(text: string): boolean {
  return !text.includes('\0');
}

export type UserKind = 'serviceDesk' | 'endUser';
export type AuthMethod = 'basic' | 'saml' | 'ldap';

/** A user with all that decides what he may do. */
export type User = {
  number: number;
  login: string;
  name: string;
  mail: string | undefined;
  kind: UserKind;
  authMethod: AuthMethod;
  accessKeysAllowed: boolean;
  groups: readonly number[];
  roles: ReadonlySet<Role>;
  /** Keeps everything he has, but cannot come in. */
  deactivated: boolean;
  removed: boolean;
};

export type UserRow = {
  number: number;
  login: string;
  name: string;
  mail: string | null;
  kind: UserKind;
  auth_method: AuthMethod;
  access_keys_allowed: boolean;
  roles: Role[];
  groups: number[];
  deactivated: boolean;
  removed: boolean;
};

/** The columns of `UserRow`, as text because prepared statements need it so. */
export const userColumns = `
  u.number, u.login, u.name, u.mail, u.kind, u.auth_method, u.access_keys_allowed, u.roles,
  ARRAY(SELECT m.group_number FROM identity.memberships m WHERE m.user_number = u.number ORDER BY 1) AS groups,
  u.deactivated_at IS NOT NULL AS deactivated, u.removed_at IS NOT NULL AS removed`;

export function toUser(row: UserRow): User {
  return {
    number: row.number,
    login: row.login,
    name: row.name,
    mail: row.mail ?? undefined,
    kind: row.kind,
    authMethod: row.auth_method,
    accessKeysAllowed: row.access_keys_allowed,
    groups: row.groups,
    roles: new Set(row.roles),
    deactivated: row.deactivated,
    removed: row.removed,
  };
}

/** Users by number, removed ones too. */
export async function readUsers(db: Queryable, numbers: readonly number[]): Promise<Map<number, User>> {
  const rows = await db.rows<UserRow>({
    name: 'identity.users_by_number',
    text: `SELECT ${userColumns} FROM identity.users u WHERE u.number = ANY($1::bigint[])`,
    values: [numbers.filter(Number.isSafeInteger)],
  });
  return new Map(rows.map((row) => [row.number, toUser(row)]));
}

/** The numbers behind login names; of users that are not removed. */
export async function readLogins(db: Queryable, logins: readonly string[]): Promise<Map<string, number>> {
  const rows = await db.rows<{ login: string; number: number }>({
    name: 'identity.users_by_login',
    text: 'SELECT login, number FROM identity.users WHERE login = ANY($1) AND removed_at IS NULL',
    values: [logins.filter(storable)],
  });
  return new Map(rows.map(({ login, number }) => [login, number]));
}

/** One page of the users that are not removed, by login name; `after` is the last login of the page before. */
export async function readUserPage(
  db: Queryable,
  { limit, after, text }: { limit: number; after: string; text: string },
): Promise<{ number: number; login: string }[]> {
  if (!storable(text) || !storable(after)) return [];
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const matches: Sql =
    text === '' ? sql`true` : sql`(login ILIKE ${pattern} OR name ILIKE ${pattern} OR mail ILIKE ${pattern})`;
  return db.rows(sql`
    SELECT number, login FROM identity.users
    WHERE removed_at IS NULL AND login > ${after} AND ${matches}
    ORDER BY login LIMIT ${limit}`);
}

export type Credentials = {
  number: number;
  password_hash: string | null;
  password_expired: boolean;
  kind: UserKind;
  auth_method: AuthMethod;
};

/** What a sign-in is checked against; undefined when nobody who may come in has that login name. */
export function readCredentials(db: Queryable, login: string): Promise<Credentials | undefined> {
  return db.row({
    name: 'identity.credentials',
    text: `SELECT number, password_hash, password_expired, kind, auth_method
           FROM identity.users WHERE login = $1 AND removed_at IS NULL AND deactivated_at IS NULL`,
    values: [login],
  });
}
