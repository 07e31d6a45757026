import type { Readable } from 'node:stream';
import type { TSchema } from 'typebox';
import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import type { AppError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log/log.ts';
import type { WorkspaceSection } from '../../platform/workspace-section.ts';
import type { App } from './app.ts';
import { type ChangeRecords, createChangeRecords } from './change-records.ts';
import type { ChangeListener, Predicate } from './changes.ts';
import type { AppDeclaration } from './definition.ts';
import { type DescribedField, describeFields } from './describe-fields.ts';
import { errors } from './errors.ts';
import { createReadRecords, type ReadRecords } from './read-records.ts';
import { createRegistry, type Directory } from './registry.ts';
import { accessOf, demand } from './rules/access.ts';
import { createAppsSection } from './section.ts';
import type { FileInfo } from './store/columns.ts';
import { discardFiles, discardLeftOverFiles, findFile, readFile, storeFile } from './store/files.ts';
import { forgetOldKeys } from './store/idempotency.ts';

export { type App, type AppField, isComputed } from './app.ts';
export type { ChangeInput } from './change-records.ts';
export type { Change, ChangeListener, Predicate, SaveOptions } from './changes.ts';
export {
  type AccessRule,
  type AppDeclaration,
  type Comparison,
  type Condition,
  ConditionSchema,
  type FieldDefinition,
  systemFields,
} from './definition.ts';
export {
  type HistoryItem,
  type ListOptions,
  type RecordPage,
  rightsOf,
  type SavedRecords,
} from './read-records.ts';
export type { Directory } from './registry.ts';
export { type Access, accessOf, seesAll } from './rules/access.ts';
export { conditionFaults, conditionReferences, loginUser, loginUserGroups } from './rules/condition-sql.ts';
export type { InputForm, RecordInput } from './rules/inputs.ts';
export {
  type JsonMember,
  type JsonValue,
  jsonInstant,
  type MemberNames,
  type MemberSource,
  memberJson,
  memberNames,
  toJson,
} from './rules/json-values.ts';
export { isProcessIdPattern } from './rules/process-id.ts';
export { fromText, lines } from './rules/text-values.ts';
export type { StoredValue, TableRow } from './rules/values.ts';
export { type FileInfo, type RecordRow, recordValue, referencedId } from './store/columns.ts';

/** A part of an app's definition that another module understands: its schema and rules, and what it keeps secret. */
export type AppExtension = {
  schema: TSchema;
  /** Mistakes beyond the schema, with pointers below `place`; `apps` are all as they would be after the apply. */
  check?(app: App, declared: unknown, place: string, apps: readonly AppDeclaration[]): AppError[];
  /** Users and groups (login names, ids) that it names: `check` finds them by `app.lookups`. */
  references?(declared: unknown): (string | number)[];
  /** Turns secrets into what may be stored, and back for comparison and export. */
  seal?(declared: unknown): unknown;
  open?(stored: unknown): unknown;
  /** What becomes of declared and stored parts that the file changes (automations are matched by title). */
  merge?(stored: unknown, declared: unknown, prune: boolean): unknown;
};

export type Records = ReadRecords &
  ChangeRecords & {
    /** By id or alias, if the caller may know of it. @throws AppError `appNotFound` */
    app(caller: Caller, reference: number | string): Promise<App>;
    /** The first app that `is` recognises, if the caller may know of it; undefined otherwise. */
    findApp(caller: Caller, is: (app: App) => boolean): Promise<App | undefined>;
    /** The apps that the caller may view or administer, by id. */
    apps(caller: Caller): Promise<App[]>;
    /** The fields of an app that the caller may see, without the names of what he may not see. */
    describeFields(caller: Caller, app: App): Promise<DescribedField[]>;
    uploadFile(
      caller: Caller,
      app: App,
      file: { name: string; mediaType: string },
      content: Readable,
    ): Promise<FileInfo>;
    /** A file the caller may see, with its content as a stream of pieces. */
    openFile(
      caller: Caller,
      app: App,
      id: number,
    ): Promise<{ info: FileInfo; content: AsyncGenerator<Buffer> }>;
    /** Takes back uploads that were not saved with a record. */
    discardFiles(ids: readonly number[]): Promise<void>;
    /** Removes uploads that no record took and idempotency keys of yesterday; for a daily job. */
    cleanUp(): Promise<void>;
    /** Calls `listener` inside the transaction of every change; before anything is served. */
    onChange(listener: ChangeListener): void;
    /** Conditions to be judged on every saved record, told in `Change.holds`; before anything is served. */
    judge(predicates: (app: App) => readonly Predicate[]): void;
    section: WorkspaceSection;
  };

/** Apps and their records: typed tables, rights, revisions, history, files (docs/architecture.md). */
export function createRecords(deps: {
  database: Database;
  directory: Directory;
  /** The workspace's time zone, for wall-clock values and formulas. */
  timeZone: () => Promise<string>;
  log: Logger;
  extensions: Readonly<Record<string, AppExtension>>;
}): Records {
  const { database } = deps;
  const registry = createRegistry(deps);
  const listeners: ChangeListener[] = [];
  const judges: ((app: App) => readonly Predicate[])[] = [];
  const read = createReadRecords({ database, registry });
  const change = createChangeRecords({
    database,
    registry,
    listeners,
    predicates: (app) => judges.flatMap((judge) => judge(app)),
  });

  function knows(caller: Caller, app: App): boolean {
    const access = accessOf(app, caller, app.lookups);
    return (['view', 'add', 'administer'] as const).some((operation) => access.allows(operation));
  }

  return {
    ...read,
    ...change,
    async app(caller, reference) {
      const app = await registry.find(reference);
      if (!knows(caller, app)) throw errors.appNotFound({ app: reference });
      return app;
    },
    async findApp(caller, is) {
      const app = (await registry.all()).find(is);
      return app && knows(caller, app) ? app : undefined;
    },
    async apps(caller) {
      return (await registry.all()).filter((app) => knows(caller, app));
    },
    describeFields: async (caller, app) => describeFields(caller, app, await registry.all()),
    async uploadFile(caller, app, { name, mediaType }, content) {
      const access = accessOf(app, caller, app.lookups);
      if (!access.allows('change')) demand(access, 'add');
      return storeFile(database, { app: app.id, name, mediaType, user: caller.user }, content);
    },
    async openFile(caller, app, id) {
      const file = await findFile(database, app.id, id);
      if (!file) throw errors.fileNotFound({ id });
      if (file.record === null) {
        if (file.uploadedBy !== caller.user) throw errors.fileNotFound({ id });
      } else {
        const { fields } = await read.get(caller, app, file.record).catch((error: AppError) => {
          throw error.kind === 'notFound' ? errors.fileNotFound({ id }) : error;
        });
        const field = fields.find((one) => one.id === file.field);
        if (file.field !== null && !field) throw errors.fileNotFound({ id });
      }
      return { info: file, content: readFile(database, id) };
    },
    discardFiles: (ids) => discardFiles(database, ids),
    async cleanUp() {
      await discardLeftOverFiles(database);
      await forgetOldKeys(database);
    },
    onChange(listener) {
      listeners.push(listener);
    },
    judge(predicates) {
      judges.push(predicates);
    },
    section: createAppsSection({ registry, extensions: deps.extensions }),
  };
}
