import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Locale } from '../../platform/errors.ts';
import type { Outbound } from '../../platform/outbound/outbound.ts';
import { type App, type AppExtension, accessOf, type Records, seesAll } from '../records/index.ts';
import type { AutomationDeclaration } from './definition.ts';
import { errors } from './errors.ts';
import type { WebhookBody } from './index.ts';
import { type Outcome, performWebhook, shownUrl } from './perform-webhook.ts';
import {
  type Attempt,
  countReplays,
  type DeliveryItem,
  type DeliveryState,
  type ErrorLogItem,
  type ReplayFilter,
  readDeliveries,
  readDelivery,
  readErrorLog,
  requeue,
  requeueAll,
} from './store/lists.ts';
import { readLoops, type SuspectedLoop } from './store/loops.ts';
import { type Pause, readPauses, resume } from './store/pauses.ts';

export type Page = {
  /** Items at most. */
  limit: number;
  /** `next` of the page before. */
  cursor?: string | undefined;
};
export type Paged<T> = { items: T[]; next: string | null };

/** What who administers an app can see and do about its automations; others are refused. */
export type Administration = {
  /** What the app's automations met, newest first. */
  errorLog(caller: Caller, app: App, page: Page): Promise<Paged<ErrorLogItem>>;
  /** Deliveries of the apps that the caller administers, newest first. */
  deliveries(
    caller: Caller,
    filter: { app?: App; state?: DeliveryState },
    page: Page,
  ): Promise<Paged<DeliveryItem>>;
  /** Payload and answers only for who may see every part and record of the app: payloads hold them all. */
  delivery(caller: Caller, id: number): Promise<DeliveryItem & { body: string | null; attempts: Attempt[] }>;
  /** Makes an ended delivery due again, with the payload it had. @throws AppError `running`, `automationGone` */
  replay(caller: Caller, id: number): Promise<DeliveryItem>;
  /** The same for all of an app that fit. @returns how many */
  replayAll(caller: Caller, app: App, filter: Omit<ReplayFilter, 'app'>): Promise<number>;
  /** How many that would be. */
  countReplays(caller: Caller, app: App, filter: Omit<ReplayFilter, 'app'>): Promise<number>;
  /**
   * Sends the payload of a record that the caller may view now, without trace in the delivery list; whether the
   * automation is enabled does not matter. What came back is for who may see every part and record.
   */
  testSend(caller: Caller, app: App, title: string, record: number): Promise<Outcome>;
  /** The automations of an app in their order, without secrets. */
  list(caller: Caller, app: App): AutomationItem[];
  setEnabled(caller: Caller, app: App, title: string, enabled: boolean): Promise<void>;
  /** Records that keep calling the same automation. */
  loops(caller: Caller, least: number): Promise<SuspectedLoop[]>;
  pauses(caller: Caller): Promise<Pause[]>;
  /** @returns how many deliveries were waiting */
  resume(caller: Caller, app: App, title: string): Promise<number>;
};

export type AutomationItem = {
  title: string;
  enabled: boolean;
  actions: ('webhook' | 'mail' | 'write')[];
  /** Of the webhook, without its query, which may hold keys. */
  url: string | null;
};

function itemOf({ title, enabled = true, webhook, mail, write }: AutomationDeclaration): AutomationItem {
  return {
    title,
    enabled,
    actions: [
      ...(webhook ? ['webhook' as const] : []),
      ...(mail ? ['mail' as const] : []),
      ...(write ? ['write' as const] : []),
    ],
    url: webhook ? shownUrl(webhook.url) : null,
  };
}

