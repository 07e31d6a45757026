import type { AccessRule, AppDeclaration, AutomationDeclaration, Condition } from './declaration.ts';

/**
 * The apps after a field of one of them got another name: everything that names it follows (formulas, conditions,
 * rights, automations, and the references and writing automations of other apps).
 */
export function renameField(
  apps: readonly AppDeclaration[],
  owner: AppDeclaration,
  from: string,
  to: string,
): AppDeclaration[] {
  const isOwner = (reference: unknown) => reference === owner.id || (owner.alias ?? owner.id) === reference;
  return apps.map((app) => {
    const own = app.id === owner.id;
    const name = (given: string) => (own && given === from ? to : given);
    const names = app.fields.map((field) => field.name).concat(own ? from : []);
    return {
      ...app,
      fields: app.fields.map((field) => ({
        ...field,
        ...(own && field.expression && { expression: inFormula(field.expression, names, from, to) }),
        ...(field.type === 'reference' && isOwner(field.app) && field.field === from && { field: to }),
      })),
      ...(app.access && { access: app.access.map((rule) => inRule(rule, name)) }),
      ...(app.automations && {
        automations: app.automations.map((one) => inWrite(inAutomation(one, name), isOwner, from, to)),
      }),
    };
  });
}

type Renaming = (name: string) => string;

function inCondition(condition: Condition, name: Renaming): Condition {
  if ('all' in condition) return { all: condition.all.map((one) => inCondition(one, name)) };
  if ('any' in condition) return { any: condition.any.map((one) => inCondition(one, name)) };
  return { ...condition, field: name(condition.field) };
}

function inRule(rule: AccessRule, name: Renaming): AccessRule {
  const { subject, when, hideFields, readOnlyFields } = rule;
  return {
    ...rule,
    subject: inSubject(subject, name),
    ...(when && { when: inCondition(when, name) }),
    ...(hideFields && { hideFields: hideFields.map(name) }),
    ...(readOnlyFields && { readOnlyFields: readOnlyFields.map(name) }),
  };
}

function inSubject(subject: string, name: Renaming): string {
  return subject.startsWith('field:') ? `field:${name(subject.slice(6))}` : subject;
}

function inAutomation(automation: AutomationDeclaration, name: Renaming): AutomationDeclaration {
  const { watch, when, mail, write } = automation;
  const template = (text: string) =>
    text.replaceAll(/\{([^{}]+)\}/g, (_, given: string) => `{${name(given)}}`);
  return {
    ...automation,
    ...(watch && { watch: watch.map(name) }),
    ...(when && { when: inCondition(when, name) }),
    ...(mail && {
      mail: {
        to: mail.to.map((one) => inSubject(one, name)),
        subject: template(mail.subject),
        body: template(mail.body),
      },
    }),
    ...(write && {
      write: {
        ...write,
        values: Object.fromEntries(Object.entries(write.values).map(([key, text]) => [key, template(text)])),
      },
    }),
  };
}

/** What an automation writes into the app whose field has another name now. */
function inWrite(
  automation: AutomationDeclaration,
  isOwner: (app: unknown) => boolean,
  from: string,
  to: string,
): AutomationDeclaration {
  const { write } = automation;
  if (!write || !isOwner(write.app)) return automation;
  const name = (given: string) => (given === from ? to : given);
  const values = Object.entries(write.values).map(([key, text]) => [name(key), text] as const);
  return {
    ...automation,
    write: {
      ...write,
      ...(write.key !== undefined && { key: name(write.key) }),
      values: Object.fromEntries(values),
    },
  };
}

/** Names stand bare or as `{{name}}`, the longest that fits counts, and texts in quotes are texts. */
function inFormula(expression: string, names: readonly string[], from: string, to: string): string {
  const bare = [...new Set(names)].sort((a, b) => b.length - a.length).map(escaped);
  const token = new RegExp(
    `"(?:[^"]|"")*"|'(?:[^']|'')*'|\\{\\{(.+?)\\}\\}|(${bare.join('|')})(?![\\p{L}\\p{N}_])|[\\p{L}\\p{N}_]+`,
    'gu',
  );
  const written = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(to) ? to : `{{${to}}}`;
  return expression.replaceAll(token, (whole, braced?: string, plain?: string) =>
    (braced ?? plain) === from ? written : whole,
  );
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
