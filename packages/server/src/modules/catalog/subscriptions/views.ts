import type { People } from '../people.ts';
import type { Assignment, State, Subscription } from './model.ts';
import { withoutPasswords } from './parameters.ts';

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
  /** Virtual machines of the instance, where its application tells. */
  vmsNumber?: number;
  createdAt: string;
  activatedAt?: string;
  endedAt?: string;
};

/** Subscriptions for people to read; the names of their users are looked up at once. */
export async function viewSubscriptions(
  people: People,
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
    ...(one.vmsNumber !== null && { vmsNumber: one.vmsNumber }),
    createdAt: one.createdAt.toISOString(),
    ...(one.activatedAt !== null && { activatedAt: one.activatedAt.toISOString() }),
    ...(one.endedAt !== null && { endedAt: one.endedAt.toISOString() }),
  }));
}
