import type { Caller } from '../../../platform/caller.ts';
import { type Queryable, sql } from '../../../platform/database/database.ts';
import { actAs, actingOrganizations, demandRole } from '../access.ts';
import { errors } from '../errors.ts';
import type { InstanceInfo } from '../provisioning/messages.ts';
import { forgetTold } from '../store/assignments.ts';
import { nameOrphan } from '../store/orphans.ts';
import {
  findSubscription,
  isInstanceTaken,
  lockSubscription,
  updateSubscription,
} from '../store/subscriptions.ts';
import { type Context, demandState } from './context.ts';
import { retire } from './end.ts';
import { checkInstance } from './instances.ts';
import type { Next, State, Subscription } from './model.ts';
import { applyNext } from './modify.ts';
import { tellFailed, tellVanished } from './notices.ts';
import { activate } from './provision.ts';
import type { Action } from './state-rules.ts';
import { isUnpaid, suspendLater } from './suspend.ts';
import { changeUse } from './use.ts';

/** How an application names a subscription: the customer's name for it and the customer (oscm §3.8). */
export type Reference = { subscriptionId: string; organizationId: string };

/** What asynchronous applications call back (oscm §3.8); only the provider of the technical service may. */
export function createCallbacks(context: Context) {
  const { database } = context;

  /** Runs `work` with the subscription locked, in a state that allows it. */
  async function within(
    caller: Caller,
    { subscriptionId, organizationId }: Reference,
    action: Action,
    work: (tx: Queryable, subscription: Subscription) => Promise<void>,
  ): Promise<void> {
    await database.transaction(async (tx) => {
      const condition = sql`s.organization = ${organizationId} AND s.id = ${subscriptionId}`;
      const found = await findSubscription(tx, condition);
      if (found === undefined) throw errors.subscription({ key: subscriptionId });
      await actAs(tx, caller, 'technologyProvider', found.provider);
      const subscription = (await lockSubscription(tx, found.key)) as Subscription;
      demandState(subscription, action);
      await work(tx, subscription);
    });
  }

  /** The instance of a subscription that ended meanwhile: nobody has it, so it is to be deleted. */
  async function nameOrphanOf(
    caller: Caller,
    { subscriptionId, organizationId }: Reference,
    instanceId: string | undefined,
  ): Promise<void> {
    if (!instanceId || instanceId.length > 255) return;
    const condition = sql`s.organization = ${organizationId} AND s.id = ${subscriptionId}`;
    if ((await findSubscription(database, condition)) !== undefined) return;
    demandRole(caller, 'technologyProvider');
    const providers = (await actingOrganizations(database, caller)).map(({ id }) => id);
    if (!(await nameOrphan(database, providers, organizationId, subscriptionId, instanceId))) return;
    context.log.warn(
      { subscription: subscriptionId, organization: organizationId, instanceId },
      'an instance came for a subscription that has ended: it is deleted at its application',
    );
  }

  async function demandInstance(
    tx: Queryable,
    subscription: Subscription,
    instance: InstanceInfo,
  ): Promise<void> {
    const fault = checkInstance(instance, subscription, 'callback');
    if (fault) throw fault;
    const { technicalService, key } = subscription;
    if (await isInstanceTaken(tx, technicalService, instance.instanceId as string, key)) {
      throw errors.instanceGiven({ member: 'instanceId', reason: 'DUPLICATE_VALUE' });
    }
  }

  /** Completes a modification or an upgrade, each only by its own call. */
  async function completeChange(
    caller: Caller,
    reference: Reference,
    kind: Next['kind'],
    instance: InstanceInfo | undefined,
  ): Promise<void> {
    await within(
      caller,
      reference,
      kind === 'modify' ? 'change' : 'upgradeResult',
      async (tx, subscription) => {
        demandKind(subscription, kind);
        if (instance?.instanceId) {
          await demandInstance(tx, subscription, instance);
          await updateSubscription(tx, subscription.key, { instance });
        }
        if (kind === 'modify') {
          await applyNext(tx, subscription, subscription.state === 'SUSPENDED_UPD' ? 'SUSPENDED' : 'ACTIVE');
          return;
        }
        await applyNext(tx, subscription, 'ACTIVE');
        const upgraded = { ...subscription, prices: subscription.next?.prices ?? null };
        if (isUnpaid(upgraded)) await suspendLater(tx, { ...upgraded, state: 'ACTIVE' });
      },
    );
  }

  async function abortChange(
    caller: Caller,
    reference: Reference,
    kind: Next['kind'],
    reason: string,
  ): Promise<void> {
    await within(
      caller,
      reference,
      kind === 'modify' ? 'change' : 'upgradeResult',
      async (tx, subscription) => {
        demandKind(subscription, kind);
        const back: Partial<Record<State, State>> = { PENDING_UPD: 'ACTIVE', SUSPENDED_UPD: 'SUSPENDED' };
        const state = back[subscription.state] ?? subscription.state;
        await updateSubscription(tx, subscription.key, { state, next: null, step: null, message: reason });
      },
    );
  }

  return {
    async complete(caller: Caller, reference: Reference, instance: InstanceInfo): Promise<void> {
      await nameOrphanOf(caller, reference, instance.instanceId);
      await within(caller, reference, 'creation', async (tx, subscription) => {
        await demandInstance(tx, subscription, instance);
        await updateSubscription(tx, subscription.key, { instance });
        const { accessInfo = null } = instance;
        await activate(context, tx, { ...subscription, accessInfo });
        // its users are told when it is resumed
        if (isUnpaid(subscription)) await suspendLater(tx, { ...subscription, state: 'ACTIVE' });
        else await context.tellUsersLater(tx, subscription.key);
      });
    },
    abort: (caller: Caller, reference: Reference, reason: string) =>
      within(caller, reference, 'creation', async (tx, subscription) => {
        await retire(tx, subscription, 'INVALID', { message: reason });
        await tellFailed(context, tx, subscription, reason);
      }),
    progress: (caller: Caller, reference: Reference, message: string) =>
      within(caller, reference, 'creation', (tx, { key }) => updateSubscription(tx, key, { message })),
    completeChange,
    abortChange,
    /** The instance is gone from the application: the subscription waits for it anew (oscm §3.8). */
    vanished: (caller: Caller, reference: Reference) =>
      within(caller, reference, 'vanish', async (tx, subscription) => {
        await changeUse(tx, subscription, { state: 'PENDING', next: null, step: null, lateNoticed: true });
        await forgetTold(tx, subscription.key);
        await tellVanished(context, tx, subscription);
      }),
    countMachines: (caller: Caller, reference: Reference, vmsNumber: number) =>
      within(caller, reference, 'access', (tx, { key }) => updateSubscription(tx, key, { vmsNumber })),
    /** New instance data of a running subscription. */
    updateAccess: (caller: Caller, reference: Reference, instance: InstanceInfo) =>
      within(caller, reference, 'access', async (tx, subscription) => {
        const merged = {
          ...instance,
          instanceId: instance.instanceId ?? subscription.instanceId ?? undefined,
        };
        await demandInstance(tx, subscription, merged);
        await updateSubscription(tx, subscription.key, { instance: merged });
      }),
  };
}
export type Callbacks = ReturnType<typeof createCallbacks>;

/** An upgrade in flight is not completed by the call for modifications, nor the other way round (oscm §5). */
function demandKind({ state, next }: Subscription, kind: Next['kind']): void {
  if (next?.kind === kind) return;
  const reason = kind === 'modify' ? 'NOT_IN_UPDATING' : 'NOT_IN_UPGRADING';
  throw errors.state({ state, allowed: kind, reason });
}
