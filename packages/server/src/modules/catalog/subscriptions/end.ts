import type { Caller } from '../../../platform/caller.ts';
import type { Queryable } from '../../../platform/database/database.ts';
import { errors } from '../errors.ts';
import { reasonOf } from '../provisioning/applications.ts';
import { endAllAssignments } from '../store/assignments.ts';
import { closeSessions, countSessions } from '../store/sessions.ts';
import { type SubscriptionChange, updateSubscription } from '../store/subscriptions.ts';
import { type Context, demandState, holding, lockIdle, requestingUser, targetOf } from './context.ts';
import type { Subscription } from './model.ts';
import { keepOrphan } from './orphans.ts';
import { recordLogout } from './sessions.ts';
import { changeUse } from './use.ts';

/**
 * Ends a subscription (oscm §5): a customer's is refused while sessions are open, a supplier closes them. An
 * application that fails to delete does not block the end; what is left there becomes an orphan.
 */
export async function endSubscription(
  context: Context,
  caller: Caller,
  key: number,
  as: 'customer' | 'supplier',
): Promise<void> {
  const { database, leaseMs } = context;
  const subscription = await database.transaction(async (tx) => {
    const locked = await lockIdle(tx, key);
    demandState(locked, 'end');
    const count = as === 'customer' ? await countSessions(tx, key) : 0;
    if (count > 0) throw errors.sessionsOpen({ count });
    for (const session of await closeSessions(tx, key)) await recordLogout(tx, session);
    const called = locked.instanceId !== null && locked.definition.accessType !== 'PROXY';
    await retire(tx, locked, 'DEACTIVATED', { step: called ? 'delete' : null, leaseMs });
    if (locked.state === 'PENDING' && locked.instanceId === null) {
      const { technicalService, organization, id: subscriptionId } = locked;
      const reason = 'the subscription ended while its application was making the instance';
      await keepOrphan(context, tx, {
        technicalService,
        organization,
        subscriptionId,
        instanceId: null,
        reason,
      });
    }
    return locked;
  });
  await holding(context, key, () => deleteAtApplication(context, subscription, caller.user));
}

/** A subscription is over: its name is free again, nobody is assigned, nothing is billed any more. */
export async function retire(
  tx: Queryable,
  subscription: Subscription,
  state: 'DEACTIVATED' | 'INVALID',
  change: SubscriptionChange = {},
): Promise<void> {
  const id = `${subscription.id}#${Date.now()}`;
  await changeUse(tx, subscription, {
    next: null,
    step: null,
    message: null,
    ...change,
    state,
    id,
    ended: true,
  });
  await endAllAssignments(tx, subscription.key);
}

/** Deletes the instance of an ended subscription; a failure is kept for the operator. */
export async function deleteAtApplication(
  context: Context,
  subscription: Subscription,
  user: number,
): Promise<void> {
  const { database, applications } = context;
  const { key, instanceId, organization, id: subscriptionId, technicalService } = subscription;
  if (instanceId === null || subscription.definition.accessType === 'PROXY') return;
  try {
    const application = applications.provisioning(targetOf(context, subscription));
    const requester = await requestingUser(context, user);
    await application.deleteInstance({ instanceId, organizationId: organization, subscriptionId }, requester);
    await updateSubscription(database, key, { step: null });
  } catch (error) {
    const reason = `deleteInstance: ${reasonOf(error)}`;
    await database.transaction(async (tx) => {
      await updateSubscription(tx, key, { step: null, message: reason });
      const orphan = { technicalService, organization, subscriptionId, instanceId, reason };
      await keepOrphan(context, tx, orphan, { tried: true });
    });
  }
}
