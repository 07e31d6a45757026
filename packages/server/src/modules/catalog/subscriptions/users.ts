import type { Caller } from '../../../platform/caller.ts';
import { collectErrors } from '../../../platform/errors.ts';
import { errors } from '../errors.ts';
import { callError } from '../provisioning/applications.ts';
import { changeRole, endAssignment, insertAssignments, readAssignments } from '../store/assignments.ts';
import { closeSessionsOf } from '../store/sessions.ts';
import { demandNamedUsers, readUserInputs, type UserInput } from './assignments.ts';
import { type Context, demandState, lockIdle, requestingUser, soapUsers, targetOf } from './context.ts';
import type { Assignment, Subscription } from './model.ts';
import { tellNewUsers } from './tell-users.ts';

/** By then a call that is under way has ended, one way or the other: twice the timeout of 30 seconds, and some. */
const longestCallMs = 90_000;

/**
 * Assigns a user, or gives an assigned one another role (oscm §4.5). What the application refuses is taken back; while
 * a subscription is PENDING nothing is sent.
 */
export async function assignUser(
  context: Context,
  caller: Caller,
  key: number,
  input: UserInput,
): Promise<void> {
  const { database, people } = context;
  const outcome = await database.transaction(async (tx) => {
    const subscription = await lockIdle(tx, key);
    demandState(subscription, 'users');
    const { organization, definition } = subscription;
    const { wanted, faults } = await readUserInputs(tx, people, organization, definition, [input]);
    const fault = collectErrors(faults);
    if (fault) throw fault;
    const [{ user, role } = { user: 0, role: null }] = wanted;
    const assignments = (await readAssignments(tx, [key])).get(key) ?? [];
    const before = assignments.find((assignment) => assignment.user === user);
    if (before?.role === role) return undefined;
    if (before === undefined) {
      demandNamedUsers(subscription.parameters, assignments.length + 1);
      await insertAssignments(tx, key, [{ user, role }]);
    } else {
      await changeRole(tx, key, user, role);
    }
    // if this process dies in between, a worker tells the application
    if (subscription.state !== 'PENDING') await context.tellUsersLater(tx, key, longestCallMs);
    return { subscription, user, before, role };
  });
  if (outcome === undefined || outcome.subscription.state === 'PENDING') return;
  const { subscription, user, before, role } = outcome;
  try {
    if (before === undefined || !before.told) await tellNewUsers(context, key, user);
    else await tellChange(context, caller, subscription, 'updateUsers', { ...before, role });
  } catch (error) {
    await database.transaction(async (tx) => {
      if (before === undefined) await endAssignment(tx, key, user);
      else await changeRole(tx, key, user, before.role);
    });
    throw callError(error);
  }
}

/** Takes a user off: told to the application first, so that a refusal leaves everything as it is. */
export async function revokeUser(
  context: Context,
  caller: Caller,
  key: number,
  login: string,
): Promise<void> {
  const { database, people } = context;
  const { subscription, assignment } = await database.transaction(async (tx) => {
    const locked = await lockIdle(tx, key);
    demandState(locked, 'users');
    const user = (await people.numbersOfLogins(tx, [login])).get(login);
    const assignments = (await readAssignments(tx, [key])).get(key) ?? [];
    const found = assignments.find((one) => one.user === user);
    if (found === undefined) throw errors.assignment({ user: login });
    return { subscription: locked, assignment: found };
  });
  if (assignment.told) {
    try {
      await tellChange(context, caller, subscription, 'deleteUsers', assignment);
    } catch (error) {
      throw callError(error);
    }
  }
  await database.transaction(async (tx) => {
    await endAssignment(tx, key, assignment.user);
    await closeSessionsOf(tx, key, assignment.user);
  });
}

async function tellChange(
  context: Context,
  caller: Caller,
  subscription: Subscription,
  operation: 'updateUsers' | 'deleteUsers',
  assignment: Assignment,
): Promise<void> {
  if (subscription.definition.accessType === 'DIRECT' || subscription.instanceId === null) return;
  const application = context.applications.provisioning(targetOf(context, subscription));
  const users = await soapUsers(context, [assignment]);
  const user = await requestingUser(context, caller.user);
  await application.changeUsers(operation, subscription.instanceId, users, user);
}
