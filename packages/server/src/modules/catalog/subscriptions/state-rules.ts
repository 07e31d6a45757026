import type { State } from './model.ts';

/** What may be done in which state (oscm §5, second table). */
const allowed = {
  users: ['PENDING', 'ACTIVE'],
  modify: ['ACTIVE'],
  upgrade: ['ACTIVE', 'SUSPENDED', 'EXPIRED'],
  operation: ['ACTIVE', 'SUSPENDED', 'PENDING_UPD', 'SUSPENDED_UPD', 'EXPIRED'],
  creation: ['PENDING'],
  change: ['PENDING_UPD', 'SUSPENDED_UPD'],
  // an upgrade of an expired one is under way in its own state
  upgradeResult: ['PENDING_UPD', 'SUSPENDED_UPD', 'EXPIRED'],
  vanish: ['ACTIVE', 'SUSPENDED', 'PENDING_UPD', 'SUSPENDED_UPD'],
  payment: ['PENDING', 'ACTIVE', 'SUSPENDED', 'PENDING_UPD', 'SUSPENDED_UPD'],
  session: ['ACTIVE', 'PENDING_UPD'],
  end: ['PENDING', 'ACTIVE', 'SUSPENDED', 'PENDING_UPD', 'SUSPENDED_UPD', 'EXPIRED'],
  access: ['PENDING', 'ACTIVE', 'SUSPENDED', 'PENDING_UPD', 'SUSPENDED_UPD', 'EXPIRED'],
} as const satisfies Record<string, readonly State[]>;

export type Action = keyof typeof allowed;

/** Why the SOAP interface refuses an action, where it has a word for it (oscm §3.8). */
export const refusalReasons: Partial<Record<Action, string>> = {
  creation: 'ONLY_PENDING',
  change: 'NOT_IN_UPDATING',
  upgradeResult: 'NOT_IN_UPGRADING',
  modify: 'ONLY_ACTIVE',
};

export function mayBe(action: Action, state: State): boolean {
  return (allowed[action] as readonly State[]).includes(state);
}

export function statesFor(action: Action): readonly State[] {
  return allowed[action];
}
