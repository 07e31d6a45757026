import type { App, AppField, Predicate } from '../records/index.ts';
import type { AutomationDeclaration, Trigger } from './definition.ts';
import { secondsOf } from './rules/period.ts';

/** An automation of an app, ready to be decided on. */
export type Automation = Pick<
  AutomationDeclaration,
  'title' | 'webhook' | 'mail' | 'write' | 'when' | 'loopLimit'
> & {
  /** Empty for those that run by the clock. */
  on: ReadonlySet<Trigger>;
  /** Seconds. */
  every: number | undefined;
  once: boolean;
  /** Empty: any field. */
  watch: readonly AppField[];
  /** The condition as `Change.holds` tells of it; undefined: always. */
  predicate: Predicate | undefined;
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
    .map(({ on = ['added', 'updated'], every, once, watch, ...automation }) => ({
      ...automation,
      on: new Set(every === undefined ? on : []),
      every: every === undefined ? undefined : secondsOf(every),
      once: once ?? false,
      watch: (watch ?? []).flatMap((name) => app.fieldsByName.get(name) ?? []),
      predicate:
        automation.when && every === undefined
          ? { key: `automation ${automation.title}`, condition: automation.when }
          : undefined,
    }));
}
