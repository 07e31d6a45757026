import { type Database, sql } from '../../platform/database/database.ts';
import type { Logger } from '../../platform/log/log.ts';
import { type App, compileApp } from './app.ts';
import type { AppDeclaration } from './definition.ts';
import { errors } from './errors.ts';
import type { AppExtension } from './index.ts';
import { splitSubject } from './rules/access.ts';
import { conditionReferences } from './rules/condition-sql.ts';
import type { Lookups } from './rules/values.ts';
import { targetOf } from './targets.ts';

/** How users and groups that a value names are found; from the identity module. */
export type Directory = {
  /** Numbers of users by number or login name. */
  userNumbers(references: readonly (string | number)[]): Promise<Map<string | number, number>>;
  /** Numbers of groups by number or id. */
  groupNumbers(references: readonly (string | number)[]): Promise<Map<string | number, number>>;
};

/** The apps as they are defined now, compiled; kept until somebody changes a definition. */
export type Registry = {
  /** By id or alias. @throws AppError `appNotFound` */
  find(reference: number | string): Promise<App>;
  all(): Promise<readonly App[]>;
  lookups(references: readonly (string | number)[]): Promise<Lookups>;
  /** Forgets what is known; the next use reads again. */
  reload(): Promise<void>;
};

type Known = { byId: Map<number, App>; byAlias: Map<string, App> };

export function createRegistry(deps: {
  database: Database;
  directory: Directory;
  timeZone: () => Promise<string>;
  log: Logger;
  extensions: Readonly<Record<string, AppExtension>>;
}): Registry {
  const { database, directory, timeZone, log, extensions } = deps;
  let known: Promise<Known> | undefined;

  async function lookups(references: readonly (string | number)[]): Promise<Lookups> {
    const distinct = [...new Set(references)];
    const [users, groups] =
      distinct.length === 0
        ? [new Map<string | number, number>(), new Map<string | number, number>()]
        : await Promise.all([directory.userNumbers(distinct), directory.groupNumbers(distinct)]);
    return {
      timeZone: await timeZone(),
      user: (reference) => users.get(reference),
      group: (reference) => groups.get(reference),
    };
  }

  async function load(): Promise<Known> {
    const rows = await database.rows<{ version: number; definition: AppDeclaration }>(
      sql`SELECT version, definition FROM records.apps ORDER BY id`,
    );
    const found = await lookups(rows.flatMap(({ definition }) => referencesOf(definition, extensions)));
    const byId = new Map<number, App>();
    const byAlias = new Map<string, App>();
    for (const { version, definition } of rows) {
      const app = compileApp(definition, version, found);
      byId.set(app.id, app);
      if (app.alias !== undefined) byAlias.set(app.alias, app);
    }
    const apps = [...byId.values()];
    for (const field of apps.flatMap(({ fields }) => fields)) {
      const target = field.kind === 'reference' ? targetOf(field, apps) : undefined;
      if (target) field.shown = target.field;
    }
    return { byId, byAlias };
  }

  function current(): Promise<Known> {
    if (known === undefined) {
      const loading = load();
      known = loading;
      loading.catch((error: Error) => {
        log.error({ error: error.message }, 'the definitions of the apps could not be read');
        if (known === loading) known = undefined;
      });
    }
    return known;
  }

  return {
    lookups,
    async find(reference) {
      const { byId, byAlias } = await current();
      const numeric = typeof reference === 'number' || /^\d{1,9}$/.test(reference);
      const app = numeric ? byId.get(Number(reference)) : byAlias.get(String(reference));
      if (!app) throw errors.appNotFound({ app: reference });
      return app;
    },
    async all() {
      return [...(await current()).byId.values()];
    },
    async reload() {
      known = undefined;
      await current();
    },
  };
}

/** Users and groups that a definition names, in its rights and in what other modules add to it. */
export function referencesOf(
  declaration: AppDeclaration,
  extensions: Readonly<Record<string, AppExtension>>,
): (string | number)[] {
  return [
    ...(declaration.access ?? []).flatMap(({ subject, when }) => [
      ...(/^(user|group):/.test(subject) ? [splitSubject(subject)[1]] : []),
      ...conditionReferences(when),
    ]),
    ...Object.entries(extensions).flatMap(([key, { references }]) =>
      declaration[key] === undefined ? [] : (references?.(declaration[key]) ?? []),
    ),
  ];
}
