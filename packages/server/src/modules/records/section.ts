import { isDeepStrictEqual } from 'node:util';
import { Type } from 'typebox';
import { type Queryable, sql, type Transaction } from '../../platform/database/database.ts';
import type { AppError } from '../../platform/errors.ts';
import type { Change, WorkspaceFile, WorkspaceSection } from '../../platform/workspace-section.ts';
import { type App, compileApp } from './app.ts';
import { type AppDeclaration, appSchema, type FieldDefinition } from './definition.ts';
import { errors } from './errors.ts';
import type { AppExtension } from './index.ts';
import { type Registry, referencesOf } from './registry.ts';
import { removals } from './removals.ts';
import { appFaults, brokenReferences, fieldFaults } from './rules/app-faults.ts';
import type { Lookups } from './rules/values.ts';
import * as tables from './store/app-tables.ts';

type StoredApp = { id: number; version: number; definition: AppDeclaration };
type Extensions = Readonly<Record<string, AppExtension>>;

/** The workspace file's `apps`: their definitions and, with them, their tables. */
export function createAppsSection(deps: { registry: Registry; extensions: Extensions }): WorkspaceSection {
  const { registry, extensions } = deps;
  const schemas = Object.fromEntries(Object.entries(extensions).map(([key, { schema }]) => [key, schema]));

  return {
    schemas: { apps: Type.Array(appSchema(schemas)) },
    async plan(db, file, { prune, replaceApps = false, removeApps = [] }) {
      const declared = (file.apps ?? []) as AppDeclaration[];
      const stored = await storedApps(db);
      const byId = new Map(stored.map((one) => [one.id, one]));
      const lookups = await lookupsFor(registry, file, declared, extensions);
      const wanted = declared.map((app) => merged(app, byId.get(app.id), extensions, prune || replaceApps));
      const faults = [...aliasFaults(declared, stored, prune)];
      const others = stored.filter(({ id }) => !declared.some((app) => app.id === id));
      const removed = others.filter(
        ({ id }) => (prune && file.apps !== undefined) || removeApps.includes(id),
      );
      const kept = prune
        ? []
        : others.filter((one) => !removed.includes(one)).map(({ definition }) => definition);
      const compiledOthers = kept.map((definition) => compileApp(definition, 0, lookups));
      for (const [index, app] of wanted.entries()) {
        const place = `/apps/${index}`;
        const shape = [
          ...fieldFaults(app.fields, `${place}/fields`),
          ...typeFaults(app, byId.get(app.id)?.definition, `${place}/fields`),
        ];
        faults.push(...shape);
        if (shape.length > 0) continue;
        const compiled = compileApp(app, 0, lookups);
        faults.push(...appFaults(compiled, wanted, compiledOthers, lookups, place));
        for (const [key, extension] of Object.entries(extensions)) {
          const part = declared[index]![key];
          if (part !== undefined)
            faults.push(
              ...(extension.check?.(compiled, part, `${place}/${key}`, [...wanted, ...kept]) ?? []),
            );
        }
      }
      const changes = wanted.flatMap((app) => appChanges(app, byId.get(app.id)?.definition, extensions));
      const replaced = wanted.flatMap((after, index) => {
        const before = byId.get(after.id)?.definition;
        return before ? [{ before, after, index }] : [];
      });
      const removedApps = removed.map(({ definition }) => definition);
      changes.push(...(await removals(db, removedApps, replaced)));
      faults.push(...brokenReferences(replaced, kept));
      return {
        changes,
        faults,
        async apply(tx) {
          for (const { id } of removed) await removeApp(tx, id);
          for (const app of wanted) await saveApp(tx, app, byId.get(app.id), extensions, lookups);
        },
      };
    },
    async export(db) {
      const apps = await storedApps(db);
      return { apps: apps.map(({ definition }) => opened(definition, extensions)) };
    },
    reload: () => registry.reload(),
  };
}

async function storedApps(db: Queryable): Promise<StoredApp[]> {
  return db.rows<StoredApp>(sql`SELECT id, version, definition FROM records.apps ORDER BY id`);
}

/** Users and groups may stand in the same file and not be saved yet: their ids are enough for checking. */
async function lookupsFor(
  registry: Registry,
  file: WorkspaceFile,
  declared: readonly AppDeclaration[],
  extensions: Extensions,
): Promise<Lookups> {
  const references = declared.flatMap((app) => referencesOf(app, extensions));
  const known = await registry.lookups(references);
  const listed = (key: string) =>
    new Set(
      ((file[key] ?? []) as { id: string; number?: number }[]).flatMap(({ id, number }) => [id, number]),
    );
  const [users, groups] = [listed('users'), listed('groups')];
  const settings = file.settings as { timezone?: string } | undefined;
  return {
    timeZone: settings?.timezone ?? known.timeZone,
    user: (reference) => known.user(reference) ?? (users.has(reference as string) ? 1 : undefined),
    group: (reference) => known.group(reference) ?? (groups.has(reference as string) ? 1 : undefined),
  };
}

