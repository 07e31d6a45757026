import type { Caller } from '../../../platform/caller.ts';
import { sql } from '../../../platform/database/database.ts';
import { type AppError, collectErrors } from '../../../platform/errors.ts';
import { actAs } from '../access.ts';
import { idType } from '../definition/value-types.ts';
import { errors } from '../errors.ts';
import { callError, reasonOf } from '../provisioning/applications.ts';
import type { InstanceInfo, InstanceRequest } from '../provisioning/messages.ts';
import { CallFailure } from '../provisioning/soap-client.ts';
import { findService } from '../services/services.ts';
import { insertAssignments } from '../store/assignments.ts';
import { insertOrphan } from '../store/orphans.ts';
import {
  countLive,
  deleteSubscription,
  findSubscription,
  insertSubscription,
  isInstanceTaken,
  lockSubscription,
  readSubscription,
  updateSubscription,
} from '../store/subscriptions.ts';
import { shareTechnicalService } from '../store/technical-services.ts';
import { demandNamedUsers, readUserInputs, type UserInput } from './assignments.ts';
import {
  type Context,
  holding,
  openValues,
  requestingUser,
  sealValues,
  soapAttributes,
  targetOf,
} from './context.ts';
import { checkInstance } from './instances.ts';
import type { Subscription } from './model.ts';
import { applicationParameters, subscriptionValues } from './parameters.ts';
import { tellNewUsers } from './tell-users.ts';
import { putIntoUse } from './use.ts';

export type SubscribeInput = {
  id: string;
  service: string;
  /** Needed by who acts for several customers. */
  organization?: string | undefined;
  parameters?: Readonly<Record<string, string | number | boolean>> | undefined;
  users?: readonly UserInput[] | undefined;
  referenceId?: string | undefined;
  attributes?: Readonly<Record<string, string>> | undefined;
};

export type SubscribeOptions = {
  /** Base URL of this server as its users reach it. */
  origin: string;
  /** The request's Idempotency-Key: a repetition gives the same subscription. */
  requestKey: string | undefined;
};

/**
 * Subscribes to a service (oscm §3.7). The subscription is stored before the application is called, so that nothing an
 * application makes can be forgotten; a failure removes it again, and what may be left at the application is kept as
 * an orphan.
 */
export async function subscribe(
  context: Context,
  caller: Caller,
  input: SubscribeInput,
  options: SubscribeOptions,
): Promise<number> {
  const { database } = context;
  const customer = await actAs(database, caller, 'customer', input.organization);
  const { requestKey } = options;
  if (requestKey !== undefined) {
    const earlier = await findRequest(context, customer.id, requestKey);
    if (earlier !== undefined) return earlier;
  }
  const key = await insert(context, caller, customer.id, input, requestKey);
  if (key === undefined) {
    const earlier = requestKey && (await findRequest(context, customer.id, requestKey));
    if (earlier) return earlier;
    throw errors.subscriptionTaken({ id: input.id }, '/id');
  }
  await holding(context, key, () => provision(context, key, customer.name, options.origin));
  return key;
}

/** How long a repeated request waits for the first one, in milliseconds. */
const longestWait = 120_000;

