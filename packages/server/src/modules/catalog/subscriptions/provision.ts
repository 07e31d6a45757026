import type { Queryable } from '../../../platform/database/database.ts';
import { errors } from '../errors.ts';
import { callError, reasonOf } from '../provisioning/applications.ts';
import type { InstanceInfo, InstanceRequest } from '../provisioning/messages.ts';
import { CallFailure } from '../provisioning/soap-client.ts';
import {
  deleteSubscription,
  isInstanceTaken,
  lockSubscription,
  readSubscription,
  updateSubscription,
} from '../store/subscriptions.ts';
import { type Context, openValues, requestingUser, soapAttributes, targetOf } from './context.ts';
import { checkInstance } from './instances.ts';
import type { Subscription } from './model.ts';
import { tellActivated } from './notices.ts';
import { keepOrphan } from './orphans.ts';
import { applicationParameters } from './parameters.ts';
import { tellNewUsers } from './tell-users.ts';
import { putIntoUse } from './use.ts';

/** Asks the application for an instance (oscm §3.7 steps 3 and 5) and puts the subscription into use, or leaves nothing behind. */
export async function provision(
  context: Context,
  key: number,
  organizationName: string,
  origin: string,
): Promise<void> {
  const { database, applications } = context;
  const subscription = (await readSubscription(database, key)) as Subscription;
  const { definition } = targetOf(context, subscription);
  if (definition.accessType === 'PROXY') {
    // no provisioning service: the application is one for all (oscm §1.3)
    await database.transaction((tx) => activate(context, tx, subscription));
    return;
  }
  const application = applications.provisioning(targetOf(context, subscription));
  const user = await requestingUser(context, subscription.owner);
  const request = instanceRequest(context, subscription, organizationName, origin);
  try {
    await application.saveAttributes(
      subscription.organization,
      soapAttributes(subscription.attributes),
      user,
    );
  } catch (error) {
    // whatever it says of the attributes, it is there (oscm §3.7)
    if (!(error instanceof CallFailure && error.error.code === 'catalog.operationFailed')) {
      await abandon(context, subscription, null, undefined);
      throw callError(error);
    }
  }
  await updateSubscription(database, key, { step: 'create', leaseMs: context.leaseMs });
  if (definition.provisioningType === 'ASYNCHRONOUS') {
    try {
      const message = await application.asyncCreateInstance(request, user);
      await settleRequested(context, key, message);
    } catch (error) {
      await abandon(context, subscription, null, orphanReason('asyncCreateInstance', error));
      throw callError(error);
    }
    return;
  }
  let instance: InstanceInfo;
  try {
    instance = await application.createInstance(request, user);
  } catch (error) {
    await abandon(context, subscription, null, orphanReason('createInstance', error));
    throw callError(error);
  }
  await settleCreated(context, subscription, instance);
}

function instanceRequest(
  context: Context,
  subscription: Subscription,
  organizationName: string,
  origin: string,
): InstanceRequest {
  const { definition } = targetOf(context, subscription);
  const { accessType } = definition;
  const noLogin = accessType === 'DIRECT' || accessType === 'USER';
  return {
    attributeValue: soapAttributes(subscription.attributes),
    defaultLocale: context.locale(),
    loginUrl: noLogin ? undefined : `${origin}/opt/${subscription.key.toString(16)}`,
    organizationId: subscription.organization,
    organizationName,
    parameterValue: applicationParameters(definition, openValues(context, subscription), {
      withOneTime: true,
    }),
    referenceId: subscription.referenceId ?? undefined,
    subscriptionId: subscription.id,
  };
}

/** The application took the request: it will call back. A callback may have been quicker than this. */
async function settleRequested(context: Context, key: number, message: string | undefined): Promise<void> {
  await context.database.transaction(async (tx) => {
    const current = await lockSubscription(tx, key);
    if (current?.step !== 'create') return;
    await updateSubscription(tx, key, {
      step: null,
      ...(current.state === 'PENDING' && message !== undefined && { message }),
    });
  });
}

/** Stores the instance, tells the application its users, and only then is the subscription active. */
async function settleCreated(
  context: Context,
  subscription: Subscription,
  instance: InstanceInfo,
): Promise<void> {
  const { database, leaseMs } = context;
  const { key } = subscription;
  const instanceId = instance.instanceId ?? null;
  const fault = checkInstance(instance, subscription, 'answer');
  if (fault) {
    await abandon(context, subscription, instanceId, `createInstance: ${fault.message}`);
    throw fault;
  }
  const problem = await database.transaction(async (tx) => {
    if (await isInstanceTaken(tx, subscription.technicalService, instanceId as string, key)) {
      return errors.instance({ member: 'instanceId', reason: 'DUPLICATE_VALUE' });
    }
    await updateSubscription(tx, key, { instance, step: 'users', leaseMs });
    return undefined;
  });
  if (problem) {
    // the instance is another subscription's: deleting it would take that one's away
    await abandon(context, subscription, null, undefined);
    throw problem;
  }
  try {
    await tellNewUsers(context, key);
  } catch (error) {
    await abandon(context, subscription, instanceId, `createUsers: ${reasonOf(error)}`);
    throw callError(error);
  }
  await database.transaction(async (tx) => {
    const current = await lockSubscription(tx, key);
    if (current?.step === 'users') await activate(context, tx, current);
  });
}

/**
 * Why something may be left at the application after a call failed (the table of the Open Service Broker: no answer,
 * a broken one, a server error); undefined when it refused in its own words or was never reached.
 */
function orphanReason(operation: string, error: unknown): string | undefined {
  return error instanceof CallFailure && !error.mayHaveActed ? undefined : `${operation}: ${reasonOf(error)}`;
}

/** Rolls a subscription back; what may be left at the application is kept as an orphan, and deleted by itself. */
async function abandon(
  context: Context,
  subscription: Subscription,
  instanceId: string | null,
  reason: string | undefined,
): Promise<void> {
  await context.database.transaction(async (tx) => {
    const current = await lockSubscription(tx, subscription.key);
    if (current === undefined || current.state !== 'PENDING') return;
    await deleteSubscription(tx, subscription.key);
    if (reason === undefined) return;
    const { technicalService, organization, id: subscriptionId } = subscription;
    await keepOrphan(context, tx, { technicalService, organization, subscriptionId, instanceId, reason });
  });
}

/** Puts a subscription into use for the first time, and tells the customer. */
export async function activate(context: Context, tx: Queryable, subscription: Subscription): Promise<void> {
  await putIntoUse(tx, subscription);
  await tellActivated(context, tx, subscription);
}
