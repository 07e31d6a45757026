import { type Caller, isAdmin } from '../../../platform/caller.ts';
import { actAs, actingOrganizations, demandRole } from '../access.ts';
import { errors } from '../errors.ts';
import { readAssignments } from '../store/assignments.ts';
import { type CallRecordView, readCalls } from '../store/calls.ts';
import { readSubscription, readSubscriptionPage } from '../store/subscriptions.ts';
import type { UserInput } from './assignments.ts';
import type { Context } from './context.ts';
import { endSubscription } from './end.ts';
import { isOver, type State, type Subscription } from './model.ts';
import { type ModifyInput, modifySubscription, upgradeSubscription } from './modify.ts';
import { createOperations, type OperationParameterView } from './operations.ts';
import { type Access, accessOf, type Entry, openSession } from './sessions.ts';
import { demandSight } from './sight.ts';
import { type SubscribeInput, type SubscribeOptions, subscribe } from './subscribe.ts';
import { changePayment } from './suspend.ts';
import { assignUser, revokeUser } from './users.ts';
import { type SubscriptionView, viewSubscriptions } from './views.ts';

export type OperationView = {
  transactionId: string;
  operation: string;
  state: string;
  user: string;
  at: string;
  updatedAt: string;
  /** What was asked for. */
  parameters: Record<string, string>;
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
  listCalls(
    caller: Caller,
    key: number,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: CallRecordView[]; next: string | undefined }>;
  /** The way into an application for an assigned user (oscm §4.3). */
  openSession(caller: Caller, key: number, sessionId: string): Promise<Entry>;
  /** Where it is, without opening a session. */
  accessOf(caller: Caller, key: number): Promise<Access>;
};

export function createSubscriptions(context: Context): Subscriptions {
  const { database, people } = context;
  const operations = createOperations(context);

  async function read(key: number): Promise<SubscriptionView> {
    const subscription = await find(key);
    const [view] = await viewSubscriptions(people, [subscription], await readAssignments(database, [key]));
    return view as SubscriptionView;
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

  async function demandSupply(caller: Caller, { supplier, provider }: Subscription): Promise<void> {
    if (isAdmin(caller)) return;
    const own = (await actingOrganizations(database, caller)).map(({ id }) => id);
    if (!own.includes(supplier) && !own.includes(provider)) throw errors.foreign({ organization: supplier });
  }

  return {
    async subscribe(caller, input, options) {
      return read(await subscribe(context, caller, input, options));
    },
    async getSubscription(caller, key) {
      await demandSight(database, caller, await find(key));
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
        items: await viewSubscriptions(people, items, await readAssignments(database, keys)),
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
      await demandSight(database, caller, subscription);
      return (await operations.list(subscription, 500)).map(
        ({ transactionId, operation, state, login, at, updatedAt, parameters, message }) => ({
          transactionId,
          operation,
          state,
          user: login,
          at: at.toISOString(),
          updatedAt: updatedAt.toISOString(),
          parameters: { ...parameters },
          ...(message !== null && { message: { ...message } }),
        }),
      );
    },
    async listCalls(caller, key, { limit, cursor }) {
      const subscription = await find(key);
      await demandSupply(caller, subscription);
      const before = cursor === undefined ? undefined : Number(cursor);
      if (before !== undefined && !Number.isSafeInteger(before))
        throw errors.cursor({ cursor: cursor ?? '' });
      const rows = await readCalls(database, key, before, limit + 1);
      const items = rows.slice(0, limit);
      return { items, next: rows.length > limit ? String(items.at(-1)?.id) : undefined };
    },
    openSession: (caller, key, sessionId) => openSession(context, caller, key, sessionId),
    accessOf: (caller, key) => accessOf(context, caller, key),
  };
}
