import type { Caller } from '../../../platform/caller.ts';
import { sql } from '../../../platform/database/database.ts';
import { type AppError, collectErrors } from '../../../platform/errors.ts';
import { actAs } from '../access.ts';
import { idType } from '../definition/value-types.ts';
import { errors } from '../errors.ts';
import { findService } from '../services/services.ts';
import { insertAssignments } from '../store/assignments.ts';
import { countLive, findSubscription, insertSubscription } from '../store/subscriptions.ts';
import { shareTechnicalService } from '../store/technical-services.ts';
import { demandNamedUsers, readUserInputs, type UserInput } from './assignments.ts';
import { type Context, holding, openServiceValues, sealValues } from './context.ts';
import { subscriptionValues } from './parameters.ts';
import { provision } from './provision.ts';

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
