/** The catalog: technical services, what is sold of them, and what customers have subscribed to. */
import type { Caller } from '../../platform/caller.ts';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { Locale } from '../../platform/errors.ts';
import type { Jobs } from '../../platform/jobs/jobs.ts';
import type { Logger } from '../../platform/log/log.ts';
import type { Mail, MailSecurity } from '../../platform/mail/mail.ts';
import type { Outbound } from '../../platform/outbound/outbound.ts';
import type { WorkspaceSection } from '../../platform/workspace-section.ts';
import { actingOrganizations } from './access.ts';
import { type Bills, createBills } from './billing/bills.ts';
import { createMonthlyBills, type MonthlyBills } from './billing/monthly-bills.ts';
import { createDefinitionStore } from './definition-store.ts';
import type { People } from './people.ts';
import { callError, createApplications } from './provisioning/applications.ts';
import { createOffers, type Offers } from './services/offer.ts';
import { createServices, type Ping, type Services } from './services/services.ts';
import { deleteOldCalls } from './store/calls.ts';
import type { Organization } from './store/organizations.ts';
import { renewLeases } from './store/subscriptions.ts';
import { readPasswordParameters } from './store/technical-services.ts';
import { type Callbacks, createCallbacks } from './subscriptions/callbacks.ts';
import type { Context } from './subscriptions/context.ts';
import { createEvents, type Events } from './subscriptions/events.ts';
import { createOperations, type Operations } from './subscriptions/operations.ts';
import { createOrphans, deleteDueOrphans, type Orphans } from './subscriptions/orphans.ts';
import { createPricePreviews, type PricePreviews } from './subscriptions/price-preview.ts';
import { noticeLateProvisioning, recoverAbandoned } from './subscriptions/recovery.ts';
import {
  closeLeftSessions,
  closeWithPortal,
  createSessionCalls,
  type PortalSessions,
  type SessionCalls,
} from './subscriptions/sessions.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions/subscriptions.ts';
import { expireUsedUp } from './subscriptions/suspend.ts';
import { tellNewUsers } from './subscriptions/tell-users.ts';
import { createTechnicalServices, type TechnicalServices } from './technical-services.ts';
import { createCatalogSection } from './workspace/section.ts';

export type { Bill } from './billing/bills.ts';
export type { MonthlyBill } from './billing/monthly-bills.ts';
export type { Definition, Texts } from './definition/model.ts';
export { nativeBilling } from './definition/model.ts';
export { definitionLimit, readDefinitions } from './definition/read.ts';
export type { People, Person } from './people.ts';
export {
  type ServiceChange,
  type ServiceInput,
  serviceChangeSchema,
  serviceSchema,
} from './services/schema.ts';
export type { ServiceView } from './services/services.ts';
export { states as subscriptionStates } from './subscriptions/model.ts';
export type { OrphanAction } from './subscriptions/orphans.ts';
export { orphanActions } from './subscriptions/orphans.ts';
export type { Access, Entry } from './subscriptions/sessions.ts';
export type { SubscribeInput } from './subscriptions/subscribe.ts';
export type { OperationView } from './subscriptions/subscriptions.ts';
export type { SubscriptionView } from './subscriptions/views.ts';
export type { Imported, TechnicalService } from './technical-services.ts';

export type CatalogOptions = {
  database: Database;
  secretBox: SecretBox;
  people: People;
  outbound: Outbound;
  log: Logger;
  jobs: Jobs;
  mail: Mail;
  /** The workspace's settings; its language is that of organizations, and of mails to people; its time zone that of months. */
  settings: () => { locale: Locale; timezone: string; mail: { security: MailSecurity; from: string } };
  /** The sessions in which users enter their applications. */
  portalSessions: PortalSessions;
  /** For each call of an application, in milliseconds; default 30 seconds (oscm §3.1). */
  callTimeoutMs?: number;
};

export type Catalog = TechnicalServices &
  Services &
  Subscriptions &
  Offers &
  PricePreviews &
  Orphans &
  Bills &
  MonthlyBills & {
    /** The organizations that the caller acts for; all of them for administrators. */
    organizationsOf(caller: Caller): Promise<Organization[]>;
    callbacks: Callbacks;
    events: Events;
    sessions: SessionCalls;
    operations: Pick<Operations, 'updateProgress'>;
    section: WorkspaceSection;
    /** A portal session has ended; for the transaction in which it does. */
    portalSessionEnded(tx: Queryable, session: string): Promise<void>;
    /** Ids of all parameters whose values are passwords. */
    passwordParameters(): Promise<ReadonlySet<string>>;
    /** One round of the clock's work: taking up what died, late provisioning, used-up periods. */
    tick(): Promise<void>;
    /** Does so every few seconds, in a worker. */
    start(): void;
    /** Lets a round that runs finish. */
    stop(): Promise<void>;
    /** Forgets old records; for a daily job. */
    cleanUp(): Promise<void>;
  };

