import { Type } from 'typebox';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { AppError } from '../../platform/errors.ts';
import {
  type App,
  type AppExtension,
  type Condition,
  ConditionSchema,
  conditionFaults,
  conditionReferences,
} from '../records/index.ts';
import { errors } from './errors.ts';
import { secondsOf } from './rules/period.ts';

/** An automation as the workspace file has it (contract §3, and what docs/dialects/appsuite.md adds). */
export type AutomationDeclaration = {
  title: string;
  /** Default true. */
  enabled?: boolean;
  /** Default added and updated. */
  on?: Trigger[];
  /** Runs by the clock instead of on a change, for every record that meets `when`: `30m`, `12h`, `7d`. */
  every?: string;
  /** With `every`: tells of a record only the first time. */
  once?: boolean;
  /** Only when one of these fields changed; empty or absent: any. */
  watch?: string[];
  when?: Condition;
  /** Switches itself off when one record calls it more often than this within ten minutes. */
  loopLimit?: number;
  webhook?: WebhookDeclaration;
  mail?: MailDeclaration;
  write?: WriteDeclaration;
};

/** `imported`: added or changed by a CSV import, which calls neither of the others. */
export type Trigger = 'added' | 'updated' | 'imported';

export type WebhookDeclaration = {
  url: string;
  accessToken?: string;
  /** Tries after the first; 0 is the product's behaviour. */
  retries?: number;
  /** Adds Standard Webhooks headers. */
  signingSecret?: string;
  /** Further headers. */
  headers?: Record<string, string>;
  /** Requests at a time from one process; default 16. */
  concurrency?: number;
  /** Those of one record one after the other, in the order of its changes. */
  ordered?: boolean;
  /** Failures in a row after which its deliveries wait until somebody resumes it; absent: never. */
  pauseAfter?: number;
};

export type MailDeclaration = {
  /** Addresses, `user:LOGIN`, `group:ID`, or `field:NAME` (the users or groups in that field). */
  to: string[];
  /** `{field}` stands for the record's value. */
  subject: string;
  body: string;
};

export type WriteDeclaration = {
  /** Id or alias of the app that is written into. */
  app: number | string;
  /** Field of that app: the record that has the written value there is changed, if there is one. */
  key?: string;
  /** By field of that app; `{field}` stands for the record's value. */
  values: Record<string, string>;
};

const strict = { additionalProperties: false };
const triggers = ['added', 'updated', 'imported'];
/** Headers that the server sets itself. */
const ownHeaders = /^(host|content-length|content-type|transfer-encoding|connection|webhook-.*)$/i;

const Webhook = Type.Object(
  {
    url: Type.String({ minLength: 1, maxLength: 2000 }),
    accessToken: Type.Optional(Type.String({ maxLength: 1000 })),
    retries: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    signingSecret: Type.Optional(Type.String({ maxLength: 1000 })),
    headers: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 4000 }))),
    concurrency: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
    ordered: Type.Optional(Type.Boolean()),
    pauseAfter: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  },
  strict,
);
const Mail = Type.Object(
  {
    to: Type.Array(Type.String({ minLength: 1, maxLength: 320 }), { minItems: 1, maxItems: 100 }),
    subject: Type.String({ minLength: 1, maxLength: 500 }),
    body: Type.String({ maxLength: 100_000 }),
  },
  strict,
);
const Write = Type.Object(
  {
    app: Type.Unknown(),
    key: Type.Optional(Type.String({ maxLength: 200 })),
    values: Type.Record(Type.String(), Type.String({ maxLength: 100_000 })),
  },
  strict,
);
const schema = Type.Array(
  Type.Object(
    {
      title: Type.String({ minLength: 1, maxLength: 200 }),
      enabled: Type.Optional(Type.Boolean()),
      on: Type.Optional(Type.Array(Type.String({ enum: triggers }))),
      every: Type.Optional(Type.String({ maxLength: 20 })),
      once: Type.Optional(Type.Boolean()),
      watch: Type.Optional(Type.Array(Type.String())),
      when: Type.Optional(ConditionSchema),
      loopLimit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
      webhook: Type.Optional(Webhook),
      mail: Type.Optional(Mail),
      write: Type.Optional(Write),
    },
    strict,
  ),
);

