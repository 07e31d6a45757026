import type { Queryable } from '../../../platform/database/database.ts';
import { type SubscriptionChange, updateSubscription } from '../store/subscriptions.ts';
import { beginTerms, endTerms } from '../store/terms.ts';
import type { State, Subscription } from './model.ts';
import { withoutPasswords } from './parameters.ts';

/** A subscription is in use, and billed, while it is in one of these states. */
const used: readonly State[] = ['ACTIVE', 'PENDING_UPD'];

/** Makes a subscription ACTIVE for the first time; from now on it is billed. */
export async function putIntoUse(tx: Queryable, subscription: Subscription): Promise<void> {
  await updateSubscription(tx, subscription.key, {
    state: 'ACTIVE',
    step: null,
    activated: true,
    message: null,
  });
  await beginTerms(tx, subscription.key, termsOf(subscription));
}

/** Changes a subscription, and with it what it is billed by. */
export async function changeUse(
  tx: Queryable,
  subscription: Subscription,
  change: SubscriptionChange,
): Promise<void> {
  await updateSubscription(tx, subscription.key, change);
  const after = {
    ...subscription,
    parameters: change.parameters ?? subscription.parameters,
    prices: change.prices === undefined ? subscription.prices : change.prices,
  };
  const before = used.includes(subscription.state);
  const now = used.includes(change.state ?? subscription.state);
  if (!now) {
    if (before) await endTerms(tx, subscription.key);
  } else if (!before || change.parameters !== undefined || change.prices !== undefined) {
    await beginTerms(tx, subscription.key, termsOf(after));
  }
}

function termsOf({ definition, parameters, prices }: Subscription) {
  return { parameters: withoutPasswords(definition, parameters), prices };
}
