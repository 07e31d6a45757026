import { createHash, randomBytes } from 'node:crypto';
import type { Caller } from '../../../platform/caller.ts';
import type { Queryable } from '../../../platform/database/database.ts';
import { actAs, demandRole } from '../access.ts';
import { type AccessType, localized, loginEvent, logoutEvent } from '../definition/model.ts';
import { characters } from '../definition/value-types.ts';
import { errors } from '../errors.ts';
import { readAssignments } from '../store/assignments.ts';
import { insertEvent } from '../store/events.ts';
import {
  closeSessions,
  closeSessionsOfPortal,
  countSessions,
  deletePlatformSession,
  deleteSession,
  insertPlatformSession,
  insertSession,
  readPortalSessions,
  readSubscriptionsOfSession,
  resolveToken,
  type ServiceSession,
} from '../store/sessions.ts';
import { lockSubscription, readSubscription } from '../store/subscriptions.ts';
import { type Context, demandState } from './context.ts';
import type { Subscription } from './model.ts';

/** How a subscribed application is reached. */
export type Access = {
  key: number;
  accessType: AccessType;
  baseUrl: string | undefined;
  loginPath: string | undefined;
  instanceId: string | undefined;
  /** For people. */
  accessInfo: string | undefined;
};

/** What the way into a subscribed application needs (oscm §4.3). */
export type Entry = Access & {
  /** A fresh one-time token; undefined when this portal session has a service session already. */
  token: string | undefined;
  sessionId: string;
  language: string;
};

function accessTo(subscription: Subscription, locale: string): Access {
  const { definition, instanceId, baseUrl, loginPath, accessInfo, key } = subscription;
  return {
    key,
    accessType: definition.accessType,
    // what an instance leaves open the definition says (oscm §3.6)
    baseUrl: baseUrl ?? definition.baseUrl,
    loginPath: loginPath ?? definition.loginPath,
    instanceId: instanceId ?? undefined,
    accessInfo: accessInfo ?? localized(definition.accessInfo, locale),
  };
}

/** How an assigned user reaches the application; refuses as `demandAccess` does. */
export async function accessOf(context: Context, caller: Caller, key: number): Promise<Access> {
  return accessTo(await demandAccess(context, caller, key), caller.locale);
}

const tokenLength = 40;
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const hashOf = (token: string) => createHash('sha256').update(token).digest();

function randomToken(): string {
  // 248 is a multiple of 62: every letter is as likely as another
  let token = '';
  while (token.length < tokenLength) {
    for (const byte of randomBytes(tokenLength)) {
      if (byte < 248 && token.length < tokenLength) token += letters[byte % letters.length];
    }
  }
  return token;
}

/** Refuses who may not open a subscription's application: not assigned, not in use, over (oscm §4.3). */
export async function demandAccess(
  { database }: Context,
  caller: Caller,
  key: number,
): Promise<Subscription> {
  const subscription = await readSubscription(database, key);
  if (subscription === undefined) throw errors.subscription({ key });
  if (subscription.state === 'EXPIRED') throw errors.period();
  const assigned = (await readAssignments(database, [key])).get(key) ?? [];
  if (!assigned.some(({ user }) => user === caller.user)) throw errors.notAssigned({ user: caller.login });
  demandState(subscription, 'session');
  return subscription;
}

/** Opens a session for this portal session, unless it has one; CONCURRENT_USER limits how many may be open. */
export async function openSession(
  context: Context,
  caller: Caller,
  key: number,
  sessionId: string,
  ownToken?: string,
): Promise<Entry> {
  const subscription = await demandAccess(context, caller, key);
  const token = ownToken ?? randomToken();
  const opened = await context.database.transaction(async (tx) => {
    // so that two at once cannot both take the last place
    await lockSubscription(tx, key);
    const session = { subscription: key, sessionId, user: caller.user, tokenHash: hashOf(token) };
    const portal = ownToken === undefined;
    if (!(await insertSession(tx, { ...session, portal }))) return false;
    const limit = subscription.parameters.CONCURRENT_USER;
    if (limit !== undefined && BigInt(await countSessions(tx, key)) > BigInt(limit)) {
      throw errors.concurrentUsers({ limit });
    }
    return true;
  });
  return {
    ...accessTo(subscription, caller.locale),
    token: opened ? token : undefined,
    sessionId,
    language: context.locale(),
  };
}

/** Uses a login token up: who it was made for, once; records his login (oscm §4.3 step 5). */
export async function resolveUserToken(
  context: Context,
  key: number,
  sessionId: string,
  token: string,
): Promise<string | undefined> {
  const { database, people } = context;
  return database.transaction(async (tx) => {
    const found = await resolveToken(tx, key, sessionId, hashOf(token));
    if (found === undefined) return undefined;
    const assignment = (await readAssignments(tx, [key])).get(key)?.find(({ user }) => user === found.user);
    const person = (await people.usersByNumber([found.user])).get(found.user);
    if (assignment === undefined || person === undefined || person.removed) return undefined;
    await insertEvent(tx, platformEvent(key, loginEvent, person.login));
    return assignment.applicationUserId ?? person.login;
  });
}