/** A process that gave no sign of life for this long is dead, in milliseconds. */
const leaseMs = 20_000;
/** Provisioning timeouts are to be noticed within ten seconds (contract §7). */
const roundMs = 4000;

/** Rounds of work, each at its own pace: an application that is slow to answer one does not delay the others. */
function createClock(
  log: Logger,
  rounds: Readonly<Record<string, () => Promise<void>>>,
): Pick<Catalog, 'tick' | 'start' | 'stop'> {
  const clocks = Object.entries(rounds).map(([name, work]) => {
    const clock = { timer: undefined as NodeJS.Timeout | undefined, running: Promise.resolve(), round };
    function round() {
      clock.running = work()
        .catch((error: Error) =>
          log.error({ error: error.message, name }, "a round of the catalog's clock failed"),
        )
        .then(() => {
          if (clock.timer !== undefined) clock.timer = setTimeout(round, roundMs);
        });
    }
    return clock;
  });
  return {
    async tick() {
      for (const work of Object.values(rounds)) await work();
    },
    start() {
      for (const clock of clocks) clock.timer = setTimeout(clock.round, 0);
    },
    async stop() {
      for (const clock of clocks) {
        clearTimeout(clock.timer);
        clock.timer = undefined;
      }
      await Promise.all(clocks.map(({ running }) => running));
    },
  };
}

/** Calls are kept for an operator this long, in days. */
const keptCalls = 90;
const tellUsersTask = 'catalog.tellUsers';
const mailTask = 'catalog.mail';

export function createCatalog(options: CatalogOptions): Catalog {
  const { database, secretBox, people, outbound, log, jobs, mail, settings } = options;
  const locale = () => settings().locale;
  const timeZone = () => settings().timezone;
  const { callTimeoutMs: timeoutMs = 30_000 } = options;
  const definitions = createDefinitionStore(secretBox, timeZone);
  const monthlyBills = createMonthlyBills(database, timeZone);
  const applications = createApplications({ database, outbound, log, timeoutMs });
  const ping: Ping = async (service) => {
    const definition = definitions.open(service);
    const target = { technicalService: service.key, subscription: undefined, definition };
    try {
      await applications.provisioning(target).ping();
    } catch (error) {
      throw callError(error);
    }
  };
  const held = new Set<number>();
  setInterval(() => {
    if (held.size === 0) return;
    renewLeases(database, [...held], leaseMs).catch((error: Error) =>
      log.warn({ error: error.message }, 'leases were not renewed'),
    );
  }, leaseMs / 4).unref();
  const context: Context = {
    database,
    applications,
    definitions,
    secretBox,
    people,
    log,
    locale,
    leaseMs,
    held,
    tellUsersLater: (tx, key, afterMs = 0) =>
      jobs.enqueue(
        tx,
        tellUsersTask,
        { key },
        {
          key: `${tellUsersTask} ${key}`,
          ...(afterMs > 0 && { runAt: new Date(Date.now() + afterMs) }),
        },
      ),
    async notify(db, to, { subject, text }) {
      const addresses = to.flatMap((person) => person.mail ?? []);
      if (addresses.length === 0) return;
      const language = locale();
      await jobs.enqueue(db, mailTask, { to: addresses, subject: subject[language], text: text[language] });
    },
  };
  jobs.handle(mailTask, async (payload) => {
    const { from, security } = settings().mail;
    const refusal = mail.refusal(security);
    if (refusal !== undefined) {
      log.warn({ reason: refusal.message }, 'a mail of the catalog was not sent');
      return;
    }
    await mail.send({ from, ...(payload as { to: string[]; subject: string; text: string }) });
  });
  // months begin on a quarter of an hour somewhere
  jobs.schedule('*/15 * * * *', 'monthlyBills', async () => {
    await monthlyBills.makeMonthlyBills();
  });
  jobs.handle(tellUsersTask, async (payload) => {
    await tellNewUsers(context, (payload as { key: number }).key);
  });
  const services = createServices(database, secretBox, ping);
  return {
    ...createTechnicalServices(database, definitions, ping),
    ...services,
    ...createOffers(database, services),
    organizationsOf: (caller) => actingOrganizations(database, caller),
    ...createSubscriptions(context),
    ...createPricePreviews(context),
    ...createOrphans(context),
    ...createBills(database),
    ...monthlyBills,
    callbacks: createCallbacks(context),
    events: createEvents(context),
    sessions: createSessionCalls(context),
    operations: createOperations(context),
    portalSessionEnded: (tx, session) => closeWithPortal(tx, [session]),
    passwordParameters: async () => new Set(await readPasswordParameters(database)),
    section: createCatalogSection({ definitions, people, secretBox }),
    ...createClock(log, {
      lateProvisioning: () => noticeLateProvisioning(context),
      abandoned: () => recoverAbandoned(context),
      usedUp: () => expireUsedUp(context),
      orphans: () => deleteDueOrphans(context),
      sessions: () => closeLeftSessions(context, options.portalSessions),
    }),
    cleanUp: () => deleteOldCalls(database, keptCalls),
  };
}
