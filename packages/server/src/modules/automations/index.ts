import type { Caller } from '../../platform/caller.ts';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import { type Database, sql, type Transaction } from '../../platform/database/database.ts';
import type { Locale } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log/log.ts';
import type { Outbound } from '../../platform/outbound/outbound.ts';
import type { MemberSource, Records } from '../records/index.ts';
import { type Administration, createAdministration } from './administration.ts';
import { type Automation, createCompiled } from './compiled.ts';
import { automationsExtension } from './definition.ts';
import { type Call, callsOf, type OutboxDependencies, type WebhookEvent, writeOutbox } from './listen.ts';
import { createPauses } from './pauses.ts';
import { createPerform, type MailSender } from './perform.ts';
import { createPeriodic } from './periodic.ts';
import type { Claimed } from './store/claim.ts';
import { forgetOld } from './store/retention.ts';
import { channel, createWorker } from './worker.ts';

export type { Administration, AutomationItem, Page, Paged } from './administration.ts';
export { automationsExtension } from './definition.ts';
export type { WebhookEvent } from './listen.ts';
export { createMailSender } from './mail-sender.ts';
export type { MailSender } from './perform.ts';
export type { Outcome } from './perform-webhook.ts';
export {
  type Attempt,
  type DeliveryItem,
  type DeliveryState,
  deliveryStates,
  type ErrorLogItem,
} from './store/lists.ts';
export type { SuspectedLoop } from './store/loops.ts';
export type { Pause } from './store/pauses.ts';

export type Automations = Administration & {
  /** Begins to send in this process. */
  start(): Promise<void>;
  /** Lets what is being sent finish (at most 30 s), gives the rest back. */
  stop(): Promise<void>;
  /** Removes old deliveries and lines of the error log; for a daily job. */
  cleanUp(): Promise<void>;
};

/** How the body of a webhook is written; the AppSuite dialect's. */
export type WebhookBody = {
  /** The bodies, each with an empty access token. */
  encode(events: readonly WebhookEvent[]): Promise<string[]>;
  withToken(body: string, accessToken: string): string;
};

export type AutomationsDependencies = {
  database: Database;
  records: Records;
  directory: MemberSource;
  outbound: Pick<Outbound, 'send'>;
  mail: MailSender;
  secretBox: SecretBox;
  log: Logger;
  webhookBody: WebhookBody;
  /** Whom the server itself acts as. */
  systemCaller: Caller;
  /** Language of the error log. */
  locale: () => Locale;
  /** Told that deliveries or the error log of an app have changed. */
  onDeliveries: (app: number) => void;
  /** Applies a workspace file, for automations that are switched off and on from outside of one. */
  applyWorkspace: (file: object) => Promise<void>;
};

/** Deliveries of one automation that a process sends at a time unless it says otherwise. */
const defaultConcurrency = 16;

/** What happens by itself when records are saved or the clock says so: webhooks, mails, writes into other apps. */
export function createAutomations(deps: AutomationsDependencies): Automations {
  const { database, records, log, systemCaller } = deps;
  const extension = automationsExtension(deps.secretBox);
  const automationsOf = createCompiled(extension.open!);
  const administration = createAdministration({ ...deps, extension, wake: notify });
  const pauses = createPauses({ database, log, locale: deps.locale, automationOf });
  const worker = createWorker({
    database,
    log,
    send: createPerform({ ...deps, automationOf }),
    limitOf: async (delivery) => (await automationOf(delivery))?.webhook?.concurrency ?? defaultConcurrency,
    async onResult(delivery, result) {
      await pauses.onResult(delivery, result);
      deps.onDeliveries(delivery.app);
    },
    everySoOften: createPeriodic({ database, records, automationsOf, systemCaller, log, write }),
  });
  const outbox: OutboxDependencies = {
    directory: deps.directory,
    encode: deps.webhookBody.encode,
    locale: deps.locale,
    stopLoop(app, title) {
      log.warn({ app: app.id, automation: title }, 'an automation that ran in a loop is switched off');
      administration.setEnabled(systemCaller, app, title, false).catch((error: Error) => {
        log.error({ app: app.id, automation: title, error: error.message }, 'it could not be switched off');
      });
    },
  };

  records.judge((app) => automationsOf(app).flatMap(({ predicate }) => predicate ?? []));
  records.onChange((tx, changes) =>
    write(
      tx,
      changes.flatMap((change) => callsOf(change, automationsOf(change.app))),
    ),
  );

  async function write(tx: Transaction, calls: readonly Call[]): Promise<void> {
    if (!(await writeOutbox(tx, calls, outbox))) return;
    tx.afterCommit(() => {
      for (const app of new Set(calls.map((call) => call.app.id))) deps.onDeliveries(app);
    });
    // a notice makes commits wait for one another: only where the sender is another process
    if (worker.running()) tx.afterCommit(worker.wake);
    else await tx.run(sql`SELECT pg_notify(${channel}, '')`);
  }

  async function notify(): Promise<void> {
    await database.run(sql`SELECT pg_notify(${channel}, '')`);
  }

  /** The automation as it is defined now; read again when the delivery knows of a newer definition. */
  async function automationOf({
    app: id,
    app_version,
    automation: title,
  }: Claimed): Promise<Automation | undefined> {
    const find = async () => {
      const app = await records.app(systemCaller, id).catch(() => undefined);
      return { app, automation: app && automationsOf(app).find((one) => one.title === title) };
    };
    const known = await find();
    if (known.app && known.app.version >= app_version) return known.automation;
    await records.section.reload?.();
    return (await find()).automation;
  }

  return {
    ...administration,
    start: () => worker.start(),
    stop: () => worker.stop(),
    cleanUp: () => forgetOld(database),
  };
}
