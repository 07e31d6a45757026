import type { Queryable } from '../../../platform/database/database.ts';
import { type AppError, pointerStep } from '../../../platform/errors.ts';
import type { Definition } from '../definition/model.ts';
import { errors } from '../errors.ts';
import type { People } from '../people.ts';
import type { WantedAssignment } from '../store/assignments.ts';
import { readMembers } from '../store/organizations.ts';

export type UserInput = { user: string; role?: string | undefined };

/** A service with roles needs one of them for each user, one without roles none (oscm §4.5). */
export function roleFault(
  { roles }: Pick<Definition, 'roles'>,
  { user, role }: UserInput,
  place: string,
): AppError | undefined {
  const ids = roles.map(({ id }) => id);
  if (ids.length === 0) return role === undefined || role === '' ? undefined : errors.noRole({ user }, place);
  return role !== undefined && ids.includes(role)
    ? undefined
    : errors.roleNeeded({ user, roles: ids.join(', ') }, place);
}

/** The users named by login, of this organization; the faults of those who are not, twice there or without a role. */
export async function readUserInputs(
  db: Queryable,
  people: People,
  organization: string,
  definition: Definition,
  inputs: readonly UserInput[],
): Promise<{ wanted: WantedAssignment[]; faults: AppError[] }> {
  const numbers = await people.numbersOfLogins(
    db,
    inputs.map(({ user }) => user),
  );
  const members = new Set(await readMembers(db, organization));
  const seen = new Set<string>();
  const faults: AppError[] = [];
  const wanted: WantedAssignment[] = [];
  for (const [index, input] of inputs.entries()) {
    const place = `/users${pointerStep(index)}`;
    const number = numbers.get(input.user);
    if (number === undefined) faults.push(errors.unknownUser({ user: input.user }, `${place}/user`));
    else if (!members.has(number))
      faults.push(errors.notMember({ user: input.user, organization }, `${place}/user`));
    if (seen.has(input.user)) faults.push(errors.assignedTwice({ user: input.user }, `${place}/user`));
    seen.add(input.user);
    const fault = roleFault(definition, input, `${place}/role`);
    if (fault) faults.push(fault);
    if (number !== undefined) wanted.push({ user: number, role: input.role || null });
  }
  return { wanted, faults };
}

/** Refuses more users than NAMED_USER allows (oscm §4.5). */
export function demandNamedUsers(parameters: Readonly<Record<string, string>>, count: number): void {
  const limit = parameters.NAMED_USER;
  if (limit !== undefined && BigInt(count) > BigInt(limit)) throw errors.namedUsers({ limit });
}
