import type { Role } from '../../../platform/caller.ts';
import { tokenDigest } from '../../../platform/crypto/random-token.ts';
import { AppError, pointerStep } from '../../../platform/errors.ts';
import type { Change, PlanOptions } from '../../../platform/workspace-section.ts';
import type { DigestSecrets } from '../digest-secret.ts';
import { errors } from '../errors.ts';
import type { Renumbering, UserState, UserWrite } from '../store/workspace.ts';
import { numberObjects } from './numbers.ts';
import type { UserEntry } from './schema.ts';

/** A user to write; `password` only where it differs from the stored one. */
export type PlannedUser = Omit<UserWrite, 'passwordHash' | 'digestSecret'> & { password?: string };

export type UsersPlan = {
  changes: Change[];
  faults: AppError[];
  renumberings: Renumbering[];
  writes: PlannedUser[];
  removals: number[];
  /** Users that lose their SSM tokens because they no longer have the method for them. */
  losingSsmTokens: number[];
  /** Users that are shut out. */
  losingTokens: number[];
};

type Options = PlanOptions & { groupIds: ReadonlySet<string>; digests: DigestSecrets };

/** What the file's `users` change; without that key, nothing. `admin` is never removed. */
export async function planUsers(
  states: readonly UserState[],
  entries: readonly UserEntry[] | undefined,
  options: Options,
): Promise<UsersPlan> {
  const plan: UsersPlan = {
    changes: [],
    faults: [],
    renumberings: [],
    writes: [],
    removals: [],
    losingSsmTokens: [],
    losingTokens: [],
  };
  if (entries === undefined) return plan;
  const present = new Map(states.filter(({ removed }) => !removed).map((state) => [state.login, state]));
  const declared = new Map<string, number>();
  for (const [index, { id }] of entries.entries()) {
    if (declared.has(id)) plan.faults.push(errors.twice({ what: 'id', value: id }, `/users/${index}/id`));
    else declared.set(id, index);
  }
  const { numbers, renumberings, faults } = numberObjects(
    states.map(({ number, login, removed }) => ({ number, key: login, removed })),
    [...declared].map(([key, index]) => ({
      key,
      number: entries[index]?.number,
      place: `/users/${index}/number`,
    })),
  );
  plan.faults.push(...faults, ...keyFaults(states, entries), ...entryFaults(entries, options.groupIds));
  plan.renumberings.push(...renumberings);

  for (const [login, index] of declared) {
    const entry = entries[index] as UserEntry;
    const password = await readPassword(entry, options);
    if (password instanceof AppError) {
      plan.faults.push(password.within(`/users/${index}/password`));
      continue;
    }
    const number = numbers.get(login);
    if (number !== undefined) planUser(plan, entry, number, present.get(login), password, options.digests);
  }
  for (const { login, number } of options.prune ? present.values() : []) {
    if (declared.has(login) || login === 'admin') continue;
    plan.changes.push({ action: 'remove', kind: 'user', id: login });
    plan.removals.push(number);
  }
  return plan;
}

function planUser(
  plan: UsersPlan,
  entry: UserEntry,
  number: number,
  now: UserState | undefined,
  password: string | undefined,
  digests: DigestSecrets,
): void {
  const wanted: PlannedUser = {
    number,
    login: entry.id,
    name: entry.name ?? entry.id,
    mail: entry.mail ?? null,
    passwordExpired: entry.passwordExpired ?? false,
    // a file that does not say so lets nobody in again whom an administrator has shut out
    deactivated: entry.deactivated ?? now?.deactivated ?? false,
    kind: entry.kind ?? 'endUser',
    authMethod: entry.authMethod ?? 'basic',
    groups: [...new Set(entry.groups)].sort(),
    roles: [...new Set(entry.roles ?? defaultRoles(entry.id))].sort(),
    ...(entry.accessKeys && { accessKeys: entry.accessKeys.map(keyDigest) }),
  };
  const details = now === undefined ? [] : differences(now, wanted);
  if (password !== undefined && !digests.matches(now?.digestSecret ?? null, entry.id, password)) {
    wanted.password = password;
    if (now) details.push('password');
  }
  const action = now === undefined ? 'add' : details.length > 0 ? 'change' : 'keep';
  plan.changes.push({ action, kind: 'user', id: entry.id, ...(details.length > 0 && { details }) });
  if (action === 'keep') return;
  plan.writes.push(wanted);
  if (wanted.authMethod !== 'basic') plan.losingSsmTokens.push(number);
  if (wanted.deactivated) plan.losingTokens.push(number);
}

function defaultRoles(login: string): Role[] {
  return login === 'admin' ? ['admin'] : [];
}

function differences(now: UserState, wanted: PlannedUser): string[] {
  const compared: [string, unknown, unknown][] = [
    ['number', now.number, wanted.number],
    ['name', now.name, wanted.name],
    ['mail', now.mail ?? '-', wanted.mail ?? '-'],
    ['passwordExpired', now.passwordExpired, wanted.passwordExpired],
    ['deactivated', now.deactivated, wanted.deactivated],
    ['kind', now.kind, wanted.kind],
    ['authMethod', now.authMethod, wanted.authMethod],
    ['groups', [...now.groups].sort().join(', '), wanted.groups.join(', ')],
    ['roles', [...now.roles].sort().join(', '), wanted.roles.join(', ')],
  ];
  const details = compared
    .filter(([, before, after]) => before !== after)
    .map(([word, before, after]) => `${word}: ${before} → ${after}`);
  const keys = wanted.accessKeys && [...new Set(wanted.accessKeys)].sort().join();
  if (keys !== undefined && keys !== [...now.accessKeys].sort().join()) details.push('accessKeys');
  return details;
}

async function readPassword(
  { password }: UserEntry,
  { readSecret }: Options,
): Promise<string | undefined | AppError> {
  return typeof password === 'object' ? readSecret(password) : password;
}

function entryFaults(entries: readonly UserEntry[], groupIds: ReadonlySet<string>): AppError[] {
  const faults: AppError[] = [];
  for (const [index, { id, groups = [], roles, deactivated }] of entries.entries()) {
    for (const [step, group] of groups.entries()) {
      if (groupIds.has(group)) continue;
      faults.push(errors.unknownGroup({ group }, `/users/${index}/groups${pointerStep(step)}`));
    }
    if (id === 'admin' && roles && !roles.includes('admin')) {
      faults.push(errors.adminNeedsRole({}, `/users/${index}/roles`));
    }
    if (id === 'admin' && deactivated) faults.push(errors.adminStays({}, `/users/${index}/deactivated`));
  }
  return faults;
}

/** A key names one user only: in the file, and among the users that the file does not change the keys of. */
function keyFaults(states: readonly UserState[], entries: readonly UserEntry[]): AppError[] {
  const faults: AppError[] = [];
  const changed = new Set(entries.filter(({ accessKeys }) => accessKeys).map(({ id }) => id));
  const owners = new Map<string, string>();
  for (const { login, accessKeys, removed } of states) {
    if (!removed && !changed.has(login)) for (const key of accessKeys) owners.set(key, login);
  }
  for (const [index, { id, accessKeys = [] }] of entries.entries()) {
    for (const [step, key] of accessKeys.entries()) {
      const digest = keyDigest(key);
      const owner = owners.get(digest);
      if (owner !== undefined && owner !== id) {
        faults.push(errors.keyTaken({ owner }, `/users/${index}/accessKeys/${step}`));
      } else owners.set(digest, id);
    }
  }
  return faults;
}

function keyDigest(key: string): string {
  return tokenDigest(key).toString('hex');
}