/** What the file says laid over what is stored; objects that it does not mention stay, unless pruned. */
function merged(
  app: AppDeclaration,
  stored: StoredApp | undefined,
  extensions: Extensions,
  prune: boolean,
): AppDeclaration {
  if (!stored) return app;
  const before = opened(stored.definition, extensions);
  const ids = new Set(app.fields.map(({ id }) => id));
  const kept = prune ? [] : before.fields.filter(({ id }) => !ids.has(id));
  const whole: AppDeclaration = { ...(prune ? {} : before), ...app, fields: [...app.fields, ...kept] };
  for (const [key, { merge }] of Object.entries(extensions)) {
    if (merge && app[key] !== undefined) whole[key] = merge(before[key], app[key], prune);
  }
  return whole;
}

function mapped(app: AppDeclaration, extensions: Extensions, which: 'seal' | 'open'): AppDeclaration {
  const parts = Object.entries(extensions)
    .filter(([key, extension]) => app[key] !== undefined && extension[which])
    .map(([key, extension]) => [key, extension[which]!(app[key])]);
  return { ...app, ...Object.fromEntries(parts) };
}

function opened(app: AppDeclaration, extensions: Extensions): AppDeclaration {
  return mapped(app, extensions, 'open');
}

function aliasFaults(
  declared: readonly AppDeclaration[],
  stored: readonly StoredApp[],
  prune: boolean,
): AppError[] {
  const faults: AppError[] = [];
  const ids = new Set(declared.map(({ id }) => id));
  const kept = prune ? [] : stored.filter(({ id }) => !ids.has(id)).map(({ definition }) => definition);
  const aliases = new Set<unknown>(kept.map(({ alias }) => alias).filter((alias) => alias !== undefined));
  const seen = new Set<number>();
  for (const [index, { id, alias }] of declared.entries()) {
    if (seen.has(id)) faults.push(errors.duplicate({ what: 'id', value: id }, `/apps/${index}/id`));
    seen.add(id);
    if (alias === undefined) continue;
    if (aliases.has(alias))
      faults.push(errors.duplicate({ what: 'alias', value: alias }, `/apps/${index}/alias`));
    aliases.add(alias);
  }
  return faults;
}

/** Which column a field has: types that share one may replace each other. */
function columnClass(field: FieldDefinition): string {
  const type = field.type === 'formula' ? `formula ${field.result}` : field.type;
  return ['text', 'textarea', 'richText'].includes(type) ? 'text' : type;
}

function typeFaults(app: AppDeclaration, before: AppDeclaration | undefined, place: string): AppError[] {
  const earlier = new Map(before?.fields.map((field) => [field.id, field]));
  return app.fields.flatMap((field, index) => {
    const old = earlier.get(field.id);
    if (!old || columnClass(old) === columnClass(field)) return [];
    const params = { id: field.id, before: columnClass(old), after: columnClass(field) };
    return [errors.typeChanged(params, `${place}/${index}/type`)];
  });
}

/** One line for the app and one for each automation and field that differs. */
function appChanges(
  app: AppDeclaration,
  stored: AppDeclaration | undefined,
  extensions: Extensions,
): Change[] {
  const id = String(app.id);
  if (!stored) return [{ action: 'add', kind: 'app', id, details: [app.name] }];
  const before = opened(stored, extensions);
  if (isDeepStrictEqual(before, app)) return [{ action: 'keep', kind: 'app', id }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(app)])];
  const details = keys.filter((key) => !isDeepStrictEqual(before[key], app[key]));
  return [{ action: 'change', kind: 'app', id, details }];
}

async function saveApp(
  tx: Transaction,
  wanted: AppDeclaration,
  stored: StoredApp | undefined,
  extensions: Extensions,
  lookups: Lookups,
): Promise<void> {
  const definition = JSON.stringify(mapped(wanted, extensions, 'seal'));
  const app = compileApp(wanted, (stored?.version ?? 0) + 1, lookups);
  if (!stored) {
    await tx.run(sql`
      INSERT INTO records.apps (id, alias, name, definition)
      VALUES (${app.id}, ${app.alias ?? null}, ${app.name}, ${definition}::json)`);
    await tables.createAppTable(tx, app);
    return;
  }
  const before = opened(stored.definition, extensions);
  if (isDeepStrictEqual(before, wanted)) return;
  await tx.run(sql`
    UPDATE records.apps SET version = version + 1, alias = ${app.alias ?? null}, name = ${app.name},
                            definition = ${definition}::json
    WHERE id = ${app.id}`);
  await alterTable(tx, app, before);
}

async function alterTable(tx: Transaction, app: App, before: AppDeclaration): Promise<void> {
  const earlier = new Map(before.fields.map((field) => [field.id, field]));
  for (const { id } of before.fields) {
    if (!app.fieldsById.has(id)) await tables.dropField(tx, app.id, id);
  }
  for (const field of app.fields) {
    const old = earlier.get(field.id);
    if (!old) {
      await tables.addField(tx, app, field);
    } else if (!isDeepStrictEqual(old, field.declared)) {
      await tables.alterField(tx, app, field, old);
    }
  }
  if (app.states && before.process === undefined) await tables.becomeProcess(tx, app);
}

async function removeApp(tx: Transaction, id: number): Promise<void> {
  await tables.dropAppTable(tx, id);
  await tx.run(sql`DELETE FROM records.files WHERE app = ${id}`);
  await tx.run(sql`DELETE FROM records.history WHERE app = ${id}`);
  await tx.run(sql`DELETE FROM records.apps WHERE id = ${id}`);
}
