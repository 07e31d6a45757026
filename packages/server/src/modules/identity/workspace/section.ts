import { hashPassword } from '../../../platform/crypto/passwords.ts';
import type { WorkspaceSection } from '../../../platform/workspace-section.ts';
import type { DigestSecrets } from '../digest-secret.ts';
import type { Notices } from '../notices.ts';
import {
  endTokens,
  lockDirectory,
  readGroupStates,
  readUserStates,
  removeGroups,
  removeUsers,
  renumberGroups,
  renumberUsers,
  type UserState,
  type UserWrite,
  writeGroups,
  writeUsers,
} from '../store/workspace.ts';
import { planGroups } from './plan-groups.ts';
import { type PlannedUser, planUsers } from './plan-users.ts';
import { type GroupEntry, schemas, type UserEntry } from './schema.ts';

type Dependencies = { digests: DigestSecrets; notices: Notices; forget: () => void };

/** The keys `groups` and `users` of the workspace file. */
export function createIdentitySection({ digests, notices, forget }: Dependencies): WorkspaceSection {
  async function withHash({ password, ...user }: PlannedUser): Promise<UserWrite> {
    if (password === undefined) return user;
    return {
      ...user,
      passwordHash: await hashPassword(password),
      digestSecret: digests.seal(user.login, password),
    };
  }

  return {
    schemas,

    async plan(db, file, options) {
      await lockDirectory(db);
      const groups = planGroups(
        await readGroupStates(db),
        file.groups as GroupEntry[] | undefined,
        options.prune,
      );
      const users = await planUsers(await readUserStates(db), file.users as UserEntry[] | undefined, {
        ...options,
        groupIds: groups.ids,
        digests,
      });
      const changes = [...groups.changes, ...users.changes];

      return {
        changes,
        faults: [...groups.faults, ...users.faults],
        async apply(tx) {
          if (changes.every(({ action }) => action === 'keep')) return;
          await renumberGroups(tx, groups.renumberings);
          await writeGroups(tx, groups.writes);
          await renumberUsers(tx, users.renumberings);
          await removeUsers(tx, users.removals);
          await writeUsers(tx, await Promise.all(users.writes.map(withHash)));
          await removeGroups(tx, groups.removals);
          await endTokens(tx, {
            all: [
              ...users.writes.filter(({ password }) => password !== undefined).map(({ number }) => number),
              ...users.losingTokens,
            ],
            ssm: users.losingSsmTokens,
          });
          await notices.announce(tx, 'everything');
        },
      };
    },

    async export(db) {
      const groups = (await readGroupStates(db)).filter(({ removed }) => !removed);
      const users = (await readUserStates(db)).filter(({ removed }) => !removed);
      return {
        groups: groups.map(({ id, number, name }) => ({ id, number, name })),
        users: users.map(toEntry),
      };
    },

    reload: async () => forget(),
  };
}

/** Neither password nor keys: they cannot be read back, and a file without them leaves them as they are. */
function toEntry(user: UserState): UserEntry {
  return {
    id: user.login,
    number: user.number,
    name: user.name,
    ...(user.mail !== null && { mail: user.mail }),
    ...(user.passwordExpired && { passwordExpired: true }),
    ...(user.deactivated && { deactivated: true }),
    kind: user.kind,
    authMethod: user.authMethod,
    groups: user.groups,
    roles: user.roles,
  };
}
