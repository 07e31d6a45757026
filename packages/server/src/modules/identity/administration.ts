import type { Static } from 'typebox';
import { type Caller, isAdmin } from '../../platform/caller.ts';
import { hashPassword } from '../../platform/crypto/passwords.ts';
import type { Database, Transaction } from '../../platform/database/database.ts';
import { type AppError, collectErrors } from '../../platform/errors.ts';
import type { WorkspaceSection } from '../../platform/workspace-section.ts';
import { type AccessLog, tokenEntry } from './access-log.ts';
import type { DigestSecrets } from './digest-secret.ts';
import type { How } from './directory.ts';
import { errors } from './errors.ts';
import type { Notices } from './notices.ts';
import type { PasswordCheck } from './password-check.ts';
import { endOtherSessions, writePassword } from './store/passwords.ts';
import {
  endTokens,
  type GroupState,
  lockDirectory,
  readGroupStates,
  readUserStates,
  removeGroups,
  removeUsers,
  type UserState,
} from './store/workspace.ts';
import type { entrySchemas } from './workspace/schema.ts';

export type UserEntry = Static<typeof entrySchemas.user>;
export type GroupEntry = Static<typeof entrySchemas.group>;
/** What may be changed of a user; what is absent stays. */
export type UserChange = Partial<Omit<UserEntry, 'id' | 'number' | 'password'>> & { password?: string };

/**
 * Users and groups one by one, by the rules of the workspace file. Takes the role admin or userManager; who is an
 * administrator only administrators make, change or remove.
 */
export type Administration = {
  /** @throws needsUserManager, userTaken, and what the workspace file refuses */
  addUser(caller: Caller, entry: Omit<UserEntry, 'password'> & { password?: string }): Promise<void>;
  /** A new password or a deactivation ends everything the user is signed in with. @throws unknownUser, notOneself */
  changeUser(caller: Caller, id: string, change: UserChange): Promise<void>;
  /** His number and name stay, for what he did. @throws unknownUser, notOneself, adminStays */
  removeUser(caller: Caller, id: string): Promise<void>;
  addGroup(caller: Caller, entry: GroupEntry): Promise<void>;
  /** @throws noGroup */
  changeGroup(caller: Caller, id: string, change: { name: string }): Promise<void>;
  removeGroup(caller: Caller, id: string): Promise<void>;
  /**
   * One's own password, for who knows the present one. Everything else he is signed in with ends; `session`, the one he
   * asks by, goes on. @throws currentPassword, tooManySignIns
   */
  changeOwnPassword(
    caller: Caller,
    passwords: { current: string; next: string },
    session: string | undefined,
  ): Promise<void>;
};