/** The subscription an earlier request with this key made, once it is settled. */
async function findRequest(
  { database }: Context,
  organization: string,
  requestKey: string,
): Promise<number | undefined> {
  const until = Date.now() + longestWait;
  for (;;) {
    const condition = sql`s.organization = ${organization} AND s.request_key = ${requestKey}`;
    const found = await findSubscription(database, condition);
    if (found === undefined || found.step === null) return found?.key;
    if (Date.now() > until) throw errors.busy({ id: found.id });
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Checks everything that can be checked here, and stores the subscription with its users. */
async function insert(
  context: Context,
  caller: Caller,
  organization: string,
  input: SubscribeInput,
  requestKey: string | undefined,
): Promise<number | undefined> {
  const { database, people, leaseMs } = context;
  return database.transaction(async (tx) => {
    const service = await findService(tx, input.service).catch((error: AppError) => {
      throw error.code === 'catalog.service'
        ? errors.unknownService({ id: input.service }, '/service')
        : error;
    });
    if (!service.active) throw errors.notOnSale({ id: service.id });
    const { id: technicalId, version } = service.definition;
    const technical = await shareTechnicalService(tx, service.provider, technicalId, version);
    if (technical === undefined) throw errors.notOnSale({ id: service.id });
    const definition = context.definitions.open(technical);
    if (definition.accessType === 'EXTERNAL') throw errors.external();
    if (!idType.accepts(input.id)) throw errors.id({ id: input.id }, '/id');
    const offered = openServiceValues(context, service.parameters, definition);
    const { values, faults } = subscriptionValues(definition, offered, input.parameters ?? {}, undefined);
    const users = await readUserInputs(tx, people, organization, definition, input.users ?? []);
    const fault = collectErrors([...faults, ...users.faults]);
    if (fault) throw fault;
    demandNamedUsers(values, users.wanted.length);
    if (definition.onlyOneSubscriptionPerUser) {
      // two at once of one organization queue here
      await tx.run(sql`SELECT 1 FROM catalog.organizations WHERE id = ${organization} FOR UPDATE`);
      if ((await countLive(tx, organization, technical.key)) > 0) throw errors.onlyOne();
    }
    const key = await insertSubscription(tx, {
      organization,
      id: input.id,
      service: service.key,
      technicalService: technical.key,
      owner: caller.user,
      referenceId: input.referenceId,
      parameters: sealValues(context, definition, values),
      attributes: input.attributes ?? {},
      prices: service.prices,
      requestKey,
      leaseMs,
    });
    if (key !== undefined && users.wanted.length > 0) await insertAssignments(tx, key, users.wanted);
    return key;
  });
}

/** Values of a service with its passwords in clear. */
export function openServiceValues(
  { secretBox }: Context,
  parameters: Parameters<typeof subscriptionValues>[1],
  definition: Subscription['definition'],
): Parameters<typeof subscriptionValues>[1] {
  const hidden = new Set(
    definition.parameters.filter(({ valueType }) => valueType === 'PWD').map(({ id }) => id),
  );
  return Object.fromEntries(
    Object.entries(parameters).map(([id, parameter]) =>
      hidden.has(id) && parameter.value !== undefined
        ? [id, { ...parameter, value: secretBox.open(parameter.value) }]
        : [id, parameter],
    ),
  );
}

/** Asks the application for an instance and puts the subscription into use, or leaves nothing behind. */
async function provision(
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
    await database.transaction((tx) => putIntoUse(tx, subscription));
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
    if (current?.step === 'users') await putIntoUse(tx, current);
  });
}

/**
 * Why something may be left at the application after a call failed (the table of the Open Service Broker: no answer,
 * a broken one, a server error); undefined when it refused in its own words or was never reached.
 */
export function orphanReason(operation: string, error: unknown): string | undefined {
  return error instanceof CallFailure && !error.mayHaveActed ? undefined : `${operation}: ${reasonOf(error)}`;
}

/** Rolls a subscription back; what may be left at the application is tried to be deleted, else kept as an orphan. */
async function abandon(
  context: Context,
  subscription: Subscription,
  instanceId: string | null,
  reason: string | undefined,
): Promise<void> {
  const { database, log } = context;
  await database.transaction(async (tx) => {
    const current = await lockSubscription(tx, subscription.key);
    if (current === undefined || current.state !== 'PENDING') return;
    await deleteSubscription(tx, subscription.key);
    if (reason === undefined) return;
    const { technicalService, organization, id: subscriptionId } = subscription;
    await insertOrphan(tx, { technicalService, organization, subscriptionId, instanceId, reason });
    log.error(
      { subscription: subscriptionId, organization, instanceId, reason },
      'an instance may be left at the application: look at the orphans of the catalog, retry, delete or give up',
    );
  });
}
