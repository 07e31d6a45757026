import type { Definition } from '../definition/model.ts';
import type { PriceModel } from '../services/model.ts';

export const states = [
  'PENDING',
  'ACTIVE',
  'SUSPENDED',
  'PENDING_UPD',
  'SUSPENDED_UPD',
  'EXPIRED',
  'DEACTIVATED',
  'INVALID',
] as const;
export type State = (typeof states)[number];

/**
 * What is under way with the application; a restarted server finds it here. In `prepare` the application has not been
 * asked for an instance yet.
 */
export type Step =
  | 'prepare'
  | 'create'
  | 'users'
  | 'modify'
  | 'upgrade'
  | 'activate'
  | 'deactivate'
  | 'delete';

/** What an unfinished modification or upgrade will make of a subscription. */
export type Next = {
  kind: 'modify' | 'upgrade';
  service: number;
  referenceId: string | null;
  parameters: Readonly<Record<string, string>>;
  prices: PriceModel | null;
};

export type Subscription = {
  readonly key: number;
  readonly organization: string;
  readonly id: string;
  readonly service: number;
  readonly technicalService: number;
  readonly state: State;
  readonly step: Step | null;
  readonly owner: number;
  readonly referenceId: string | null;
  /** By id; values of type PWD are sealed. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, string>>;
  readonly prices: PriceModel | null;
  readonly next: Next | null;
  readonly instanceId: string | null;
  readonly accessInfo: string | null;
  readonly baseUrl: string | null;
  readonly loginPath: string | null;
  readonly message: string | null;
  readonly vmsNumber: number | null;
  /** The supplier's last word on it. */
  readonly paymentValid: boolean;
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
  readonly endedAt: Date | null;
  // of the service and the technical service it is made of
  readonly serviceId: string;
  readonly supplier: string;
  readonly provider: string;
  /** As stored: its secrets are sealed. */
  readonly definition: Definition;
  readonly sealedPassword: string | null;
};

export type Assignment = {
  readonly user: number;
  readonly role: string | null;
  readonly applicationUserId: string | null;
  readonly told: boolean;
};

/** Gone: the subscription is over, its name free again (oscm §5). */
export const isOver = (state: State) => state === 'DEACTIVATED' || state === 'INVALID';
