import { type Caller, isAdmin } from '../../../platform/caller.ts';
import { rawSql, type Sql, sql } from '../../../platform/database/database.ts';
import type { App, AppField } from '../app.ts';
import type { AccessRule, Operation } from '../definition.ts';
import { errors } from '../errors.ts';
import { allOf, anyOf, type ConditionContext, columnOf, conditionSql } from './condition-sql.ts';

/**
 * What a caller may do in an app (appsuite §3.6): three layers that narrow each other, the app's operations, the records
 * they hold for, and the fields. Every statement on records carries the conditions made here.
 */
export type Access = {
  allows(operation: Operation): boolean;
  /** SQL over table `t`: the records the operation holds for. */
  condition(operation: 'view' | 'change' | 'delete'): Sql;
  /** Whether the operation holds for every record, whatever is in it. */
  everyRecord(operation: 'view' | 'change' | 'delete'): boolean;
  hidden: ReadonlySet<AppField>;
  readOnly: ReadonlySet<AppField>;
};

const everything: Access = {
  allows: () => true,
  condition: () => sql`true`,
  everyRecord: () => true,
  hidden: new Set(),
  readOnly: new Set(),
};

/** Rights of a caller in an app. Administrators may do everything; without rules everybody all but administer. */
export function accessOf(app: App, caller: Caller, lookups: ConditionContext): Access {
  if (isAdmin(caller)) return everything;
  const rules = app.declaration.access ?? [];
  const granting = rules.filter((rule) => rule.allow !== undefined);
  const base: AccessRule[] =
    granting.length > 0
      ? granting
      : [{ subject: 'everyone', allow: ['view', 'add', 'change', 'delete', 'import', 'export'] }];
  const mine = base.filter((rule) => concerns(rule.subject, caller, lookups));
  const narrowing = rules.filter((rule) => concerns(rule.subject, caller, lookups));
  const context = {
    ...lookups,
    caller: { user: sql`${caller.user}::integer`, groups: sql`${[...caller.groups]}` },
  };

  const granted = (operation: Operation) => mine.filter((rule) => rule.allow?.includes(operation));

  return {
    allows(operation) {
      if (operation === 'administer' && caller.roles.has('designer')) return true;
      return granted(operation).length > 0;
    },
    condition(operation) {
      const parts = granted(operation).map((rule) => ruleCondition(app, rule, caller, context));
      return parts.includes(undefined) ? sql`true` : anyOf(parts as Sql[]);
    },
    everyRecord: (operation) =>
      granted(operation).some(({ subject, when }) => !subject.startsWith('field:') && when === undefined),
    hidden: named(app, narrowing, 'hideFields'),
    readOnly: named(app, narrowing, 'readOnlyFields'),
  };
}

/** Whether every part of every record is open to him: payloads of webhooks hold them all. */
export function seesAll({ everyRecord, hidden }: Access): boolean {
  return hidden.size === 0 && everyRecord('view');
}

/** @throws AppError `forbidden` */
export function demand(access: Access, operation: Operation): void {
  if (!access.allows(operation)) throw errors.forbidden({ operation });
}

function named(app: App, rules: readonly AccessRule[], key: 'hideFields' | 'readOnlyFields'): Set<AppField> {
  const names = rules.flatMap((rule) => rule[key] ?? []);
  return new Set(names.flatMap((name) => app.fieldsByName.get(name) ?? []));
}

/** Whether a rule's subject is, or depending on the record may be, the caller. */
function concerns(subject: string, caller: Caller, lookups: ConditionContext): boolean {
  if (subject === 'everyone' || subject.startsWith('field:')) return true;
  const [kind, id] = splitSubject(subject);
  if (kind === 'user') return id === caller.login;
  if (kind === 'group') return caller.groups.includes(lookups.group(id) ?? 0);
  return (caller.roles as ReadonlySet<string>).has(id);
}

export function splitSubject(subject: string): [kind: string, id: string] {
  const colon = subject.indexOf(':');
  return [subject.slice(0, colon), subject.slice(colon + 1)];
}

/** The records a rule holds for; undefined means all. */
function ruleCondition(
  app: App,
  rule: AccessRule,
  caller: Caller,
  context: ConditionContext,
): Sql | undefined {
  const parts: Sql[] = [];
  if (rule.subject.startsWith('field:'))
    parts.push(memberOf(app, splitSubject(rule.subject)[1], caller, context.alias));
  if (rule.when) parts.push(conditionSql(app, rule.when, context));
  return parts.length === 0 ? undefined : allOf(parts);
}

function memberOf(app: App, fieldName: string, caller: Caller, alias: string | undefined): Sql {
  const column = columnOf(app, fieldName, alias);
  if (!column) return sql`false`;
  const it = rawSql(column.sql);
  if (column.kind === 'groups') return sql`${it} && ${[...caller.groups]}::integer[]`;
  if (column.kind === 'users') return sql`${it} @> ARRAY[${caller.user}]::integer[]`;
  return sql`${it} = ${caller.user}`;
}
