import { type Caller, isAdmin, type Role } from '../../platform/caller.ts';
import type { Queryable } from '../../platform/database/database.ts';
import { errors } from './errors.ts';
import {
  type Organization,
  type OrganizationRole,
  readActingOrganizations,
  readOrganizations,
} from './store/organizations.ts';

/** The user's role that acting in a role of his organization takes. */
const userRoles: Record<OrganizationRole, Role> = {
  technologyProvider: 'technologyProvider',
  supplier: 'supplier',
  customer: 'customerAdmin',
};

/** Refuses whoever lacks the user's role for acting as this kind of organization. */
export function demandRole(caller: Caller, role: OrganizationRole): void {
  const needed = userRoles[role];
  if (!isAdmin(caller) && !caller.roles.has(needed)) throw errors.forbidden({ needed });
}

/** The organizations that the caller acts for; all of them for administrators. */
export function actingOrganizations(db: Queryable, caller: Caller): Promise<Organization[]> {
  return readActingOrganizations(db, isAdmin(caller) ? undefined : caller.user);
}

/**
 * The organization in whose name the caller acts in this role: the named one, or the only one there is.
 * Refuses with 403 who lacks the role or acts for another organization, with 404 an unknown organization.
 */
export async function actAs(
  db: Queryable,
  caller: Caller,
  role: OrganizationRole,
  organization: string | undefined,
): Promise<Organization> {
  demandRole(caller, role);
  const own = await actingOrganizations(db, caller);
  if (organization === undefined) {
    const candidates = own.filter(({ roles }) => roles.includes(role));
    const [only] = candidates;
    if (only !== undefined && candidates.length === 1) return only;
    if (only === undefined && !isAdmin(caller)) throw errors.forbidden({ needed: role });
    throw errors.organizationNeeded({ organizations: candidates.map(({ id }) => id).join(', ') });
  }
  const found = own.find(({ id }) => id === organization);
  if (found === undefined) {
    if (isAdmin(caller)) throw errors.organization({ organization });
    throw errors.foreign({ organization });
  }
  if (!found.roles.includes(role)) throw errors.organizationRole({ organization, role });
  return found;
}

/** Organizations by id, as input names them: an unknown one is a mistake at `place`. */
export async function knownOrganization(db: Queryable, id: string, place: string): Promise<Organization> {
  const [organization] = await readOrganizations(db, [id]);
  if (organization === undefined) throw errors.unknownOrganization({ organization: id }, place);
  return organization;
}
