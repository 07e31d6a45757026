import type { SecretBox } from '../../../platform/crypto/secret-box.ts';
import type { Database, Queryable } from '../../../platform/database/database.ts';
import type { Locale } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log/log.ts';
import type { DefinitionStore } from '../definition-store.ts';
import { errors } from '../errors.ts';
import type { People, Person } from '../people.ts';
import type { Applications, Target } from '../provisioning/applications.ts';
import type { SoapAttribute, SoapUser } from '../provisioning/messages.ts';
import type { ServiceParameter } from '../services/model.ts';
import { lockSubscription } from '../store/subscriptions.ts';
import type { Assignment, Subscription } from './model.ts';
import { passwordIds, type Values } from './parameters.ts';
import { type Action, mayBe, refusalReasons, statesFor } from './state-rules.ts';

/** A mail to people, put into the caller's transaction. */
export type Notify = (
  db: Queryable,
  to: readonly Person[],
  mail: { subject: Record<Locale, string>; text: Record<Locale, string> },
) => Promise<void>;

/** What the life of a subscription needs. */
export type Context = {
  database: Database;
  applications: Applications;
  definitions: DefinitionStore;
  secretBox: SecretBox;
  people: People;
  log: Logger;
  /** The language of organizations and of users who have none of their own. */
  locale: () => Locale;
  notify: Notify;
  /** `createUsers` for those whom the application does not know yet, from a worker and until it succeeds. */
  tellUsersLater: (db: Queryable, key: number, afterMs?: number) => Promise<void>;
  /** How long after its last sign of life a process counts as dead, in milliseconds. */
  leaseMs: number;
  /** Subscriptions whose step this process carries out: their leases are renewed. */
  held: Set<number>;
};

export function targetOf({ definitions }: Context, subscription: Subscription): Target {
  const { technicalService: key, provider, definition, sealedPassword } = subscription;
  const stored = { key, organization: provider, id: definition.id, version: definition.version, definition };
  return {
    technicalService: key,
    subscription: subscription.key,
    definition: definitions.open({ ...stored, sealedPassword: sealedPassword ?? undefined }),
  };
}

/** The values of a subscription in clear. */
export function openValues(
  { secretBox }: Context,
  { parameters, definition }: Pick<Subscription, 'parameters' | 'definition'>,
): Values {
  return mapPasswords(definition, parameters, secretBox.open);
}

export function sealValues(
  { secretBox }: Context,
  definition: Subscription['definition'],
  values: Values,
): Values {
  return mapPasswords(definition, values, secretBox.seal);
}

type Offered = Readonly<Record<string, ServiceParameter>>;

/** Values of a service with its passwords in clear. */
export function openServiceValues(
  { secretBox }: Context,
  parameters: Offered,
  definition: Subscription['definition'],
): Offered {
  const hidden = passwordIds(definition);
  return Object.fromEntries(
    Object.entries(parameters).map(([id, parameter]) =>
      hidden.has(id) && parameter.value !== undefined
        ? [id, { ...parameter, value: secretBox.open(parameter.value) }]
        : [id, parameter],
    ),
  );
}

function mapPasswords(
  definition: Subscription['definition'],
  values: Values,
  map: (text: string) => string,
): Values {
  const hidden = passwordIds(definition);
  return Object.fromEntries(
    Object.entries(values).map(([id, value]) => [id, hidden.has(id) ? map(value) : value]),
  );
}

export function soapUser(person: Person, locale: Locale, assignment?: Assignment): SoapUser {
  return {
    applicationUserId: assignment?.applicationUserId ?? undefined,
    email: person.mail,
    locale,
    roleIdentifier: assignment?.role ?? undefined,
    // names are one text here; Japanese ones cannot be told apart into first and last
    userFirstName: undefined,
    userId: person.login,
    userLastName: person.name,
  };
}

/** The users with these numbers as applications see them, in that order. */
export async function soapUsers(
  { people, locale }: Context,
  assignments: readonly Assignment[],
): Promise<SoapUser[]> {
  const found = await people.usersByNumber(assignments.map(({ user }) => user));
  return assignments.flatMap((assignment) => {
    const person = found.get(assignment.user);
    return person === undefined ? [] : [soapUser(person, locale(), assignment)];
  });
}

/** Who asks where nobody does. */
export const renkeiItself: Person = {
  number: 0,
  login: 'renkei',
  name: 'Renkei',
  mail: undefined,
  roles: new Set(),
  removed: false,
};

/** Who asks, as applications see him. */
export async function requestingUser({ people, locale }: Context, user: number): Promise<SoapUser> {
  const person = (await people.usersByNumber([user])).get(user);
  return soapUser(person ?? renkeiItself, locale());
}

export function soapAttributes(attributes: Readonly<Record<string, string>>): SoapAttribute[] {
  return Object.entries(attributes).map(([attributeId, value]) => ({
    attributeId,
    controllerId: undefined,
    encrypted: false,
    value,
  }));
}

/** Refuses what a state does not allow (oscm §5). */
export function demandState({ state }: Subscription, action: Action): void {
  if (!mayBe(action, state)) {
    const allowed = statesFor(action).join(', ');
    throw errors.state({ state, allowed, reason: refusalReasons[action] ?? 'INVALID_STATE' });
  }
}

/** The subscription locked in `tx`, free of any step under way. */
export async function lockIdle(tx: Queryable, key: number): Promise<Subscription> {
  const subscription = await lockSubscription(tx, key);
  if (subscription === undefined) throw errors.subscription({ key });
  if (subscription.step !== null) throw errors.busy({ id: subscription.id });
  return subscription;
}

/** Carries out a step: its lease is renewed for as long as it takes. */
export async function holding<T>({ held }: Context, key: number, work: () => Promise<T>): Promise<T> {
  held.add(key);
  try {
    return await work();
  } finally {
    held.delete(key);
  }
}
