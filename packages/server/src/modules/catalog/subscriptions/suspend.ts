import type { Caller } from '../../../platform/caller.ts';
import type { Queryable } from '../../../platform/database/database.ts';
import { callError, reasonOf } from '../provisioning/applications.ts';
import { lockSubscription, readUsedUp, updateSubscription } from '../store/subscriptions.ts';
import { type Context, demandState, holding, lockIdle, requestingUser, targetOf } from './context.ts';
import type { State, Subscription } from './model.ts';
import { changeUse } from './use.ts';

const suspended: Partial<Record<State, State>> = { ACTIVE: 'SUSPENDED', PENDING_UPD: 'SUSPENDED_UPD' };
const resumed: Partial<Record<State, State>> = { SUSPENDED: 'ACTIVE', SUSPENDED_UPD: 'PENDING_UPD' };

type Switch = 'activate' | 'deactivate';

/** Payment revoked or restored: each stops or starts the instance once (oscm §5); kept for what is still PENDING. */
export async function changePayment(
  context: Context,
  caller: Caller,
  key: number,
  valid: boolean,
): Promise<void> {
  const { database, leaseMs, tellUsersLater } = context;
  const step = valid ? 'activate' : 'deactivate';
  const subscription = await database.transaction(async (tx) => {
    const locked = await lockIdle(tx, key);
    demandState(locked, 'payment');
    const state = (valid ? resumed : suspended)[locked.state];
    if (state === undefined) {
      await updateSubscription(tx, key, { paymentValid: valid });
      return undefined;
    }
    await changeUse(tx, locked, { state, paymentValid: valid, step, leaseMs });
    if (valid) await tellUsersLater(tx, key);
    return locked;
  });
  if (subscription !== undefined)
    await holding(context, key, () => carryOut(context, subscription, step, caller.user));
}

/** A chargeable service that is not paid for is not used (oscm §5). */
export const isUnpaid = ({ prices, paymentValid }: Pick<Subscription, 'prices' | 'paymentValid'>) =>
  prices !== null && !paymentValid;

/** Suspends within a transaction that cannot wait for the application; the clock stops the instance. */
export async function suspendLater(tx: Queryable, subscription: Subscription): Promise<void> {
  await changeUse(tx, subscription, { state: 'SUSPENDED', step: 'deactivate', leaseMs: 0 });
}

/** Stops subscriptions whose PERIOD is used up; an application that fails is only noted (oscm §5). */
export async function expireUsedUp(context: Context): Promise<void> {
  const { database, leaseMs } = context;
  for (const key of await readUsedUp(database)) {
    const subscription = await database.transaction(async (tx) => {
      const locked = await lockSubscription(tx, key);
      if (locked?.state !== 'ACTIVE' || locked.step !== null) return undefined;
      await changeUse(tx, locked, { state: 'EXPIRED', step: 'deactivate', leaseMs });
      return locked;
    });
    if (subscription === undefined) continue;
    await holding(context, key, () =>
      carryOut(context, subscription, 'deactivate', subscription.owner),
    ).catch(
      () => undefined, // noted already
    );
  }
}

/**
 * Stops or starts an instance whose subscription has its new state already. Safe to repeat, so a process that dies in it
 * leaves the step for another one to take up. A failure stays as the subscription's message.
 */
async function carryOut(
  context: Context,
  subscription: Subscription,
  step: Switch,
  user: number,
): Promise<void> {
  const { database, log } = context;
  const { key, instanceId, definition } = subscription;
  let message: string | undefined;
  try {
    if (instanceId === null || definition.accessType === 'PROXY') return;
    const application = context.applications.provisioning(targetOf(context, subscription));
    await application.activate(`${step}Instance`, instanceId, await requestingUser(context, user));
  } catch (error) {
    message = `${step}Instance: ${reasonOf(error)}`;
    log.error(
      { subscription: key, instanceId, message },
      `the instance ${instanceId} was not ${step}d: ${step} it at the application`,
    );
    throw callError(error);
  } finally {
    await updateSubscription(database, key, { step: null, ...(message !== undefined && { message }) });
  }
}

/** Carries out again what a process left unfinished. */
export async function repeatSwitch(
  context: Context,
  subscription: Subscription,
  step: Switch,
): Promise<void> {
  await carryOut(context, subscription, step, subscription.owner).catch(() => undefined); // noted already
}
