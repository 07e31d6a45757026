import { type Queryable, sql, type Transaction } from '../../platform/database/database.ts';
import type { App, Change, RecordRow } from '../records/index.ts';
import type { Automation } from './compiled.ts';
import type { Trigger } from './definition.ts';

/** What a webhook tells of: the record as it was saved. */
export type WebhookEvent = {
  app: App;
  row: RecordRow;
  operation: Trigger;
  title: string;
};

/** Which automations a saved record calls (appsuite §3.2). */
export function called(change: Change, automations: readonly Automation[]): Automation[] {
  const { kind, changed, holds, options } = change;
  if (kind === 'deleted' || options.automations === false) return [];
  return automations.filter(
    ({ on, watch, predicate }) =>
      on.has(kind) &&
      (watch.length === 0 || watch.some((field) => changed.has(field))) &&
      (predicate === undefined || holds.has(predicate.key)),
  );
}

export type NewDelivery = {
  app: number;
  app_version: number;
  record: number;
  automation: string;
  operation: Trigger;
  body: string;
};

/** One statement however many there are; they exist exactly when the records do. */
export async function insertDeliveries(tx: Queryable, deliveries: readonly NewDelivery[]): Promise<void> {
  await tx.run(sql`
    INSERT INTO automations.deliveries (app, app_version, record, automation, operation, body)
    SELECT app, app_version, record, automation, operation, body
    FROM json_to_recordset(${JSON.stringify(deliveries)}::json)
      AS d (app integer, app_version integer, record bigint, automation text, operation text, body text)`);
}

/** Writes the outbox rows of the webhooks that the changes call. @returns whether there are any */
export async function writeDeliveries(
  tx: Transaction,
  changes: readonly Change[],
  deps: {
    automationsOf: (app: App) => readonly Automation[];
    encode: (events: readonly WebhookEvent[]) => Promise<string[]>;
  },
): Promise<boolean> {
  const calls = changes.flatMap((change) =>
    called(change, deps.automationsOf(change.app))
      .filter(({ webhook }) => webhook !== undefined)
      .map(({ title }) => ({ change, title })),
  );
  if (calls.length === 0) return false;
  const bodies = await deps.encode(
    calls.map(({ change: { app, kind, after }, title }) => ({
      app,
      row: after!,
      operation: kind as Trigger,
      title,
    })),
  );
  await insertDeliveries(
    tx,
    calls.map(({ change: { app, kind, after }, title }, index) => ({
      app: app.id,
      app_version: app.version,
      record: after!.id,
      automation: title,
      operation: kind as Trigger,
      body: bodies[index]!,
    })),
  );
  return true;
}
