import { type Caller, isAdmin } from '../../../platform/caller.ts';
import type { Queryable } from '../../../platform/database/database.ts';
import { actingOrganizations } from '../access.ts';
import { errors } from '../errors.ts';
import { readAssignments } from '../store/assignments.ts';
import type { Subscription } from './model.ts';

/** A subscription is seen by its customer's people, its supplier's and provider's, and who is assigned to it. */
export async function demandSight(db: Queryable, caller: Caller, subscription: Subscription): Promise<void> {
  if (isAdmin(caller)) return;
  const { organization, supplier, provider, key } = subscription;
  const own = (await actingOrganizations(db, caller)).map(({ id }) => id);
  if ([organization, supplier, provider].some((id) => own.includes(id))) return;
  const assigned = (await readAssignments(db, [key])).get(key) ?? [];
  if (!assigned.some(({ user }) => user === caller.user)) throw errors.subscription({ key });
}