export function createAdministration(deps: {
  database: Database;
  section: WorkspaceSection;
  digests: DigestSecrets;
  passwords: PasswordCheck;
  notices: Notices;
  log: AccessLog;
}): Administration {
  const { database, section, digests, passwords, notices, log } = deps;

  /** The entry becomes what the file would have made of it; mistakes are placed in the entry. */
  async function write(tx: Transaction, key: 'users' | 'groups', entry: object): Promise<void> {
    const plan = await section.plan(tx, { [key]: [entry] }, { prune: false, readSecret: async () => '' });
    const prefix = `/${key}/0`;
    const error = collectErrors(plan.faults.map((fault) => withoutPrefix(fault, prefix)));
    if (error) throw error;
    await plan.apply(tx);
  }

  async function findUser(tx: Transaction, id: string): Promise<UserState> {
    await lockDirectory(tx);
    const user = (await readUserStates(tx)).find(({ login, removed }) => login === id && !removed);
    if (user === undefined) throw errors.unknownUser({ user: id });
    return user;
  }

  async function findGroup(tx: Transaction, id: string): Promise<GroupState | undefined> {
    await lockDirectory(tx);
    return (await readGroupStates(tx)).find((group) => group.id === id && !group.removed);
  }

  const record = (tx: Transaction, caller: Caller, operation: string, id: string) =>
    log.record(tx, { ...tokenEntry('login', caller.user, caller), operation, record: id });

  return {
    async addUser(caller, entry) {
      demandManager(caller, entry.roles);
      await database.transaction(async (tx) => {
        await lockDirectory(tx);
        const taken = (await readUserStates(tx)).some(({ login, removed }) => login === entry.id && !removed);
        if (taken) throw errors.userTaken({ id: entry.id }, '/id');
        await write(tx, 'users', entry);
        await record(tx, caller, 'addUser', entry.id);
      });
    },

    async changeUser(caller, id, change) {
      await database.transaction(async (tx) => {
        const user = await findUser(tx, id);
        demandManager(caller, user.roles, change.roles);
        if (change.deactivated === true && user.number === caller.user)
          throw errors.notOneself({}, '/deactivated');
        await write(tx, 'users', { ...entryOf(user), ...change });
        await record(tx, caller, change.password === undefined ? 'changeUser' : 'resetPassword', id);
      });
    },

    async removeUser(caller, id) {
      if (id === 'admin') throw errors.adminStays();
      await database.transaction(async (tx) => {
        const user = await findUser(tx, id);
        demandManager(caller, user.roles);
        if (user.number === caller.user) throw errors.notOneself();
        await removeUsers(tx, [user.number]);
        await notices.announce(tx, 'everything');
        await record(tx, caller, 'removeUser', id);
      });
    },

    async addGroup(caller, entry) {
      demandManager(caller);
      await database.transaction(async (tx) => {
        if (await findGroup(tx, entry.id)) throw errors.groupTaken({ id: entry.id }, '/id');
        await write(tx, 'groups', entry);
        await record(tx, caller, 'addGroup', entry.id);
      });
    },

    async changeGroup(caller, id, { name }) {
      demandManager(caller);
      await database.transaction(async (tx) => {
        if (!(await findGroup(tx, id))) throw errors.noGroup({ id });
        await write(tx, 'groups', { id, name });
        await record(tx, caller, 'changeGroup', id);
      });
    },

    async removeGroup(caller, id) {
      demandManager(caller);
      await database.transaction(async (tx) => {
        const group = await findGroup(tx, id);
        if (group === undefined) throw errors.noGroup({ id });
        await removeGroups(tx, [group.number]);
        await notices.announce(tx, 'everything');
        await record(tx, caller, 'removeGroup', id);
      });
    },

    async changeOwnPassword(caller, { current, next }, session) {
      const { login, user } = caller;
      if (caller.scopes !== undefined) throw errors.needsFullAccess();
      const request = { username: login, password: current };
      const operation = 'changePassword' as const;
      await passwords.check(request, howOf(caller), { operation }).catch((error: AppError) => {
        throw error.code === 'identity.wrongPassword' ? errors.currentPassword({}, '/current') : error;
      });
      const passwordHash = await hashPassword(next);
      await database.transaction(async (tx) => {
        await writePassword(tx, user, { passwordHash, digestSecret: digests.seal(login, next) });
        await endOtherSessions(tx, user, session);
        await endTokens(tx, { all: [], ssm: [user] });
        await notices.announce(tx, 'everything');
        await log.record(tx, tokenEntry(operation, user, caller));
      });
    },
  };
}

function howOf({ via, locale, requestId, address }: Caller): How {
  return { via, locale, requestId, address };
}

/** Who is no administrator may not make, change or remove one: he would become one himself. */
function demandManager(caller: Caller, ...roles: (readonly string[] | undefined)[]): void {
  if (isAdmin(caller)) return;
  const concernsAdmins = roles.some((list) => list?.includes('admin'));
  if (!caller.roles.has('userManager') || concernsAdmins) throw errors.needsUserManager();
}

function withoutPrefix(fault: AppError, prefix: string): AppError {
  const { place = '' } = fault;
  return place.startsWith(prefix) ? fault.at(place.slice(prefix.length)) : fault;
}

function entryOf(user: UserState): UserEntry {
  return {
    id: user.login,
    name: user.name,
    ...(user.mail !== null && { mail: user.mail }),
    passwordExpired: user.passwordExpired,
    deactivated: user.deactivated,
    kind: user.kind,
    authMethod: user.authMethod,
    groups: user.groups,
    roles: user.roles,
  };
}
