import type { Caller } from '../../platform/caller.ts';
import { sql } from '../../platform/database/database.ts';
import type { App, AppField } from './app.ts';
import { accessOf } from './rules/access.ts';
import { type ReferenceTargets, targetAlias } from './store/columns.ts';

/** The app and field that a reference shows, or undefined where they are gone. */
export function targetOf(field: AppField, apps: readonly App[]): { app: App; field: AppField } | undefined {
  const app = apps.find(({ id, alias }) => id === field.app || alias === field.app);
  const shown = app?.fieldsByName.get(field.field ?? '');
  return app && shown && { app, field: shown };
}

function targets(
  app: App,
  apps: readonly App[],
  visible: (target: { app: App; field: AppField }) => ReturnType<typeof sql>,
): ReferenceTargets {
  const found = app.fields.flatMap((field) => {
    const target = field.kind === 'reference' ? targetOf(field, apps) : undefined;
    return target ? [[field, { ...target, visible: visible(target) }] as const] : [];
  });
  return new Map(found);
}

/** References as they are, whoever looks (webhooks: appsuite §1.3). */
export function allTargets(app: App, apps: readonly App[]): ReferenceTargets {
  return targets(app, apps, () => sql`true`);
}

/** References as far as the caller may see the other app, its record and its field. */
export function visibleTargets(app: App, apps: readonly App[], caller: Caller): ReferenceTargets {
  return targets(app, apps, ({ app: other, field }) => {
    const access = accessOf(other, caller, { ...other.lookups, alias: targetAlias });
    return access.allows('view') && !access.hidden.has(field) ? access.condition('view') : sql`false`;
  });
}