export function createAdministration(deps: {
  database: Database;
  records: Records;
  outbound: Pick<Outbound, 'send'>;
  webhookBody: WebhookBody;
  systemCaller: Caller;
  locale: () => Locale;
  applyWorkspace: (file: object) => Promise<void>;
  extension: AppExtension;
  /** Tells all senders that something is due. */
  wake: () => Promise<void>;
  onDeliveries: (app: number) => void;
}): Administration {
  const { database, records, systemCaller } = deps;

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

  function declared(app: App): AutomationDeclaration[] {
    return deps.extension.open!(app.declaration.automations ?? []) as AutomationDeclaration[];
  }

  function declaredOne(app: App, title: string): AutomationDeclaration {
    const found = declared(app).find((one) => one.title === title);
    if (!found) throw errors.automationUnknown({ title });
    return found;
  }

  return {
    async errorLog(caller, app, page) {
      demand(caller, app);
      return paged(page, (window) => readErrorLog(database, app.id, window));
    },
    async deliveries(caller, { app, state }, page) {
      if (app) demand(caller, app);
      const apps = app ? [app.id] : await administered(caller);
      return paged(page, (window) => readDeliveries(database, apps, state, window));
    },
    async delivery(caller, id) {
      const { body, attempts, ...item } = await ownDelivery(caller, id);
      if (seesAll(access(caller, await records.app(caller, item.app)))) return { ...item, body, attempts };
      return { ...item, body: null, attempts: attempts.map((one) => ({ ...one, response: null })) };
    },
    async replay(caller, id) {
      const { app: appId, automation, kind } = await ownDelivery(caller, id);
      const one = declared(await records.app(systemCaller, appId)).find(({ title }) => title === automation);
      if (!one?.[kind] || one.enabled === false) throw errors.automationGone({ title: automation });
      if (!(await requeue(database, id))) throw errors.running({ id });
      deps.onDeliveries(appId);
      await deps.wake();
      const { body: _, attempts: __, ...item } = await ownDelivery(caller, id);
      return item;
    },
    async replayAll(caller, app, filter) {
      demand(caller, app);
      const count = await requeueAll(database, { ...filter, app: app.id });
      deps.onDeliveries(app.id);
      await deps.wake();
      return count;
    },
    async countReplays(caller, app, filter) {
      demand(caller, app);
      return countReplays(database, { ...filter, app: app.id });
    },
    list(caller, app) {
      demand(caller, app);
      return declared(app).map(itemOf);
    },
    async testSend(caller, app, title, record) {
      demand(caller, app);
      const { webhook } = declaredOne(app, title);
      if (!webhook) throw errors.noWebhook({ title });
      await records.get(caller, app, record);
      const { row } = await records.get(systemCaller, app, record);
      const [body] = await deps.webhookBody.encode([{ app, row, operation: 'updated', title }]);
      const whole = webhook.accessToken ? deps.webhookBody.withToken(body!, webhook.accessToken) : body!;
      const message = { id: `test_${Date.now()}`, body: whole };
      const outcome = await performWebhook(deps.outbound, webhook, message, deps.locale());
      return seesAll(access(caller, app)) ? outcome : { ...outcome, response: null };
    },
    async setEnabled(caller, app, title, enabled) {
      demand(caller, app);
      const automation = { ...declaredOne(app, title), enabled };
      const { id, name, fields } = app.declaration;
      await deps.applyWorkspace({ renkei: 1, apps: [{ id, name, fields, automations: [automation] }] });
    },
    async loops(caller, least) {
      return readLoops(database, await administered(caller), least);
    },
    async pauses(caller) {
      return readPauses(database, await administered(caller));
    },
    async resume(caller, app, title) {
      demand(caller, app);
      const count = await resume(database, app.id, title);
      deps.onDeliveries(app.id);
      await deps.wake();
      return count;
    },
  };
}

function access(caller: Caller, app: App) {
  return accessOf(app, caller, app.lookups);
}

function administers(caller: Caller, app: App): boolean {
  return access(caller, app).allows('administer');
}

function demand(caller: Caller, app: App): void {
  if (!administers(caller, app)) throw errors.forbidden();
}

async function paged<T extends { id: number }>(
  { limit, cursor }: Page,
  read: (window: { limit: number; before: number | undefined }) => Promise<T[]>,
): Promise<Paged<T>> {
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw errors.cursor({}, '/cursor');
  const items = await read({ limit, before: cursor === undefined ? undefined : Number(cursor) });
  return { items, next: items.length === limit ? String(items.at(-1)!.id) : null };
}
