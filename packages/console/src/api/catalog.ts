import { useQuery } from '@tanstack/react-query';
import { useLive } from '../live/use-live.ts';
import { type Page, request } from './request.ts';
import { useMe } from './session.ts';

export type Period = 'month' | 'week' | 'day' | 'hour';
export type Amount = number | string;
export type Steps = { steps: { limit?: number; price: Amount }[] };
export type Prices = {
  type?: 'PRO_RATA' | 'PER_UNIT';
  currency: string;
  oneTime?: Amount;
  freePeriod?: number;
  recurring?: { amount: Amount; period: Period };
  perUser?: { amount?: Amount; period: Period; roles?: Record<string, Amount> } & Partial<Steps>;
  parameters?: Record<
    string,
    {
      period: Period;
      amount?: Amount | Steps;
      perUser?: Amount;
      options?: Record<string, { amount?: Amount; perUser?: Amount }>;
    }
  >;
  events?: Record<string, Amount | Steps>;
};
export type ServiceParameter = { value?: string | number | boolean; configurableByCustomer?: boolean };
export type Service = {
  id: string;
  name: Record<string, string>;
  /** The name in the reader's language. */
  title: string;
  description?: string;
  supplier: string;
  active: boolean;
  technicalService: { id: string; version?: string; organization: string };
  parameters: Record<string, ServiceParameter>;
  prices?: Prices;
  compatible?: string[];
  tags: string[];
};

export type ValueType = 'BOOLEAN' | 'INTEGER' | 'LONG' | 'STRING' | 'ENUMERATION' | 'PWD' | 'DURATION';
export type OfferParameter = {
  id: string;
  label: string;
  valueType: ValueType;
  mandatory: boolean;
  configurable: boolean;
  oneTime: boolean;
  minValue?: string;
  maxValue?: string;
  options: { id: string; name: string }[];
  value?: string;
  isSet?: boolean;
};
export type AccessType = 'DIRECT' | 'LOGIN' | 'PLATFORM' | 'PROXY' | 'USER' | 'EXTERNAL';
/** What a customer needs to know of a service, in his language. */
export type Offer = {
  service: string;
  title: string;
  description?: string;
  license?: string;
  accessType: AccessType;
  accessInfo?: string;
  provisioningType: 'SYNCHRONOUS' | 'ASYNCHRONOUS';
  parameters: OfferParameter[];
  roles: { id: string; name: string; description?: string }[];
  operations: {
    id: string;
    name: string;
    description?: string;
    parameters: { id: string; name: string }[];
  }[];
  events: { id: string; description?: string }[];
};

export const subscriptionStates = [
  'PENDING',
  'ACTIVE',
  'SUSPENDED',
  'PENDING_UPD',
  'SUSPENDED_UPD',
  'EXPIRED',
  'DEACTIVATED',
  'INVALID',
] as const;
export type SubscriptionState = (typeof subscriptionStates)[number];
export type Subscription = {
  key: string;
  id: string;
  organization: string;
  service: string;
  supplier: string;
  state: SubscriptionState;
  referenceId?: string;
  parameters: Record<string, string>;
  users: { user: string; role?: string; applicationUserId?: string }[];
  instance?: { instanceId: string; accessInfo?: string; baseUrl?: string; loginPath?: string };
  message?: string;
  createdAt: string;
  activatedAt?: string;
  endedAt?: string;
};
export type Organization = { id: string; name: string; roles: string[] };

export const servicesPath = '/v1/catalog/services';
export const subscriptionsPath = '/v1/catalog/subscriptions';
export const definitionsPath = '/v1/catalog/technical-services';

export function servicePath(id: string): string {
  return `${servicesPath}/${encodeURIComponent(id)}`;
}

export function useService(id: string) {
  return useQuery({
    queryKey: [servicesPath, 'one', id],
    queryFn: ({ signal }) => request<Service>('GET', servicePath(id), { signal }),
  });
}

/** What is offered at this path: of a service, or of a subscription. */
export function useOffer(path: string) {
  return useQuery({
    queryKey: [path, 'offer'],
    queryFn: ({ signal }) => request<Offer>('GET', `${path}/offer`, { signal }),
  });
}

export function useSubscription(key: string) {
  const queryKey = [subscriptionsPath, 'one', key];
  const refetchInterval = useLive('subscriptions', queryKey);
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => request<Subscription>('GET', `${subscriptionsPath}/${key}`, { signal }),
    refetchInterval,
  });
}

/** The organizations that the user acts for. */
export function useOrganizations() {
  return useQuery({
    queryKey: ['organizations'],
    queryFn: ({ signal }) => request<Page<Organization>>('GET', '/v1/catalog/organizations', { signal }),
    staleTime: 60_000,
  });
}

/** Whether the user may act as a customer, supplier or technology provider at all. */
export function useCatalogRoles() {
  const roles = useMe().data?.roles ?? [];
  const has = (role: string) => roles.includes('admin') || roles.includes(role);
  return {
    customer: has('customerAdmin'),
    supplier: has('supplier'),
    provider: has('technologyProvider'),
  };
}

/** Where assigned users open a subscribed application (the key in hexadecimal). */
export function entryOf({ key }: Pick<Subscription, 'key'>): string {
  return `/opt/${Number(key).toString(16)}/`;
}

export function isOpenable({ state }: Pick<Subscription, 'state'>, accessType: AccessType): boolean {
  const reachable = accessType === 'LOGIN' || accessType === 'PLATFORM' || accessType === 'PROXY';
  return reachable && (state === 'ACTIVE' || state === 'PENDING_UPD');
}
