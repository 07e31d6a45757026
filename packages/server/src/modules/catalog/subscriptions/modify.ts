import type { Caller } from '../../../platform/caller.ts';
import { collectErrors } from '../../../platform/errors.ts';
import { errors } from '../errors.ts';
import { callError, type ModifyOperation, reasonOf } from '../provisioning/applications.ts';
import { CallFailure } from '../provisioning/soap-client.ts';
import { findService } from '../services/services.ts';
import { readAssignments } from '../store/assignments.ts';
import type { OfferedService } from '../store/services.ts';
import { readServices } from '../store/services.ts';
import { lockSubscription, updateSubscription } from '../store/subscriptions.ts';
import { demandNamedUsers } from './assignments.ts';
import {
  type Context,
  demandState,
  holding,
  lockIdle,
  openServiceValues,
  openValues,
  requestingUser,
  sealValues,
  soapAttributes,
  targetOf,
} from './context.ts';
import type { Next, State, Subscription } from './model.ts';
import { applicationParameters, subscriptionValues, type Values } from './parameters.ts';
import { isUnpaid } from './suspend.ts';
import { changeUse } from './use.ts';

type Given = Readonly<Record<string, string | number | boolean>>;

export type ModifyInput = { parameters?: Given | undefined; referenceId?: string | null | undefined };

/** Changes values or the reference (oscm §3.3, §5): at once, or PENDING_UPD until an asynchronous application says so. */
export async function modifySubscription(
  context: Context,
  caller: Caller,
  key: number,
  input: ModifyInput,
): Promise<void> {
  const { database } = context;
  const subscription = await database.transaction(async (tx) => {
    const locked = await lockIdle(tx, key);
    demandState(locked, 'modify');
    const service = await serviceOf(context, locked);
    const { definition } = targetOf(context, locked);
    const kept = openValues(context, locked);
    const { values, faults } = subscriptionValues(definition, service, input.parameters ?? {}, kept);
    const fault = collectErrors(faults);
    if (fault) throw fault;
    await demandRoom(context, locked, values);
    const referenceId = input.referenceId === undefined ? locked.referenceId : input.referenceId;
    // what really changed decides whether the application is called at all (oscm §5, details)
    if (sameValues(values, kept) && referenceId === locked.referenceId) return undefined;
    const next: Next = {
      kind: 'modify',
      service: locked.service,
      referenceId,
      parameters: sealValues(context, definition, values),
      prices: locked.prices,
    };
    await updateSubscription(tx, key, { next, step: 'modify', leaseMs: context.leaseMs });
    return { ...locked, next };
  });
  if (subscription !== undefined) {
    await holding(context, key, () => carryOut(context, caller, subscription));
  }
}

/** Switches to a service declared compatible and made of the same technical service (oscm §5). */
export async function upgradeSubscription(
  context: Context,
  caller: Caller,
  key: number,
  input: { service: string; parameters?: Given | undefined },
): Promise<void> {
  const { database } = context;
  const subscription = await database.transaction(async (tx) => {
    const locked = await lockIdle(tx, key);
    demandState(locked, 'upgrade');
    const target = await findService(tx, input.service);
    const [from] = await readServices(tx, [locked.serviceId]);
    const compatible = from?.key === locked.service && from.compatible.includes(target.id);
    if (!compatible || target.technicalService !== locked.technicalService || !target.active) {
      throw errors.notCompatible({ from: locked.serviceId, to: target.id });
    }
    const { definition } = targetOf(context, locked);
    const offered = openServiceValues(context, target.parameters, definition);
    const kept = openValues(context, locked);
    const { values, faults } = subscriptionValues(definition, offered, input.parameters ?? {}, kept, true);
    const fault = collectErrors(faults);
    if (fault) throw fault;
    await demandRoom(context, locked, values);
    const next: Next = {
      kind: 'upgrade',
      service: target.key,
      referenceId: locked.referenceId,
      parameters: sealValues(context, definition, values),
      prices: target.prices ?? null,
    };
    await updateSubscription(tx, key, { next, step: 'upgrade', leaseMs: context.leaseMs });
    return { ...locked, next };
  });
  await holding(context, key, () => carryOut(context, caller, subscription));
}

