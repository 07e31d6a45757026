import type { Queryable, Transaction } from '../../../platform/database/database.ts';
import type { AppError } from '../../../platform/errors.ts';
import { errors } from '../errors.ts';
import type { People } from '../people.ts';
import {
  deleteBillingAdapters,
  deleteOrganizations,
  type Organization,
  readBillingAdapters,
  readOrganizationStates,
  writeBillingAdapters,
  writeOrganizations,
} from '../store/organizations.ts';
import type { CatalogFile, OrganizationEntry } from './schema.ts';
import type { PartPlan } from './section.ts';

type Options = {
  prune: boolean;
  /** Users that the same file declares. */
  logins: ReadonlySet<string>;
  people: People;
};

export type OrganizationsPlan = PartPlan & {
  /** The organizations there are once the plan is carried out. */
  states: ReadonlyMap<string, Organization>;
  remove(tx: Transaction): Promise<void>;
};

/** What the file's `organizations` and `billingAdapters` change. */
export async function planOrganizations(
  db: Queryable,
  catalog: CatalogFile,
  { prune, logins, people }: Options,
): Promise<OrganizationsPlan> {
  const entries = catalog.organizations ?? [];
  const stored = new Map((await readOrganizationStates(db)).map((state) => [state.id, state]));
  const faults: AppError[] = [];
  const changes: PartPlan['changes'] = [];
  const named = [...new Set(entries.flatMap(({ users }) => users ?? []))];
  const numbers = await people.numbersOfLogins(db, named);
  const declared = new Map<string, OrganizationEntry>();
  for (const [index, entry] of entries.entries()) {
    const place = `/catalog/organizations/${index}`;
    if (declared.has(entry.id)) faults.push(errors.twice({ id: entry.id }, `${place}/id`));
    else declared.set(entry.id, entry);
    for (const [position, login] of (entry.users ?? []).entries()) {
      if (!numbers.has(login) && !logins.has(login)) {
        faults.push(errors.unknownUser({ user: login }, `${place}/users/${position}`));
      }
    }
  }
  const changed: OrganizationEntry[] = [];
  for (const entry of declared.values()) {
    const before = stored.get(entry.id);
    const details = before === undefined ? [] : differences(before, entry, numbers);
    const action = before === undefined ? 'add' : details.length > 0 ? 'change' : 'keep';
    changes.push({ action, kind: 'organization', id: entry.id, ...(details.length > 0 && { details }) });
    if (action !== 'keep') changed.push(entry);
  }
  const gone = prune && catalog.organizations ? [...stored.keys()].filter((id) => !declared.has(id)) : [];
  changes.push(...gone.map((id) => ({ action: 'remove' as const, kind: 'organization', id })));

  const adapters = new Set(await readBillingAdapters(db));
  const wanted = catalog.billingAdapters ?? [];
  const added = wanted.filter((id) => !adapters.has(id));
  const dropped = prune && catalog.billingAdapters ? [...adapters].filter((id) => !wanted.includes(id)) : [];
  changes.push(
    ...wanted.map((id) => ({
      action: adapters.has(id) ? ('keep' as const) : ('add' as const),
      kind: 'billingAdapter',
      id,
    })),
    ...dropped.map((id) => ({ action: 'remove' as const, kind: 'billingAdapter', id })),
  );

  const states = new Map<string, Organization>(stored);
  for (const { id, name = id, roles } of declared.values()) states.set(id, { id, name, roles });
  for (const id of gone) states.delete(id);
  return {
    changes,
    faults,
    states,
    async apply(tx) {
      if (changed.length > 0) {
        const known = await people.numbersOfLogins(tx, named);
        await writeOrganizations(
          tx,
          changed.map(({ id, name = id, roles, users }) => ({
            id,
            name,
            roles,
            users: users?.map((login) => known.get(login) as number) ?? stored.get(id)?.users ?? [],
          })),
        );
      }
      if (added.length > 0) await writeBillingAdapters(tx, added);
      if (dropped.length > 0) await deleteBillingAdapters(tx, dropped);
    },
    async remove(tx) {
      if (gone.length > 0) await deleteOrganizations(tx, gone);
    },
  };
}

function differences(
  before: Organization & { users: readonly number[] },
  { id, name = id, roles, users }: OrganizationEntry,
  numbers: ReadonlyMap<string, number>,
): string[] {
  const details: string[] = [];
  const list = (values: readonly (string | number | undefined)[]) => [...new Set(values)].sort().join(', ');
  if (before.name !== name) details.push(`name: ${before.name} → ${name}`);
  if (list(before.roles) !== list(roles)) details.push(`roles: ${list(before.roles)} → ${list(roles)}`);
  if (users && list(before.users) !== list(users.map((login) => numbers.get(login)))) {
    details.push(`users: ${list(users)}`);
  }
  return details;
}
