import { reasonOf } from '../provisioning/applications.ts';
import {
  lockSubscription,
  noticeTimeouts,
  readAbandoned,
  readSubscription,
  updateSubscription,
} from '../store/subscriptions.ts';
import { type Context, holding } from './context.ts';
import { deleteAtApplication, retire } from './end.ts';
import type { Subscription } from './model.ts';
import { tellFailed, tellLate } from './notices.ts';
import { keepOrphan } from './orphans.ts';
import { activate } from './provision.ts';
import { repeatSwitch } from './suspend.ts';
import { tellNewUsers } from './tell-users.ts';

/**
 * Takes up the steps of processes that died in them (their lease ran out). What is safe to repeat is repeated; of the
 * rest nobody knows how far it came, so an operator is told and nothing is sent twice.
 */
export async function recoverAbandoned(context: Context): Promise<void> {
  for (const key of await readAbandoned(context.database)) {
    await holding(context, key, () => recover(context, key)).catch((error: unknown) => {
      context.log.error(
        { subscription: key, reason: reasonOf(error) },
        'an unfinished subscription was not taken up',
      );
    });
  }
}

async function recover(context: Context, key: number): Promise<void> {
  const { database, leaseMs, log } = context;
  const subscription = await database.transaction(async (tx) => {
    const locked = await lockSubscription(tx, key);
    if (locked === undefined || locked.step === null) return undefined;
    const lease = await tx.row({
      name: 'catalog.is_abandoned',
      text: 'SELECT 1 FROM catalog.subscriptions WHERE key = $1 AND step_lease < now()',
      values: [key],
    });
    if (lease === undefined) return undefined;
    // this process's step now
    await updateSubscription(tx, key, { step: locked.step, leaseMs });
    return locked;
  });
  if (subscription === undefined) return;
  const { step } = subscription;
  if (step === 'prepare' || step === 'create') return abandonCreation(context, subscription, step);
  if (step === 'delete') {
    const id = subscription.id.replace(/#\d+$/, '');
    return deleteAtApplication(context, { ...subscription, id }, subscription.owner);
  }
  if (step === 'activate' || step === 'deactivate') return repeatSwitch(context, subscription, step);
  if (step === 'users') return finishUsers(context, subscription);
  const message = `the server stopped during ${step}: the old values stay, the application may have the new ones`;
  log.error(
    { subscription: key, id: subscription.id, instanceId: subscription.instanceId, step },
    `${message}; compare the instance ${subscription.instanceId} with the subscription, or change it again`,
  );
  await updateSubscription(database, key, { step: null, next: null, message });
}

/** The instance is there, its users may not be: they are told again, if need be until the application listens. */
async function finishUsers(context: Context, { key }: Subscription): Promise<void> {
  const { database, log } = context;
  let message: string | undefined;
  try {
    await tellNewUsers(context, key);
  } catch (error) {
    message = `createUsers: ${reasonOf(error)}`;
    log.error(
      { subscription: key, message },
      'the application does not know the users of a subscription: it is told again by itself',
    );
  }
  await database.transaction(async (tx) => {
    const current = await lockSubscription(tx, key);
    if (current?.step !== 'users') return;
    if (current.state === 'PENDING') await activate(context, tx, current);
    await updateSubscription(tx, key, { step: null, ...(message !== undefined && { message }) });
    if (message !== undefined) await context.tellUsersLater(tx, key);
  });
}

/**
 * The server died before it asked for an instance, or while it did: then a synchronous answer is lost, an asynchronous
 * one may still come.
 */
async function abandonCreation(
  context: Context,
  { key, organization, id: subscriptionId, technicalService, definition }: Subscription,
  step: 'prepare' | 'create',
): Promise<void> {
  const { database, log } = context;
  const isAsked = step === 'create';
  const isWaiting = isAsked && definition.provisioningType === 'ASYNCHRONOUS';
  const reason = isAsked
    ? 'the server stopped while it asked the application for an instance'
    : 'the server stopped before it asked the application for an instance';
  const message = isWaiting
    ? `${reason}: it may not know of this subscription; wait for its callback, or end the subscription`
    : reason;
  await database.transaction(async (tx) => {
    const current = await lockSubscription(tx, key);
    if (current?.step !== step) return;
    if (isWaiting) {
      await updateSubscription(tx, key, { step: null, message });
      return;
    }
    await retire(tx, current, 'INVALID', { message });
    const orphan = { technicalService, organization, subscriptionId, instanceId: null, reason };
    if (isAsked) await keepOrphan(context, tx, orphan);
    await tellFailed(context, tx, current, reason);
  });
  log.error(
    { subscription: key, id: subscriptionId, organization },
    isWaiting ? `${message} (it stays PENDING)` : `${message}: the subscription is INVALID, its name free`,
  );
}

/** One mail to the provider's users for each subscription that waits too long (oscm §3.9); its state stays. */
export async function noticeLateProvisioning(context: Context): Promise<void> {
  await context.database.transaction(async (tx) => {
    for (const key of await noticeTimeouts(tx)) {
      const subscription = (await readSubscription(tx, key)) as Subscription;
      const { id, organization } = subscription;
      context.log.warn({ subscription: key, id, organization }, 'an asynchronous provisioning is late');
      await tellLate(context, tx, subscription);
    }
  });
}