/** The state a subscription waits in while an asynchronous application works on its change. */
const waiting: Partial<Record<State, State>> = { ACTIVE: 'PENDING_UPD', SUSPENDED: 'SUSPENDED_UPD' };

async function carryOut(
  context: Context,
  caller: Caller,
  subscription: Subscription & { next: Next },
): Promise<void> {
  const { database, applications } = context;
  const { key, next } = subscription;
  const { definition } = targetOf(context, subscription);
  const { paymentValid } = subscription;
  const upgraded = isUnpaid({ prices: next.prices, paymentValid }) ? 'SUSPENDED' : 'ACTIVE';
  const asynchronous = definition.provisioningType === 'ASYNCHRONOUS';
  const isUpgrade = next.kind === 'upgrade';
  const operation: ModifyOperation = isUpgrade
    ? asynchronous
      ? 'asyncUpgradeSubscription'
      : 'upgradeSubscription'
    : asynchronous
      ? 'asyncModifySubscription'
      : 'modifySubscription';
  if (definition.accessType !== 'PROXY') {
    const application = applications.provisioning(targetOf(context, subscription));
    const user = await requestingUser(context, caller.user);
    const attributes = soapAttributes(subscription.attributes);
    const values = openValues(context, { parameters: next.parameters, definition });
    try {
      await application
        .saveAttributes(subscription.organization, attributes, user)
        .catch((error: unknown) => {
          // an application's own fault is only noted here (oscm §3.3)
          if (!(error instanceof CallFailure && error.error.code === 'catalog.operationFailed')) throw error;
        });
      await application.modify(operation, {
        instanceId: subscription.instanceId ?? '',
        subscriptionId: subscription.id,
        referenceId: next.referenceId ?? undefined,
        parameterValues: applicationParameters(definition, values, { withOneTime: isUpgrade }),
        attributeValues: attributes,
        requestingUser: user,
      });
      if (isUpgrade && !asynchronous && subscription.state !== 'ACTIVE' && upgraded === 'ACTIVE') {
        await application.activate('activateInstance', subscription.instanceId ?? '', user);
      }
    } catch (error) {
      await undo(context, key, reasonOf(error));
      throw callError(error);
    }
  }
  await database.transaction(async (tx) => {
    const current = await lockSubscription(tx, key);
    if (current?.step !== next.kind || current.next === null) return;
    if (asynchronous && definition.accessType !== 'PROXY') {
      await updateSubscription(tx, key, { step: null, state: waiting[current.state] ?? current.state });
    } else {
      await applyNext(tx, current, isUpgrade ? upgraded : current.state);
    }
  });
}

/** The new values hold from now on. */
export async function applyNext(
  tx: Parameters<typeof changeUse>[0],
  subscription: Subscription,
  state: State,
): Promise<void> {
  const { next } = subscription;
  if (next === null) return;
  const { service, referenceId, parameters, prices } = next;
  await changeUse(tx, subscription, {
    state,
    service,
    referenceId,
    parameters,
    prices,
    next: null,
    step: null,
    message: null,
  });
}

/** The old values stay; after a broken answer nobody knows what the application has. */
async function undo({ database, log }: Context, key: number, reason: string): Promise<void> {
  log.error(
    { subscription: key, reason },
    'a change was not made; compare the application with the subscription',
  );
  await updateSubscription(database, key, { next: null, step: null, message: reason });
}

/** The parameters that the service of a subscription offers, as they are now; its service may be off sale. */
async function serviceOf(
  context: Context,
  subscription: Subscription,
): Promise<OfferedService['parameters']> {
  const [service] = await readServices(context.database, [subscription.serviceId]);
  const parameters = service?.key === subscription.service ? service.parameters : {};
  return openServiceValues(context, parameters, targetOf(context, subscription).definition);
}

async function demandRoom({ database }: Context, { key }: Subscription, values: Values): Promise<void> {
  demandNamedUsers(values, (await readAssignments(database, [key])).get(key)?.length ?? 0);
}

function sameValues(a: Values, b: Values): boolean {
  const ids = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...ids].every((id) => a[id] === b[id]);
}