/** The `automations` of an app: matched by title; tokens, signing secrets and headers are stored encrypted. */
export function automationsExtension(box: SecretBox): AppExtension {
  return {
    schema,
    check: (app, declared, place) => automationFaults(app, declared as AutomationDeclaration[], place),
    references: (declared) =>
      (declared as AutomationDeclaration[]).flatMap(({ when }) => conditionReferences(when)),
    seal: (declared) => withSecrets(declared, (text) => box.seal(text)),
    open: (stored) => withSecrets(stored, (text) => box.open(text)),
    merge(stored, declared, prune) {
      const given = declared as AutomationDeclaration[];
      const titles = new Set(given.map(({ title }) => title));
      const before = (stored ?? []) as AutomationDeclaration[];
      return prune ? given : [...given, ...before.filter(({ title }) => !titles.has(title))];
    },
  };
}

function automationFaults(app: App, declared: readonly AutomationDeclaration[], place: string): AppError[] {
  const titles = new Set<string>();
  return declared.flatMap((automation, index) => {
    const at = `${place}/${index}`;
    const { title, watch = [], when, every, webhook, mail, write } = automation;
    const faults: AppError[] = [];
    if (titles.has(title)) faults.push(errors.titleTwice({ title }, `${at}/title`));
    titles.add(title);
    for (const [n, name] of watch.entries()) {
      if (!app.fieldsByName.has(name)) faults.push(errors.fieldUnknown({ field: name }, `${at}/watch/${n}`));
    }
    if (when) faults.push(...conditionFaults(app, when, app.lookups, `${at}/when`));
    if (every !== undefined && secondsOf(every) === undefined) faults.push(errors.every({}, `${at}/every`));
    if (!webhook && !mail && !write) faults.push(errors.noAction({}, at));
    if (webhook) faults.push(...webhookFaults(webhook, `${at}/webhook`));
    for (const [n, to] of (mail?.to ?? []).entries()) {
      if (!isRecipient(app, to)) faults.push(errors.recipient({ to }, `${at}/mail/to/${n}`));
    }
    if (write && typeof write.app !== 'string' && !Number.isSafeInteger(write.app)) {
      faults.push(errors.writeApp({}, `${at}/write/app`));
    }
    if (write?.key !== undefined && !Object.hasOwn(write.values, write.key)) {
      faults.push(errors.writeKey({ field: write.key }, `${at}/write/key`));
    }
    return faults;
  });
}

function webhookFaults({ url, headers = {} }: WebhookDeclaration, at: string): AppError[] {
  const faults = isWebAddress(url) ? [] : [errors.url({}, `${at}/url`)];
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || ownHeaders.test(name) || !/^[\t\x20-\x7e]*$/.test(value)) {
      faults.push(errors.header({ name }, `${at}/headers`));
    }
  }
  return faults;
}

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

function isRecipient(app: App, to: string): boolean {
  if (/^(user|group):./.test(to)) return true;
  if (to.startsWith('field:')) {
    const kind = app.fieldsByName.get(to.slice(6))?.kind;
    return kind === 'users' || kind === 'groups' || ['登録者', '更新者'].includes(to.slice(6));
  }
  return /^[^\s<>@,]+@[^\s<>@,]+$/.test(to);
}

/** The automations with their secrets turned by `turn`; empty ones stay empty. */
function withSecrets(automations: unknown, turn: (text: string) => string): AutomationDeclaration[] {
  return (automations as AutomationDeclaration[]).map((automation) => {
    if (!automation.webhook) return automation;
    const webhook = { ...automation.webhook };
    if (webhook.accessToken) webhook.accessToken = turn(webhook.accessToken);
    if (webhook.signingSecret) webhook.signingSecret = turn(webhook.signingSecret);
    if (webhook.headers) {
      const headers = Object.entries(webhook.headers).map(([name, value]) => [name, value && turn(value)]);
      webhook.headers = Object.fromEntries(headers);
    }
    return { ...automation, webhook };
  });
}
