import { type Caller, isAdmin } from '../../../platform/caller.ts';
import { actAs, actingOrganizations, demandRole } from '../access.ts';
import { errors } from '../errors.ts';
import { readAssignments } from '../store/assignments.ts';
import { type CallRecordView, readCalls } from '../store/calls.ts';
import { type Orphan, readOrphans, updateOrphan } from '../store/orphans.ts';
import { readSubscription, readSubscriptionPage } from '../store/subscriptions.ts';
import type { UserInput } from './assignments.ts';
import type { Context } from './context.ts';
import { changePayment, endSubscription } from './end.ts';
import { type Assignment, isOver, type State, type Subscription } from './model.ts';
import { type ModifyInput, modifySubscription, upgradeSubscription } from './modify.ts';
import { createOperations, type OperationParameterView } from './operations.ts';
import { withoutPasswords } from './parameters.ts';
import { deleteOrphan } from './recovery.ts';
import { type Access, accessOf, type Entry, openSession } from './sessions.ts';
import { type SubscribeInput, type SubscribeOptions, subscribe } from './subscribe.ts';
import { assignUser, revokeUser } from './users.ts';

/** A subscription as its readers get it (contract §7). */
export type SubscriptionView = {
  key: string;
  id: string;
  organization: string;
  service: string;
  supplier: string;
  state: State;
  referenceId?: string;
  parameters: Record<string, string>;
  attributes: Record<string, string>;
  users: { user: string; role?: string; applicationUserId?: string }[];
  instance?: { instanceId: string; accessInfo?: string; baseUrl?: string; loginPath?: string };
  message?: string;
  createdAt: string;
  activatedAt?: string;
  endedAt?: string;
};

export type OperationView = {
  transactionId: string;
  operation: string;
  state: string;
  user: string;
  at: string;
  message?: Record<string, string>;
};

