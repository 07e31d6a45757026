import { Type } from 'typebox';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import { type AppError, pointerStep } from '../../platform/errors.ts';
import {
  type App,
  type AppExtension,
  type Condition,
  ConditionSchema,
  conditionFaults,
  conditionReferences,
} from '../records/index.ts';
import { errors } from './errors.ts';

/** An automation as the workspace file has it (contract §3). */
export type AutomationDeclaration = {
  title: string;
  /** Default true. */
  enabled?: boolean;
  /** Default both. */
  on?: Trigger[];
  /** Only when one of these fields changed; empty or absent: any. */
  watch?: string[];
  when?: Condition;
  webhook?: WebhookDeclaration;
};

export type Trigger = 'added' | 'updated';

export type WebhookDeclaration = {
  url: string;
  accessToken?: string;
  /** Tries after the first; 0 is the product's behaviour. */
  retries?: number;
  /** Adds Standard Webhooks headers. */
  signingSecret?: string;
};

const strict = { additionalProperties: false };

const Webhook = Type.Object(
  {
    url: Type.String({ minLength: 1, maxLength: 2000 }),
    accessToken: Type.Optional(Type.String({ maxLength: 1000 })),
    retries: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    signingSecret: Type.Optional(Type.String({ maxLength: 1000 })),
  },
  strict,
);

const schema = Type.Array(
  Type.Object(
    {
      title: Type.String({ minLength: 1, maxLength: 200 }),
      enabled: Type.Optional(Type.Boolean()),
      on: Type.Optional(Type.Array(Type.String({ enum: ['added', 'updated'] }))),
      watch: Type.Optional(Type.Array(Type.String())),
      when: Type.Optional(ConditionSchema),
      webhook: Type.Optional(Webhook),
    },
    strict,
  ),
);

/** The `automations` of an app: matched by title; tokens and signing secrets are stored encrypted. */
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
    const faults: AppError[] = [];
    if (titles.has(automation.title))
      faults.push(errors.titleTwice({ title: automation.title }, `${at}/title`));
    titles.add(automation.title);
    for (const [n, name] of (automation.watch ?? []).entries()) {
      if (!app.fieldsByName.has(name)) faults.push(errors.fieldUnknown({ field: name }, `${at}/watch/${n}`));
    }
    if (automation.when) faults.push(...conditionFaults(app, automation.when, app.lookups, `${at}/when`));
    if (automation.webhook === undefined) faults.push(errors.noAction({}, at));
    else if (!isWebAddress(automation.webhook.url)) {
      faults.push(errors.url({}, `${at}/webhook${pointerStep('url')}`));
    }
    return faults;
  });
}

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

const secretKeys = ['accessToken', 'signingSecret'] as const;

/** The automations with their secrets turned by `turn`; empty ones stay empty. */
function withSecrets(automations: unknown, turn: (text: string) => string): AutomationDeclaration[] {
  return (automations as AutomationDeclaration[]).map((automation) => {
    if (!automation.webhook) return automation;
    const webhook = { ...automation.webhook };
    for (const key of secretKeys) if (webhook[key]) webhook[key] = turn(webhook[key]);
    return { ...automation, webhook };
  });
}
