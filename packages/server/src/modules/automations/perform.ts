import type { Caller } from '../../platform/caller.ts';
import { AppError, type Locale } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log/log.ts';
import type { MailMessage } from '../../platform/mail/mail.ts';
import type { Outbound } from '../../platform/outbound/outbound.ts';
import type { Records } from '../records/index.ts';
import type { MailBody, WriteBody } from './bodies.ts';
import type { Automation } from './compiled.ts';
import { errors } from './errors.ts';
import type { WebhookBody } from './index.ts';
import { type Outcome, performWebhook } from './perform-webhook.ts';
import { retryDelay } from './rules/signature.ts';
import type { Claimed } from './store/claim.ts';
import type { Result } from './store/results.ts';

export type MailSender = {
  /** Throws an AppError when it was not sent. */
  send(message: Omit<MailMessage, 'from'>): Promise<void>;
  /** Addresses of users and groups; unknown ones and those without an address are left out. */
  addresses(of: {
    users: readonly number[];
    groups: readonly number[];
    named: readonly string[];
  }): Promise<string[]>;
};

export type PerformDependencies = {
  records: Records;
  outbound: Pick<Outbound, 'send'>;
  mail: MailSender;
  webhookBody: WebhookBody;
  systemCaller: Caller;
  locale: () => Locale;
  log: Logger;
  /** The automation as it is defined now; undefined when it is gone or switched off. */
  automationOf: (delivery: Claimed) => Promise<Automation | undefined>;
};

/** Tries after the first for mails and writes, which the workspace file has no number for. */
const ownRetries = 3;

/** Makes one try of a delivery, whatever it is. Does not throw. */
export function createPerform(deps: PerformDependencies): (delivery: Claimed) => Promise<Result> {
  const { records, outbound, mail, webhookBody, systemCaller, locale, log } = deps;

  return async (delivery) => {
    const at = new Date();
    const nothing = { id: delivery.id, delay: 0, at, ms: 0, status: null, request: null, response: null };
    try {
      const automation = await deps.automationOf(delivery);
      const declared = automation?.[delivery.kind];
      // switched off or gone: what was waiting is not done any more (appsuite §1.5)
      if (!automation || !declared) return { ...nothing, state: 'cancelled', error: null };
      const outcome = await attempt(delivery, automation);
      const retries =
        automation.webhook && delivery.kind === 'webhook' ? (automation.webhook.retries ?? 0) : ownRetries;
      const state = outcome.error === null ? 'done' : delivery.tries < retries ? 'pending' : 'failed';
      return { ...outcome, id: delivery.id, state, delay: retryDelay(delivery.tries + 1) };
    } catch (error) {
      // what the records module refuses will be refused again
      if (error instanceof AppError) return { ...nothing, state: 'failed', error: error.text(locale()) };
      const { message } = error as Error;
      log.error({ delivery: delivery.id, error: message }, 'a delivery could not be made');
      const state = delivery.tries < ownRetries ? 'pending' : 'failed';
      return { ...nothing, state, delay: retryDelay(delivery.tries + 1), error: message };
    }
  };

  function attempt(delivery: Claimed, automation: Automation): Promise<Outcome> {
    switch (delivery.kind) {
      case 'webhook': {
        const { accessToken } = automation.webhook!;
        const body = accessToken ? webhookBody.withToken(delivery.body, accessToken) : delivery.body;
        return performWebhook(
          outbound,
          automation.webhook!,
          { id: `delivery_${delivery.id}`, body },
          locale(),
        );
      }
      case 'mail':
        return timed(() => sendMail(JSON.parse(delivery.body) as MailBody));
      case 'write':
        return timed(() => writeRecord(delivery, JSON.parse(delivery.body) as WriteBody));
    }
  }

  async function sendMail({ to, users, groups, subject, text }: MailBody): Promise<AppError | undefined> {
    const named = to.filter((one) => /^(user|group):/.test(one));
    const plain = to.filter((one) => !/^(user|group):/.test(one));
    const found = await mail.addresses({ users, groups, named });
    const addresses = [...new Set([...plain, ...found])];
    if (addresses.length === 0) throw errors.noRecipient();
    try {
      await mail.send({ to: addresses, subject, text });
    } catch (error) {
      if (error instanceof AppError) return error; // the mail server may take it later
      throw error;
    }
    return undefined;
  }

  /** As the server, on behalf of whoever saved; the same delivery adds a record once, however often it is tried. */
  async function writeRecord(delivery: Claimed, { app, key, values }: WriteBody): Promise<undefined> {
    const caller = { ...systemCaller, user: delivery.actor ?? systemCaller.user };
    const other = await records.app(systemCaller, app);
    const options = { operation: 'automation', depth: delivery.depth + 1 };
    const value = key === undefined ? undefined : values[key];
    if (key !== undefined && value !== null && value !== undefined) {
      const { rows } = await records.list(systemCaller, other, {
        filter: { field: key, op: '=', value },
        fields: [],
        limit: 1,
      });
      if (rows[0]) {
        await records.update(caller, other, [{ id: rows[0].id, values }], options);
        return;
      }
    }
    const idempotency = { key: `automation ${delivery.id}`, fingerprint: '' };
    await records.insert(caller, other, [{ values }], { ...options, idempotency });
  }
}

async function timed(work: () => Promise<AppError | undefined>): Promise<Outcome> {
  const at = new Date();
  const started = performance.now();
  const error = await work();
  const ms = Math.round(performance.now() - started);
  return { at, ms, status: null, error: error?.message ?? null, request: null, response: null };
}
