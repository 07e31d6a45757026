import type { AccessTypeEntry, AccountType, ApplicationEntry, FormEntry } from '../workspace-schema.ts';
import type { Name } from './labels.ts';

export type MemberKind = 'RESERVED' | 'TEMPLATE' | 'UDEF';

export type Member = {
  readonly id: number;
  readonly label: string;
  readonly name: Name;
  readonly kind: MemberKind;
  /** May hold values: has no children and is not declared an aggregate. */
  readonly leaf: boolean;
  readonly aggregate: boolean;
  readonly active: boolean;
  readonly root: boolean;
  readonly position: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly children: readonly number[];
};

export type Dimension = {
  readonly id: number;
  readonly label: string;
  readonly name: Name;
  /** In display order. */
  readonly members: readonly Member[];
  readonly byLabel: ReadonlyMap<string, Member>;
  readonly byId: ReadonlyMap<number, Member>;
};

export type Ledger = {
  readonly id: number;
  readonly label: string;
  readonly name: Name;
  /** Custom dimensions, in the order of the columns d1, d2, … */
  readonly dimensions: readonly Dimension[];
};

/** What an application's `design` column holds: the parts of its declaration that have no rows of their own. */
export type Design = Required<Pick<ApplicationEntry, 'forms' | 'accessTypes' | 'scripts' | 'processes'>> &
  Pick<ApplicationEntry, 'openPeriods'> & {
    fiscalYearStart: number;
    /** In order of succession; the first has no member. */
    fiscalYears: string[];
  };

/** An application as the server keeps it in memory; never changed, but replaced when its revision grows. */
export type Application = {
  readonly id: number;
  readonly label: string;
  readonly name: Name;
  readonly type: ApplicationEntry['type'];
  readonly revision: number;
  readonly design: Design;
  readonly dimensions: ReadonlyMap<string, Dimension>;
  readonly ledgers: ReadonlyMap<string, Ledger>;
};

export type { AccessTypeEntry, AccountType, FormEntry };

/** The dimensions that every ledger has, in the order in which they are kept (fusion_place §4.3). */
export const systemDimensions = ['#SCENARIO', '#FY', '#PERIOD', '#VIEW', '#ACCOUNT', '#CHANGE'] as const;

/** In access types: the member that the participant's responsibility key of that dimension names (§4.8). */
export const ownMember = '#OWN';

export type SystemDimension = (typeof systemDimensions)[number];

export function isSystemDimension(label: string): label is SystemDimension {
  return (systemDimensions as readonly string[]).includes(label);
}

export function dimensionOf(application: Application, label: string): Dimension {
  const dimension = application.dimensions.get(label);
  if (!dimension) throw new Error(`application ${application.label} has no dimension ${label}`);
  return dimension;
}

/** All dimensions of a ledger, the system's first. */
export function ledgerDimensions(application: Application, ledger: Ledger): Dimension[] {
  return [...systemDimensions.map((label) => dimensionOf(application, label)), ...ledger.dimensions];
}

export function accountType(account: Member): AccountType {
  return (account.properties['#DATA_TYPE']?.toLowerCase() ?? 'none') as AccountType;
}

export function isNumeric(type: AccountType): boolean {
  return type === 'flow' || type === 'balance';
}

/** Leaves at and below a member. */
export function leavesBelow(dimension: Dimension, member: Member): Member[] {
  const found = new Map<number, Member>();
  const visit = (at: Member): void => {
    if (at.leaf) found.set(at.id, at);
    for (const child of at.children) visit(dimension.byId.get(child)!);
  };
  visit(member);
  return [...found.values()];
}