/** What customers, suppliers and users do with subscriptions. Keys are positive integers. */
export type Subscriptions = {
  subscribe(caller: Caller, input: SubscribeInput, options: SubscribeOptions): Promise<SubscriptionView>;
  getSubscription(caller: Caller, key: number): Promise<SubscriptionView>;
  listSubscriptions(
    caller: Caller,
    page: {
      state?: State | undefined;
      service?: string | undefined;
      organization?: string | undefined;
      limit: number;
      cursor?: string | undefined;
    },
  ): Promise<{ items: SubscriptionView[]; next: string | undefined }>;
  modifySubscription(caller: Caller, key: number, input: ModifyInput): Promise<SubscriptionView>;
  upgradeSubscription(
    caller: Caller,
    key: number,
    input: { service: string; parameters?: Readonly<Record<string, string | number | boolean>> | undefined },
  ): Promise<SubscriptionView>;
  /** Ends it: for the customer when no session is open, for the supplier always. */
  endSubscription(caller: Caller, key: number): Promise<void>;
  /** The supplier's word on whether the customer pays (oscm §5). */
  changePayment(caller: Caller, key: number, valid: boolean): Promise<SubscriptionView>;
  assignUser(caller: Caller, key: number, input: UserInput): Promise<SubscriptionView>;
  revokeUser(caller: Caller, key: number, login: string): Promise<void>;
  describeOperation(caller: Caller, key: number, operation: string): Promise<OperationParameterView[]>;
  executeOperation(
    caller: Caller,
    key: number,
    operation: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<{ transactionId: string; operation: string; state: string }>;
  listOperations(caller: Caller, key: number): Promise<OperationView[]>;
  /** The recorded calls of the application, the newest first; for its provider and supplier. */
  listCalls(caller: Caller, key: number, limit: number): Promise<CallRecordView[]>;
  listOrphans(
    caller: Caller,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: Orphan[]; next: string | undefined }>;
  /** Deletes at the application again, or gives up; the instance may be named where the application never told it. */
  settleOrphan(
    caller: Caller,
    id: number,
    action: 'delete' | 'giveUp',
    instanceId: string | undefined,
  ): Promise<Orphan>;
  /** The way into an application for an assigned user (oscm §4.3). */
  openSession(caller: Caller, key: number, sessionId: string): Promise<Entry>;
  /** Where it is, without opening a session. */
  accessOf(caller: Caller, key: number): Promise<Access>;
};

export function createSubscriptions(context: Context): Subscriptions {
  const { database, people } = context;
  const operations = createOperations(context);

  async function view(
    subscription: Subscription,
    assignments: readonly Assignment[],
  ): Promise<SubscriptionView> {
    return (
      await views([subscription], new Map([[subscription.key, [...assignments]]]))
    )[0] as SubscriptionView;
  }

  async function views(
    subscriptions: readonly Subscription[],
    assignments: ReadonlyMap<number, readonly Assignment[]>,
  ): Promise<SubscriptionView[]> {
    const numbers = new Set([...assignments.values()].flat().map(({ user }) => user));
    const users = await people.usersByNumber(numbers);
    return subscriptions.map((one) => ({
      key: String(one.key),
      id: one.id,
      organization: one.organization,
      service: one.serviceId,
      supplier: one.supplier,
      state: one.state,
      ...(one.referenceId !== null && { referenceId: one.referenceId }),
      parameters: withoutPasswords(one.definition, one.parameters),
      attributes: { ...one.attributes },
      users: (assignments.get(one.key) ?? []).map(({ user, role, applicationUserId }) => ({
        user: users.get(user)?.login ?? String(user),
        ...(role !== null && { role }),
        ...(applicationUserId !== null && { applicationUserId }),
      })),
      ...(one.instanceId !== null && {
        instance: {
          instanceId: one.instanceId,
          ...(one.accessInfo !== null && { accessInfo: one.accessInfo }),
          ...(one.baseUrl !== null && { baseUrl: one.baseUrl }),
          ...(one.loginPath !== null && { loginPath: one.loginPath }),
        },
      }),
      ...(one.message !== null && { message: one.message }),
      createdAt: one.createdAt.toISOString(),
      ...(one.activatedAt !== null && { activatedAt: one.activatedAt.toISOString() }),
      ...(one.endedAt !== null && { endedAt: one.endedAt.toISOString() }),
    }));
  }

  async function read(key: number): Promise<SubscriptionView> {
    const subscription = await find(key);
    return view(subscription, (await readAssignments(database, [key])).get(key) ?? []);
  }

  async function find(key: number): Promise<Subscription> {
    const subscription = await readSubscription(database, key);
    if (subscription === undefined) throw errors.subscription({ key });
    return subscription;
  }

  /** The subscription for who acts as its customer. */
  async function asCustomer(caller: Caller, key: number): Promise<Subscription> {
    demandRole(caller, 'customer');
    const subscription = await find(key);
    await actAs(database, caller, 'customer', subscription.organization);
    if (isOver(subscription.state))
      throw errors.state({ state: subscription.state, allowed: 'ACTIVE', reason: 'OVER' });
    return subscription;
  }

  /** Seen by its customer's people, its supplier's and provider's, and who is assigned. */
  async function demandSight(caller: Caller, subscription: Subscription): Promise<void> {
    if (isAdmin(caller)) return;
    const { organization, supplier, provider, key } = subscription;
    const own = (await actingOrganizations(database, caller)).map(({ id }) => id);
    if ([organization, supplier, provider].some((id) => own.includes(id))) return;
    const assigned = (await readAssignments(database, [key])).get(key) ?? [];
    if (!assigned.some(({ user }) => user === caller.user)) throw errors.subscription({ key });
  }

  async function demandSupply(caller: Caller, { supplier, provider }: Subscription): Promise<void> {
    if (isAdmin(caller)) return;
    const own = (await actingOrganizations(database, caller)).map(({ id }) => id);
    if (!own.includes(supplier) && !own.includes(provider)) throw errors.foreign({ organization: supplier });
  }

  async function findOrphan(caller: Caller, id: number): Promise<Orphan> {
    const [orphan] = await readOrphans(database, 'all', undefined, 1, id);
    if (orphan === undefined) throw errors.orphan({ id });
    await actAs(database, caller, 'technologyProvider', orphan.provider);
    return orphan;
  }

  return {
    async subscribe(caller, input, options) {
      return read(await subscribe(context, caller, input, options));
    },
    async getSubscription(caller, key) {
      await demandSight(caller, await find(key));
      return read(key);
    },
    async listSubscriptions(caller, { state, service, organization, limit, cursor }) {
      const organizations = isAdmin(caller)
        ? 'all'
        : (await actingOrganizations(database, caller)).map(({ id }) => id);
      const after = cursor === undefined ? 0 : Number(cursor);
      if (!Number.isSafeInteger(after)) throw errors.cursor({ cursor: cursor ?? '' });
      const filter = { organizations, user: caller.user, state, service, organization } as const;
      const rows = await readSubscriptionPage(database, filter, after, limit + 1);
      const items = rows.slice(0, limit);
      const keys = items.map(({ key }) => key);
      return {
        items: await views(items, await readAssignments(database, keys)),
        next: rows.length > limit ? String(items.at(-1)?.key) : undefined,
      };
    },
    async modifySubscription(caller, key, input) {
      await asCustomer(caller, key);
      await modifySubscription(context, caller, key, input);
      return read(key);
    },
    async upgradeSubscription(caller, key, input) {
      await asCustomer(caller, key);
      await upgradeSubscription(context, caller, key, input);
      return read(key);
    },
    async endSubscription(caller, key) {
      const subscription = await find(key);
      const own = isAdmin(caller) ? [] : (await actingOrganizations(database, caller)).map(({ id }) => id);
      const isSupplier = caller.roles.has('supplier') && own.includes(subscription.supplier);
      if (isSupplier && !own.includes(subscription.organization)) {
        await endSubscription(context, caller, key, 'supplier');
        return;
      }
      demandRole(caller, 'customer');
      await actAs(database, caller, 'customer', subscription.organization);
      await endSubscription(context, caller, key, 'customer');
    },
    async changePayment(caller, key, valid) {
      const subscription = await find(key);
      await actAs(database, caller, 'supplier', subscription.supplier);
      await changePayment(context, caller, key, valid);
      return read(key);
    },
    async assignUser(caller, key, input) {
      await asCustomer(caller, key);
      await assignUser(context, caller, key, input);
      return read(key);
    },
    async revokeUser(caller, key, login) {
      await asCustomer(caller, key);
      await revokeUser(context, caller, key, login);
    },
    describeOperation: (caller, key, operation) => operations.describe(caller, key, operation),
    executeOperation: (caller, key, operation, parameters) =>
      operations.execute(caller, key, operation, parameters),
    async listOperations(caller, key) {
      const subscription = await find(key);
      await demandSight(caller, subscription);
      return (await operations.list(subscription, 500)).map(
        ({ transactionId, operation, state, login, at, message }) => ({
          transactionId,
          operation,
          state,
          user: login,
          at: at.toISOString(),
          ...(message !== null && { message: { ...message } }),
        }),
      );
    },
    async listCalls(caller, key, limit) {
      const subscription = await find(key);
      await demandSupply(caller, subscription);
      return readCalls(database, key, limit);
    },
    async listOrphans(caller, { limit, cursor }) {
      demandRole(caller, 'technologyProvider');
      const providers = isAdmin(caller)
        ? 'all'
        : (await actingOrganizations(database, caller)).map(({ id }) => id);
      const before = cursor === undefined ? undefined : Number(cursor);
      const rows = await readOrphans(database, providers, before, limit + 1);
      const items = rows.slice(0, limit);
      return { items, next: rows.length > limit ? String(items.at(-1)?.id) : undefined };
    },
    async settleOrphan(caller, id, action, instanceId) {
      const orphan = await findOrphan(caller, id);
      if (action === 'giveUp') await updateOrphan(database, id, { state: 'givenUp' });
      else if (instanceId === undefined && orphan.instanceId === null)
        throw errors.orphanInstance({}, '/instanceId');
      else await deleteOrphan(context, id, instanceId);
      return findOrphan(caller, id);
    },
    openSession: (caller, key, sessionId) => openSession(context, caller, key, sessionId),
    accessOf: (caller, key) => accessOf(context, caller, key),
  };
}
