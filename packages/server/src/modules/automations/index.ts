import type { Caller } from '../../platform/caller.ts';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import { type Database, sql } from '../../platform/database/database.ts';
import type { Locale } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log/log.ts';
import type { Outbound } from '../../platform/outbound/outbound.ts';
import { type App, accessOf, type Records } from '../records/index.ts';
import { createCompiled } from './compiled.ts';
import { type AutomationDeclaration, automationsExtension } from './definition.ts';
import { errors } from './errors.ts';
import { type WebhookEvent, writeDeliveries } from './listen.ts';
import { trySending } from './send.ts';
import type { Claimed } from './store/claim.ts';
import {
  type Attempt,
  type DeliveryItem,
  type DeliveryState,
  type ErrorLogItem,
  readDeliveries,
  readDelivery,
  readErrorLog,
  requeue,
} from './store/lists.ts';
import type { Result } from './store/results.ts';
import { channel, createWorker } from './worker.ts';

export { automationsExtension } from './definition.ts';
export type { WebhookEvent } from './listen.ts';
export {
  type Attempt,
  type DeliveryItem,
  type DeliveryState,
  deliveryStates,
  type ErrorLogItem,
} from './store/lists.ts';

export type Page = {
  /** Items at most. */
  limit: number;
  /** `next` of the page before. */
  cursor?: string | undefined;
};
export type Paged<T> = { items: T[]; next: string | null };

export type Automations = {
  /** Begins to send in this process. */
  start(): Promise<void>;
  /** Lets what is being sent finish (at most 30 s), gives the rest back. */
  stop(): Promise<void>;
  /** What the app's automations met, newest first. Needs the right to administer the app. */
  errorLog(caller: Caller, app: App, page: Page): Promise<Paged<ErrorLogItem>>;
  /** Deliveries of the apps that the caller administers, newest first. */
  deliveries(
    caller: Caller,
    filter: { app?: App; state?: DeliveryState },
    page: Page,
  ): Promise<Paged<DeliveryItem>>;
  delivery(caller: Caller, id: number): Promise<DeliveryItem & { body: string; attempts: Attempt[] }>;
  /** Sends an ended delivery's payload again. @throws AppError `running`, `automationGone` */
  replay(caller: Caller, id: number): Promise<DeliveryItem>;
};

/** How the body of a webhook is written; the AppSuite dialect's. */
export type WebhookBody = {
  /** The bodies, each with an empty access token. */
  encode(events: readonly WebhookEvent[]): Promise<string[]>;
  withToken(body: string, accessToken: string): string;
};

/** What happens by itself when records are saved: webhooks, sent from an outbox in the database. */
export function createAutomations(deps: {
  database: Database;
  records: Records;
  outbound: Pick<Outbound, 'send'>;
  secretBox: SecretBox;
  log: Logger;
  webhookBody: WebhookBody;
  /** Whom the server itself acts as. */
  systemCaller: Caller;
  /** Language of the error log. */
  locale: () => Locale;
}): Automations {
  const { database, records, log, systemCaller } = deps;
  const extension = automationsExtension(deps.secretBox);
  const automationsOf = createCompiled(extension.open!);
  const worker = createWorker({ database, log, send });

  records.judge((app) => automationsOf(app).flatMap(({ predicate }) => predicate ?? []));
  records.onChange(async (tx, changes) => {
    const written = await writeDeliveries(tx, changes, {
      automationsOf,
      encode: deps.webhookBody.encode,
    });
    if (!written) return;
    // a notice makes commits wait for one another: only where the sender is another process
    if (worker.running()) tx.afterCommit(worker.wake);
    else await tx.run(sql`SELECT pg_notify(${channel}, '')`);
  });

  /** The webhook as it is defined now; read again when the delivery knows of a newer definition. */
  async function webhookOf({ app: id, app_version, automation }: Claimed) {
    const find = async () => {
      const app = await records.app(systemCaller, id).catch(() => undefined);
      const found = app && automationsOf(app).find(({ title }) => title === automation);
      return { app, webhook: found?.webhook };
    };
    const known = await find();
    if (known.app && known.app.version >= app_version && known.webhook) return known.webhook;
    if (known.app && known.app.version > app_version) return known.webhook;
    await records.section.reload?.();
    return (await find()).webhook;
  }

  async function send(delivery: Claimed): Promise<Result> {
    const at = new Date();
    try {
      const webhook = await webhookOf(delivery);
      // switched off or gone: what was waiting is not sent any more (appsuite §1.5)
      if (!webhook) {
        return {
          id: delivery.id,
          state: 'cancelled',
          delay: 0,
          at,
          ms: 0,
          status: null,
          error: null,
          response: null,
        };
      }
      const { accessToken } = webhook;
      const body = accessToken ? deps.webhookBody.withToken(delivery.body, accessToken) : delivery.body;
      return await trySending(deps.outbound, delivery, webhook, body, deps.locale());
    } catch (error) {
      log.error(
        { delivery: delivery.id, error: (error as Error).message },
        'a delivery could not be prepared',
      );
      const message = (error as Error).message;
      return {
        id: delivery.id,
        state: 'failed',
        delay: 0,
        at,
        ms: 0,
        status: null,
        error: message,
        response: null,
      };
    }
  }

  async function administered(caller: Caller): Promise<number[]> {
    const apps = await records.apps(caller);
    return apps.filter((app) => administers(caller, app)).map(({ id }) => id);
  }

  async function ownDelivery(caller: Caller, id: number) {
    const delivery = await readDelivery(database, id);
    if (!delivery || !(await administered(caller)).includes(delivery.app))
      throw errors.deliveryNotFound({ id });
    return delivery;
  }

  return {
    start: () => worker.start(),
    stop: () => worker.stop(),
    async errorLog(caller, app, page) {
      if (!administers(caller, app)) throw errors.forbidden();
      return paged(page, (window) => readErrorLog(database, app.id, window));
    },
    async deliveries(caller, { app, state }, page) {
      if (app && !administers(caller, app)) throw errors.forbidden();
      const apps = app ? [app.id] : await administered(caller);
      return paged(page, (window) => readDeliveries(database, apps, state, window));
    },
    delivery: ownDelivery,
    async replay(caller, id) {
      const delivery = await ownDelivery(caller, id);
      const app = await records.app(systemCaller, delivery.app);
      const declared = (extension.open!(app.declaration.automations ?? []) as AutomationDeclaration[]).find(
        ({ title }) => title === delivery.automation,
      );
      if (!declared?.webhook || declared.enabled === false) {
        throw errors.automationGone({ title: delivery.automation });
      }
      if (!(await requeue(database, id))) throw errors.running({ id });
      await database.run(sql`SELECT pg_notify(${channel}, '')`);
      return ownDelivery(caller, id);
    },
  };
}

function administers(caller: Caller, app: App): boolean {
  return accessOf(app, caller, app.lookups).allows('administer');
}

async function paged<T extends { id: number }>(
  { limit, cursor }: Page,
  read: (window: { limit: number; before: number | undefined }) => Promise<T[]>,
): Promise<Paged<T>> {
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw errors.cursor({}, '/cursor');
  const items = await read({ limit, before: cursor === undefined ? undefined : Number(cursor) });
  return { items, next: items.length === limit ? String(items.at(-1)!.id) : null };
}
