import { markTold, readAssignments } from '../store/assignments.ts';
import { readSubscription } from '../store/subscriptions.ts';
import { type Context, requestingUser, soapUsers, targetOf } from './context.ts';

/** Sends `createUsers` for those (or the one) whom the application does not know yet; not for DIRECT, nor for nobody. */
export async function tellNewUsers(context: Context, key: number, only?: number): Promise<void> {
  const { database, applications } = context;
  const subscription = await readSubscription(database, key);
  if (subscription?.instanceId == null || subscription.definition.accessType === 'DIRECT') return;
  const assignments = (await readAssignments(database, [key])).get(key) ?? [];
  const untold = assignments.filter(({ told, user }) => !told && (only === undefined || user === only));
  if (untold.length === 0) return;
  const application = applications.provisioning(targetOf(context, subscription));
  const users = await soapUsers(context, untold);
  const requester = await requestingUser(context, subscription.owner);
  const ids = await application.createUsers(subscription.instanceId, users, requester);
  const people = await context.people.usersByNumber(untold.map(({ user }) => user));
  const told = untold.map(({ user }) => {
    const id = ids.get(people.get(user)?.login ?? '');
    return { user, applicationUserId: id === undefined || id.length > 255 ? undefined : id };
  });
  await markTold(database, key, told);
}