/** Ends a service session; a logout is recorded where a login was. */
export async function endSession({ database }: Context, key: number, sessionId: string): Promise<boolean> {
  return database.transaction(async (tx) => {
    const session = await deleteSession(tx, key, sessionId);
    if (session !== undefined) await recordLogout(tx, session);
    return session !== undefined;
  });
}

export async function recordLogout(tx: Queryable, session: ServiceSession): Promise<void> {
  if (session.resolved) await insertEvent(tx, platformEvent(session.subscription, logoutEvent, undefined));
}

const platformEvent = (subscription: number, eventId: string, actor: string | undefined) => ({
  subscription,
  eventId,
  occurredAt: new Date(),
  actor,
  multiplier: '1',
  uniqueId: undefined,
});

/** What applications and their integrations do with sessions over SOAP; only for the provider of the service. */
export function createSessionCalls(context: Context) {
  const { database } = context;

  async function own(caller: Caller, key: number): Promise<Subscription> {
    const subscription = await readSubscription(database, key);
    if (subscription === undefined) throw errors.subscription({ key });
    await actAs(database, caller, 'technologyProvider', subscription.provider);
    return subscription;
  }

  return {
    async resolve(
      caller: Caller,
      key: number,
      sessionId: string,
      token: string,
    ): Promise<string | undefined> {
      demandRole(caller, 'technologyProvider');
      // no token of ours: nothing, as for a wrong token (oscm §4.3 step 5)
      if ((await readSubscription(database, key)) === undefined) return undefined;
      await own(caller, key);
      return resolveUserToken(context, key, sessionId, token);
    },
    async end(caller: Caller, key: number, sessionId: string): Promise<void> {
      await own(caller, key);
      await endSession(context, key, sessionId);
    },
    /** Opens a session with a token of the caller's own making. */
    async create(caller: Caller, key: number, sessionId: string, token: string): Promise<void> {
      demandLength({ sessionId, userToken: token });
      await openSession(context, caller, key, sessionId, token);
    },
    async endAll(caller: Caller, key: number): Promise<void> {
      await own(caller, key);
      await database.transaction(async (tx) => {
        for (const session of await closeSessions(tx, key)) await recordLogout(tx, session);
      });
    },
    async count(caller: Caller, key: number): Promise<number> {
      await own(caller, key);
      return countSessions(database, key);
    },
    /** A portal of the caller's own begins a session: what is opened in it ends with it. */
    async beginPlatformSession(caller: Caller, sessionId: string): Promise<void> {
      demandLength({ sessionId });
      await insertPlatformSession(database, sessionId, caller.user);
    },
    /** Ends it, and its service sessions but those of LOGIN; gives how many platform sessions there were. */
    async endPlatformSession(caller: Caller, sessionId: string): Promise<number> {
      return database.transaction(async (tx) => {
        const ended = await deletePlatformSession(tx, sessionId, caller.user);
        const closed = ended === 0 ? [] : await closeSessionsOfPortal(tx, [sessionId], caller.user);
        for (const session of closed) await recordLogout(tx, session);
        return ended;
      });
    },
    async subscriptionsOf(caller: Caller, sessionId: string): Promise<number[]> {
      demandRole(caller, 'technologyProvider');
      return readSubscriptionsOfSession(database, sessionId);
    },
  };
}
export type SessionCalls = ReturnType<typeof createSessionCalls>;

/** What the catalog asks of the portal's sessions. */
export type PortalSessions = {
  /** Those of these that were sessions of this server and are over. */
  endedSessions(ids: readonly string[]): Promise<string[]>;
};

/** Portal sessions have ended: so do their service sessions, but those of LOGIN, which live until the logout (oscm §4.3 step 8). */
export async function closeWithPortal(tx: Queryable, sessionIds: readonly string[]): Promise<void> {
  for (const session of await closeSessionsOfPortal(tx, sessionIds, undefined))
    await recordLogout(tx, session);
}

/** Closes those whose portal session ended without a word: expired, or ended with its user. */
export async function closeLeftSessions({ database }: Context, portal: PortalSessions): Promise<void> {
  const open = await readPortalSessions(database);
  if (open.length === 0) return;
  const ended = await portal.endedSessions(open);
  if (ended.length > 0) await database.transaction((tx) => closeWithPortal(tx, ended));
}

function demandLength(members: Readonly<Record<string, string>>): void {
  for (const [member, value] of Object.entries(members)) {
    if (characters(value) > 255) throw errors.field({ member, reason: 'LENGTH' });
  }
}
