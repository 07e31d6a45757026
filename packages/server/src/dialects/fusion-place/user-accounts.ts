import type { Identity } from '../../modules/identity/index.ts';
import {
  booleanField,
  type CommandRow,
  commandRowErrors,
  detailRow,
  headerRow,
  readCommandRows,
  requiredField,
} from '../../modules/planning/index.ts';
import type { Caller, Role } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import { collectErrors } from '../../platform/errors.ts';
import { requestErrors } from './parameters.ts';

export type UserAccounts = ReturnType<typeof createUserAccounts>;

/** A user as the workspace file has him: what an account is read from and written as. */
type UserEntry = { id: string; name?: string; roles?: Role[]; password?: string };

const addOrUpdate = 'ADD_OR_UPDATE_USER_ACCOUNT';
const deletion = 'DELETE_USER_ACCOUNT';
/** Privileges that both products know, by their column. */
const privileges: Readonly<Record<string, Role>> = {
  DESIGNER: 'designer',
  ADMINISTRATOR: 'admin',
  USER_MANAGER: 'userManager',
};
const columns = ['USER_ACCOUNT_NAME', 'NAME:ja', 'NAME:en', ...Object.keys(privileges)];
const accountName = /^[A-Za-z0-9._-]{1,50}$/;
const password = /^[\x20-\x7e]{5,50}$/;

/** User accounts as rows (fusion_place §3.6); an account is a user of Renkei. */
export function createUserAccounts({ database, identity }: { database: Database; identity: Identity }) {
  const { section } = identity;
  const noSecrets = { readSecret: async () => '' };

  async function readUsers(): Promise<UserEntry[]> {
    return (await section.export(database)).users as UserEntry[];
  }

  return {
    /** Which of these names are accounts. */
    known: async (logins: readonly string[]): Promise<Set<string>> =>
      new Set((await identity.directory.numbersOfLogins(database, logins)).keys()),

    async export(caller: Caller): Promise<string> {
      requireUserManager(caller);
      const users = await readUsers();
      return [
        headerRow(addOrUpdate, columns),
        ...users.map(({ id, name = '', roles = [] }) =>
          detailRow(addOrUpdate, [
            id,
            name === id ? '' : name,
            '',
            ...Object.values(privileges).map((role) => (roles.includes(role) ? 'TRUE' : 'FALSE')),
          ]),
        ),
      ].join('');
    },

    /** All rows or none. */
    async import(caller: Caller, text: string): Promise<void> {
      requireUserManager(caller);
      const rows = readCommandRows(text, {
        commands: [addOrUpdate, deletion],
        isColumn: (name) => columns.includes(name) || name === 'PASSWORD',
      });
      const present = await readUsers();
      const users = new Map(present.map((user) => [user.id, user]));
      const removed = new Set<string>();
      for (const row of rows) {
        const id = readName(row);
        const before = users.get(id);
        if (row.command === deletion) {
          if (!before)
            throw commandRowErrors.rowUnknown({ line: row.line, field: 'USER_ACCOUNT_NAME', value: id });
          guardAdministrators(caller, before);
          users.delete(id);
          removed.add(id);
          continue;
        }
        const after = changed(row, before ?? { id });
        if (JSON.stringify(after) === JSON.stringify(before)) continue;
        if (before) guardAdministrators(caller, before);
        guardAdministrators(caller, after);
        users.set(id, after);
        removed.delete(id);
      }
      await database.transaction(async (tx) => {
        const file = { users: [...users.values()] };
        const plan = await section.plan(tx, file, { prune: removed.size > 0, ...noSecrets });
        const fault = collectErrors(plan.faults);
        if (fault) throw fault;
        await plan.apply(tx);
      });
      await section.reload?.();
    },
  };
}

function readName(row: CommandRow): string {
  const field = 'USER_ACCOUNT_NAME';
  const value = requiredField(row, field);
  if (!accountName.test(value)) throw commandRowErrors.rowValue({ line: row.line, field, value });
  return value;
}

function changed(row: CommandRow, before: UserEntry): UserEntry {
  const { fields, line } = row;
  const name = fields.get('NAME:ja') || fields.get('NAME:en');
  const secret = fields.get('PASSWORD') || undefined;
  if (secret !== undefined && !password.test(secret))
    throw commandRowErrors.rowValue({ line, field: 'PASSWORD', value: '***' });
  const roles = new Set(before.roles ?? []);
  for (const [column, role] of Object.entries(privileges)) {
    const given = booleanField(row, column);
    if (given === true) roles.add(role);
    if (given === false) roles.delete(role);
  }
  const unchanged = [...roles].sort().join() === [...(before.roles ?? [])].sort().join();
  return {
    ...before,
    ...(name && { name }),
    ...(!unchanged && { roles: [...roles] }),
    ...(secret !== undefined && { password: secret }),
  };
}

function requireUserManager({ roles }: Caller): void {
  if (!roles.has('userManager') && !roles.has('admin')) throw requestErrors.needsUserManager();
}

/** Who is no administrator may not make, change or delete one: he would become one himself. */
function guardAdministrators(caller: Caller, { roles = [] }: UserEntry): void {
  if (roles.includes('admin') && !caller.roles.has('admin')) throw requestErrors.needsUserManager();
}
