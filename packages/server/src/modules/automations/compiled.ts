import type { App, AppField, Predicate } from '../records/index.ts';
import type { AutomationDeclaration, Trigger, WebhookDeclaration } from './definition.ts';

/** An automation of an app, ready to be decided on. */
export type Automation = {
  title: string;
  on: ReadonlySet<Trigger>;
  /** Empty: any field. */
  watch: readonly AppField[];
  /** The condition as `Change.holds` tells of it; undefined: always. */
  predicate: Predicate | undefined;
  webhook: WebhookDeclaration | undefined;
};

/** The enabled automations of an app in their order, with their secrets open; made once per definition. */
export function createCompiled(open: (stored: unknown) => unknown): (app: App) => readonly Automation[] {
  const known = new WeakMap<App, readonly Automation[]>();
  return (app) => {
    let automations = known.get(app);
    if (!automations) {
      automations = compile(app, open(app.declaration.automations ?? []) as AutomationDeclaration[]);
      known.set(app, automations);
    }
    return automations;
  };
}

function compile(app: App, declared: readonly AutomationDeclaration[]): Automation[] {
  return declared
    .filter(({ enabled }) => enabled !== false)
    .map(({ title, on = ['added', 'updated'], watch = [], when, webhook }) => ({
      title,
      on: new Set(on),
      watch: watch.flatMap((name) => app.fieldsByName.get(name) ?? []),
      predicate: when && { key: `automation ${title}`, condition: when },
      webhook,
    }));
}
