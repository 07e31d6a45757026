import type { Caller, Dialect } from '../../platform/caller.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { Locale } from '../../platform/errors.ts';
import type { Cache } from './cache.ts';
import { createCache } from './cache.ts';
import { errors } from './errors.ts';
import { type Group, readGroupIds, readGroupPage, readGroups, readMembers } from './store/groups.ts';
import { readLogins, readUserPage, readUsers, type User } from './store/users.ts';

/** By which way a caller came, and what goes into his answers and log entries. */
export type How = {
  via: Dialect;
  locale: Locale;
  requestId: string;
  /** Address of the client. */
  address?: string | undefined;
};

export type Page = {
  /** Items at most, 1-500. */
  limit: number;
  /** `next` of the page before. */
  cursor?: string | undefined;
  /** A part of the login name (or id), name or mail address. */
  text?: string | undefined;
};

/** Who there is. Reads are kept for some seconds and forgotten as soon as any process changes something. */
export type Directory = {
  /** Users by number, removed ones too, so that what they did keeps a name. */
  usersByNumber(numbers: Iterable<number>): Promise<Map<number, User>>;
  groupsByNumber(numbers: Iterable<number>): Promise<Map<number, Group>>;
  /** By login name or number; undefined for whom does not exist or was removed. */
  findUser(loginOrNumber: string | number): Promise<User | undefined>;
  findGroup(idOrNumber: string | number): Promise<Group | undefined>;
  /** The users that are members of any of the groups, not removed. */
  membersOf(groups: readonly number[]): Promise<User[]>;
  /** Numbers of users as the database (or an unfinished transaction) has them now; unknown logins are left out. */
  numbersOfLogins(db: Queryable, logins: readonly string[]): Promise<Map<string, number>>;
  numbersOfGroups(db: Queryable, ids: readonly string[]): Promise<Map<string, number>>;
  /** Every signed-in user may see who there is. */
  listUsers(caller: Caller, page: Page): Promise<{ items: User[]; next: string | undefined }>;
  listGroups(caller: Caller, page: Page): Promise<{ items: Group[]; next: string | undefined }>;
};

/** How long a change may go unnoticed while the notices of the database do not arrive, in milliseconds. */
export const cacheTtl = 5000;

export function createUserCache(database: Database): Cache<number, User> {
  return createCache({ ttl: cacheTtl, limit: 20_000, load: (numbers) => readUsers(database, numbers) });
}

export function createGroupCache(database: Database): Cache<number, Group> {
  return createCache({ ttl: cacheTtl, limit: 5_000, load: (numbers) => readGroups(database, numbers) });
}

export function createDirectory(
  database: Database,
  users: Cache<number, User>,
  groups: Cache<number, Group>,
): Directory {
  return {
    usersByNumber: (numbers) => users.getMany(numbers),
    groupsByNumber: (numbers) => groups.getMany(numbers),
    async findUser(loginOrNumber) {
      const number =
        typeof loginOrNumber === 'number'
          ? loginOrNumber
          : (await readLogins(database, [loginOrNumber])).get(loginOrNumber);
      const user = number === undefined ? undefined : await users.get(number);
      return user?.removed ? undefined : user;
    },
    async findGroup(idOrNumber) {
      const number =
        typeof idOrNumber === 'number'
          ? idOrNumber
          : (await readGroupIds(database, [idOrNumber])).get(idOrNumber);
      const group = number === undefined ? undefined : await groups.get(number);
      return group?.removed ? undefined : group;
    },
    membersOf: async (numbers) => inOrder(await readMembers(database, numbers), users),
    numbersOfLogins: readLogins,
    numbersOfGroups: readGroupIds,
    async listUsers(_caller, { limit, cursor = '', text = '' }) {
      const rows = await readUserPage(database, { limit, after: cursor, text });
      const items = await inOrder(
        rows.map(({ number }) => number),
        users,
      );
      return { items, next: rows.length < limit ? undefined : rows.at(-1)?.login };
    },
    async listGroups(_caller, { limit, cursor = '', text = '' }) {
      const rows = await readGroupPage(database, { limit, after: cursor, text });
      const items = await inOrder(
        rows.map(({ number }) => number),
        groups,
      );
      return { items, next: rows.length < limit ? undefined : rows.at(-1)?.id };
    },
  };
}

async function inOrder<V>(numbers: readonly number[], cache: Cache<number, V>): Promise<V[]> {
  const found = await cache.getMany(numbers);
  return numbers.flatMap((number) => found.get(number) ?? []);
}

export function toCaller(user: User, how: How, scopes?: ReadonlySet<string>): Caller {
  return {
    user: user.number,
    login: user.login,
    name: user.name,
    groups: user.groups,
    roles: user.roles,
    ...(scopes && { scopes }),
    via: how.via,
    locale: how.locale,
    requestId: how.requestId,
    ...(how.address !== undefined && { address: how.address }),
  };
}

/** The user behind a token that was accepted; he may have been removed or deactivated since. */
export async function callerFrom(
  users: Cache<number, User>,
  number: number,
  how: How,
  scopes?: ReadonlySet<string>,
): Promise<Caller> {
  const user = users.peek(number) ?? (await users.get(number));
  if (user === undefined || user.removed || user.deactivated) throw errors.revokedToken();
  return toCaller(user, how, scopes);
}

/** The server itself: what runs by the clock, at the start or from the command line. May do everything. */
export function systemCaller(requestId: string, locale: Locale = 'ja'): Caller {
  const roles = new Set(['admin'] as const);
  return { user: 0, login: 'renkei', name: 'Renkei', groups: [], roles, via: 'system', locale, requestId };
}
