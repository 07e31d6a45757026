import { type Queryable, sql, type Transaction } from '../../platform/database/database.ts';
import type { Locale } from '../../platform/errors.ts';
import { type App, type Change, type MemberSource, memberNames, type RecordRow } from '../records/index.ts';
import { mailBody, writeBody } from './bodies.ts';
import type { Automation } from './compiled.ts';
import type { Trigger } from './definition.ts';
import { errors } from './errors.ts';
import { insertErrors, recentCalls } from './store/loops.ts';

/** What a webhook tells of: the record as it was saved. */
export type WebhookEvent = {
  app: App;
  row: RecordRow;
  operation: 'added' | 'updated';
  title: string;
};

/** A record that calls an automation. */
export type Call = {
  app: App;
  row: RecordRow;
  operation: 'added' | 'updated';
  automation: Automation;
  /** Whose save it was. */
  actor: number;
  depth: number;
};

/** Automations may lead to one another this often. */
const maxDepth = 5;

/** Which automations a saved record calls, in their order (appsuite §3.2). */
export function callsOf(change: Change, automations: readonly Automation[]): Call[] {
  const { kind, changed, holds, options, app, after, caller } = change;
  if (kind === 'deleted' || options.automations === false) return [];
  const trigger: Trigger = options.operation === 'import' ? 'imported' : kind;
  return automations
    .filter(
      ({ on, watch, predicate }) =>
        on.has(trigger) &&
        (watch.length === 0 || watch.some((field) => changed.has(field))) &&
        (predicate === undefined || holds.has(predicate.key)),
    )
    .map((automation) => ({
      app,
      row: after!,
      operation: kind,
      automation,
      actor: caller.user,
      depth: options.depth ?? 0,
    }));
}

export type OutboxDependencies = {
  directory: MemberSource;
  encode: (events: readonly WebhookEvent[]) => Promise<string[]>;
  locale: () => Locale;
  /** Called when a record called an automation too often. */
  stopLoop: (app: App, title: string) => void;
};

/** Writes the outbox rows of the calls, in one statement however many there are. @returns whether there are any */
export async function writeOutbox(
  tx: Transaction,
  calls: readonly Call[],
  deps: OutboxDependencies,
): Promise<boolean> {
  if (calls.length === 0) return false;
  const allowed = await withoutLoops(tx, calls, deps);
  const webhooks = allowed.filter(({ automation }) => automation.webhook);
  const [bodies, names] = await Promise.all([
    deps.encode(
      webhooks.map(({ app, row, operation, automation }) => ({
        app,
        row,
        operation,
        title: automation.title,
      })),
    ),
    namesFor(allowed, deps.directory),
  ]);
  const bodyOf = new Map(webhooks.map((call, index) => [call, bodies[index]!]));
  const deliveries = allowed.flatMap((call) => {
    const { webhook, mail, write } = call.automation;
    const row = (kind: string, body: string) => ({
      app: call.app.id,
      app_version: call.app.version,
      record: call.row.id,
      automation: call.automation.title,
      operation: call.operation,
      actor: call.actor,
      depth: call.depth,
      ordered: webhook?.ordered ?? false,
      kind,
      body,
    });
    return [
      ...(webhook ? [row('webhook', bodyOf.get(call)!)] : []),
      ...(mail ? [row('mail', mailBody(mail, call, names!))] : []),
      ...(write ? [row('write', writeBody(write, call, names!))] : []),
    ];
  });
  if (deliveries.length > 0) await insertDeliveries(tx, deliveries);
  return deliveries.length > 0;
}

/** Names are looked up only where a text may hold them. */
async function namesFor(calls: readonly Call[], directory: MemberSource) {
  const texts = calls.filter(({ automation }) => automation.mail ?? automation.write);
  const [first] = texts;
  if (!first) return undefined;
  return memberNames(
    directory,
    first.app.fields, // the changes of one save are all of one app
    texts.map(({ row }) => row),
  );
}

/** Leaves out, and reports, calls that are too deep in a chain and those of records that call too often. */
async function withoutLoops(
  tx: Transaction,
  calls: readonly Call[],
  { locale, stopLoop }: OutboxDependencies,
): Promise<readonly Call[]> {
  const tooDeep = calls.filter(({ depth }) => depth >= maxDepth);
  const rest = tooDeep.length === 0 ? calls : calls.filter(({ depth }) => depth < maxDepth);
  const limited = rest.filter(({ automation }) => automation.loopLimit !== undefined);
  const counts = limited.length === 0 ? new Map<string, number>() : await recentCalls(tx, limited);
  const looping = limited.filter(
    ({ automation, row }) => (counts.get(`${automation.title}/${row.id}`) ?? 0) >= automation.loopLimit!,
  );
  if (tooDeep.length === 0 && looping.length === 0) return rest;
  await insertErrors(tx, [
    ...tooDeep.map((call) => ({ call, message: errors.chain({ limit: maxDepth }).text(locale()) })),
    ...looping.map((call) => ({
      call,
      message: errors.loop({ limit: call.automation.loopLimit! }).text(locale()),
    })),
  ]);
  tx.afterCommit(() => {
    for (const { app, automation } of looping) stopLoop(app, automation.title);
  });
  return rest.filter((call) => !looping.includes(call));
}

/** Deliveries of paused targets wait from the start. */
async function insertDeliveries(tx: Queryable, deliveries: readonly object[]): Promise<void> {
  await tx.run(sql`
    INSERT INTO automations.deliveries
      (app, app_version, record, automation, operation, actor, depth, ordered, kind, body, state)
    SELECT app, app_version, record, automation, operation, actor, depth, ordered, kind, body,
           CASE WHEN EXISTS (SELECT FROM automations.pauses p WHERE p.app = d.app AND p.automation = d.automation)
                THEN 'paused' ELSE 'pending' END
    FROM json_to_recordset(${JSON.stringify(deliveries)}::json)
      AS d (app integer, app_version integer, record bigint, automation text, operation text, actor integer,
            depth integer, ordered boolean, kind text, body text)`);
}
