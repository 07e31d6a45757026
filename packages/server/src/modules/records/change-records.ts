import type { Caller } from '../../platform/caller.ts';
import { type Database, sql, type Transaction } from '../../platform/database/database.ts';
import { type AppError, pointerStep } from '../../platform/errors.ts';
import type { App, AppField } from './app.ts';
import type { Condition } from './definition.ts';
import { errors } from './errors.ts';
import { checkFiles, checkReferences, fileHolders, moveFiles } from './links.ts';
import type { Registry } from './registry.ts';
import { type Access, accessOf, demand } from './rules/access.ts';
import { changedFields, historyChanges } from './rules/changed-fields.ts';
import { conditionSql } from './rules/condition-sql.ts';
import {
  defaultValues,
  type InputForm,
  inputReferences,
  nameOf,
  type RecordInput,
  readInput,
  readState,
  throwFaults,
} from './rules/inputs.ts';
import { processIdSeries } from './rules/process-id.ts';
import { saveError } from './rules/save-error.ts';
import type { StoredValue } from './rules/values.ts';
import type { RecordRow } from './store/columns.ts';
import { attachableFiles, attachFiles, deleteAttached } from './store/files.ts';
import { type IdempotencyKey, keepKeys, recordsOfKey } from './store/idempotency.ts';
import { readRecords } from './store/list.ts';
import * as save from './store/save.ts';
import { allTargets } from './targets.ts';

export type ChangeInput = RecordInput & { id: number; revision?: number };

export type SaveOptions = {
  form?: InputForm;
  /** False: no automatic processing for this save (appsuite §2.7). */
  automations?: boolean;
  /** How many automations led to this save, one by the other. */
  depth?: number;
  /** The word for it in the access log. */
  operation?: string;
  /** New records only: the same key gives the records of the first time. */
  idempotency?: IdempotencyKey;
};

/** What happened to one record, told to the listeners inside the transaction. */
export type Change = {
  app: App;
  kind: 'added' | 'updated' | 'deleted';
  caller: Caller;
  options: SaveOptions;
  before: RecordRow | undefined;
  after: RecordRow | undefined;
  /** Fields whose value differs (all entered ones of a new record). */
  changed: ReadonlySet<AppField>;
  stateChanged: boolean;
  /** Keys of the predicates that hold for the record as it is now. */
  holds: ReadonlySet<string>;
};

export type ChangeListener = (tx: Transaction, changes: readonly Change[]) => Promise<void>;
export type Predicate = { key: string; condition: Condition };

export type ChangeRecords = {
  insert(
    caller: Caller,
    app: App,
    inputs: readonly RecordInput[],
    options?: SaveOptions,
  ): Promise<RecordRow[]>;
  update(
    caller: Caller,
    app: App,
    inputs: readonly ChangeInput[],
    options?: SaveOptions,
  ): Promise<RecordRow[]>;
  remove(
    caller: Caller,
    app: App,
    wanted: readonly { id: number; revision?: number }[],
    options?: SaveOptions,
  ): Promise<void>;
  /**
   * Gives an uploaded file of the caller to a record that he may change, in none of its fields; the record stays as it
   * is, and locked until the transaction ends.
   */
  attachFile(tx: Transaction, caller: Caller, app: App, record: number, file: number): Promise<void>;
  /** Destroys a file that was given to a record so; the same right, the same lock. */
  detachFile(tx: Transaction, caller: Caller, app: App, record: number, file: number): Promise<void>;
};

const defaultForm: InputForm = { by: 'name', place: '/fields' };
/** New records of one app are saved together while an earlier save of it runs, at most this many. */
const groupSize = 200;

type Prepared = {
  user: number;
  values: Map<AppField, StoredValue>;
  state?: string;
  processId?: string;
  caller: Caller;
  options: SaveOptions;
};

export function createChangeRecords(deps: {
  database: Database;
  registry: Registry;
  listeners: readonly ChangeListener[];
  /** Conditions that listeners want judged on saved records. */
  predicates: (app: App) => readonly Predicate[];
}): ChangeRecords {
  const { database, registry, listeners, predicates } = deps;
  const groups = new Map<
    number,
    { waiting: { records: Prepared[]; done: (result: Promise<RecordRow[]>) => void }[] }
  >();

  async function insert(caller: Caller, app: App, inputs: readonly RecordInput[], options: SaveOptions = {}) {
    const access = accessOf(app, caller, app.lookups);
    demand(access, 'add');
    const earlier = await madeBefore(caller, app, options);
    if (earlier) return earlier;
    const form = options.form ?? defaultForm;
    const many = inputs.length > 1;
    const lookups = await registry.lookups(inputReferences(app, inputs));
    const faults: AppError[] = [];
    const records = inputs.map((input, index): Prepared => {
      const place = many ? `/records/${index}` : '';
      const at = { ...form, place: place + form.place };
      const values = defaultValues(app, caller, lookups);
      for (const [field, value] of readInput(app, access, input.values, at, lookups, faults))
        values.set(field, value);
      for (const field of app.fields) {
        const empty = (values.get(field) ?? null) === null;
        const faulty = faults.some((fault) => fault.place === at.place + pointerStep(nameOf(field, form)));
        if (field.required && empty && !faulty && !access.readOnly.has(field) && !access.hidden.has(field)) {
          faults.push(errors.required({ field: field.name }, at.place + pointerStep(nameOf(field, form))));
        }
      }
      const state = readState(app, input.state ?? app.states?.[0], `${place}/state`, faults);
      return { caller, options, values, user: caller.user, ...(state !== undefined && { state }) };
    });
    throwFaults(faults);
    await giveNumbers(app, records);
    return inGroup(app, records).catch(async (error) => {
      if ((error as AppError).code !== 'records.repeated') throw error;
      return (await madeBefore(caller, app, options)) ?? Promise.reject(error);
    });
  }

  /** What an earlier request with the same idempotency key made. */
  async function madeBefore(
    caller: Caller,
    app: App,
    { idempotency }: SaveOptions,
  ): Promise<RecordRow[] | undefined> {
    const ids = idempotency && (await recordsOfKey(database, caller.user, app.id, idempotency));
    if (!ids) return undefined;
    const targets = allTargets(app, await registry.all());
    const rows = await readRecords(database, app, ids, { fields: app.fields, targets, where: sql`true` });
    return ids.flatMap((id) => rows.find((row) => row.id === id) ?? []);
  }

  /** Saves with those that wait for the same app: one transaction, one statement, one commit. */
  function inGroup(app: App, records: Prepared[]): Promise<RecordRow[]> {
    const group = groups.get(app.id);
    if (group) {
      return new Promise((resolve) => {
        group.waiting.push({ records, done: resolve });
      });
    }
    const fresh = { waiting: [] };
    groups.set(app.id, fresh);
    return saveNew(app.id, records).finally(() => nextGroup(app.id));
  }

  function nextGroup(appId: number): void {
    const group = groups.get(appId)!;
    if (group.waiting.length === 0) {
      groups.delete(appId);
      return;
    }
    const members = [group.waiting.shift()!];
    let size = members[0]!.records.length;
    while (group.waiting.length > 0 && size + group.waiting[0]!.records.length <= groupSize) {
      const next = group.waiting.shift()!;
      size += next.records.length;
      members.push(next);
    }
    void saveGroup(appId, members).finally(() => nextGroup(appId));
  }

  async function saveGroup(
    appId: number,
    members: readonly { records: Prepared[]; done: (result: Promise<RecordRow[]>) => void }[],
  ): Promise<void> {
    try {
      const rows = await saveNew(
        appId,
        members.flatMap(({ records }) => records),
      );
      for (const { records, done } of members) done(Promise.resolve(rows.splice(0, records.length)));
    } catch (error) {
      if (members.length === 1) {
        members[0]!.done(Promise.reject(error));
        return;
      }
      // somebody's record does not fit: each one alone, so that only he hears of it
      for (const { records, done } of members) {
        const alone = saveNew(appId, records);
        done(alone);
        await alone.catch(() => undefined);
      }
    }
  }

  /** Retries with the fresh definition when another process has changed the app meanwhile. */
  async function saveNew(appId: number, records: readonly Prepared[]): Promise<RecordRow[]> {
    for (let attempt = 1; ; attempt++) {
      const app = await registry.find(appId);
      const current = records.map((record) => ({ ...record, values: sameFields(app, record.values) }));
      const rows = await database
        .transaction((tx) => insertIn(tx, app, current))
        .catch((error) => {
          throw saveError(error, app);
        });
      if (rows.length === records.length) return rows;
      if (attempt >= 5) throw new Error(`the definition of app ${appId} keeps changing`);
      await registry.reload();
    }
  }

  async function insertIn(tx: Transaction, app: App, records: readonly Prepared[]): Promise<RecordRow[]> {
    await checkReferences(tx, app, await registry.all(), records);
    await checkFiles(tx, app, records);
    const wanted = predicates(app);
    const rows = await save.insertRecords(tx, await saveContext(app, wanted, records), records);
    if (rows.length < records.length) return rows;
    await attachFiles(
      tx,
      fileHolders(
        app,
        rows.map(({ id }, index) => ({ id, values: records[index]!.values })),
      ),
    );
    await keepKeys(tx, keyed(app, records, rows));
    const entered = new Set(app.fields);
    await announce(
      tx,
      rows.map((after, index) => ({
        app,
        kind: 'added' as const,
        caller: records[index]!.caller,
        options: records[index]!.options,
        before: undefined,
        after,
        changed: entered,
        stateChanged: after.state !== null,
        holds: holding(after, wanted),
      })),
    );
    return rows;
  }

  async function update(caller: Caller, app: App, inputs: readonly ChangeInput[], options: SaveOptions = {}) {
    const access = accessOf(app, caller, app.lookups);
    demand(access, 'change');
    const form = options.form ?? defaultForm;
    const lookups = await registry.lookups(inputReferences(app, inputs));
    const faults: AppError[] = [];
    const changes = inputs.map((input, index) => {
      const place = inputs.length > 1 ? `/records/${index}` : '';
      const values = readInput(
        app,
        access,
        input.values,
        { ...form, place: place + form.place },
        lookups,
        faults,
      );
      const state = readState(app, input.state, `${place}/state`, faults);
      return { id: input.id, revision: input.revision, values, ...(state !== undefined && { state }) };
    });
    throwFaults(faults);
    for (let attempt = 1; ; attempt++) {
      const now = await registry.find(app.id);
      const rows = await database
        .transaction((tx) => updateIn(tx, now, caller, changes, options))
        .catch((error) => {
          throw saveError(error, now);
        });
      if (rows) return rows;
      if (attempt >= 5) throw new Error(`the definition of app ${app.id} keeps changing`);
      await registry.reload();
    }
  }

  /** Undefined: the definition is no longer this one. */
  async function updateIn(
    tx: Transaction,
    app: App,
    caller: Caller,
    changes: readonly (save.RecordChange & { revision: number | undefined })[],
    options: SaveOptions,
  ): Promise<RecordRow[] | undefined> {
    const access = accessOf(app, caller, app.lookups);
    const before = await lockFor(tx, app, access, 'change', changes);
    const withUser = changes.map((change) => ({ ...change, user: caller.user }));
    await checkReferences(tx, app, await registry.all(), withUser);
    await checkFiles(tx, app, withUser);
    const wanted = predicates(app);
    const context = await saveContext(app, wanted, [{ caller }]);
    const after = new Map<number, RecordRow>();
    for (const alike of groupAlike(changes)) {
      const rows = await save.updateRecords(tx, context, caller.user, alike);
      if (rows.length < alike.length) return undefined;
      for (const row of rows) after.set(row.id, row);
    }
    const announced = [...after.values()].map((row): Change => {
      const earlier = before.get(row.id)!;
      return {
        app,
        kind: 'updated',
        caller,
        options,
        before: earlier,
        after: row,
        changed: changedFields(app, earlier, row),
        stateChanged: earlier.state !== row.state,
        holds: holding(row, wanted),
      };
    });
    const entries = announced.map((change) => ({
      record: change.after!.id,
      revision: change.after!.revision,
      changes: historyChanges(change),
    }));
    await save.insertHistory(tx, app.id, caller.user, caller.via, entries);
    const moved = changes.map(({ id, values }) => ({ before: before.get(id)!, values }));
    await moveFiles(tx, app, moved, fileHolders(app, changes));
    await announce(tx, announced);
    return changes.map(({ id }) => after.get(id)!);
  }

  async function remove(
    caller: Caller,
    app: App,
    wanted: readonly { id: number; revision?: number }[],
    options: SaveOptions = {},
  ) {
    const access = accessOf(app, caller, app.lookups);
    demand(access, 'delete');
    await database.transaction(async (tx) => {
      const before = await lockFor(tx, app, access, 'delete', wanted);
      await save.deleteRecords(tx, app, [...before.keys()]);
      const gone = [...before.values()].map(
        (row): Change => ({
          app,
          kind: 'deleted',
          caller,
          options,
          before: row,
          after: undefined,
          changed: new Set(),
          stateChanged: false,
          holds: new Set(),
        }),
      );
      await announce(tx, gone);
    });
  }

  async function attachFile(tx: Transaction, caller: Caller, app: App, record: number, file: number) {
    const access = accessOf(app, caller, app.lookups);
    demand(access, 'change');
    await lockFor(tx, app, access, 'change', [{ id: record, revision: undefined }]);
    const allowed = await attachableFiles(tx, app.id, caller.user, record, [file]);
    if (!allowed.has(file)) throw errors.fileNotFound({ id: file });
    await attachFiles(tx, [{ file, record, field: null }]);
  }

  async function detachFile(tx: Transaction, caller: Caller, app: App, record: number, file: number) {
    const access = accessOf(app, caller, app.lookups);
    demand(access, 'change');
    await lockFor(tx, app, access, 'change', [{ id: record, revision: undefined }]);
    if (!(await deleteAttached(tx, { app: app.id, record, file }))) throw errors.fileNotFound({ id: file });
  }

  async function announce(tx: Transaction, changes: readonly Change[]): Promise<void> {
    for (const listener of listeners) await listener(tx, changes);
  }

  /** Locks the rows that the caller sees, checking the right to do it and the revisions he expects. */
  async function lockFor(
    tx: Transaction,
    app: App,
    access: Access,
    operation: 'change' | 'delete',
    wanted: readonly { id: number; revision?: number | undefined }[],
  ): Promise<Map<number, RecordRow>> {
    const rows = await readRecords(
      tx,
      app,
      wanted.map(({ id }) => id),
      {
        fields: app.fields,
        targets: allTargets(app, await registry.all()),
        where: access.allows('view') ? access.condition('view') : access.condition(operation),
        extra: sql`(${access.condition(operation)}) AS allowed`,
        lock: true,
      },
    );
    const found = new Map(rows.map((row) => [row.id, row]));
    for (const { id, revision } of wanted) {
      const row = found.get(id);
      if (!row) throw errors.recordNotFound({ id });
      if (!row.allowed) throw errors.forbidden({ operation });
      if (revision !== undefined && revision !== row.revision) throw errors.stale({ revision: row.revision });
    }
    return found;
  }

  async function saveContext(app: App, wanted: readonly Predicate[], savers: readonly { caller: Caller }[]) {
    const groups = Object.fromEntries(savers.map(({ caller }) => [caller.user, caller.groups]));
    // the acting user is in the row itself, so that one statement serves the records of many
    const caller = {
      user: sql`t.updated_by`,
      groups: sql`ARRAY(SELECT json_array_elements_text(${JSON.stringify(groups)}::json -> t.updated_by::text)::integer)`,
    };
    return {
      app,
      targets: allTargets(app, await registry.all()),
      predicates: wanted.map(({ condition }) => conditionSql(app, condition, { ...app.lookups, caller })),
    };
  }

  /** Automatic numbers and process ids; taken outside the transaction, so that savers do not wait for each other. */
  async function giveNumbers(app: App, records: Prepared[]): Promise<void> {
    for (const field of app.fields.filter(({ type }) => type === 'autoNumber')) {
      const first = await save.takeNumbers(database, app.id, field.column, records.length);
      for (const [index, record] of records.entries()) record.values.set(field, first + index);
    }
    const process = app.declaration.process as { idPattern: string } | undefined;
    if (!process) return;
    const series = processIdSeries(process.idPattern, new Date(), app.lookups.timeZone);
    const first = await save.takeNumbers(database, app.id, series.name, records.length);
    for (const [index, record] of records.entries()) record.processId = series.id(first + index);
  }

  return { insert, update, remove, attachFile, detachFile };
}

/** The records of each request that gave an idempotency key. */
function keyed(app: App, records: readonly Prepared[], rows: readonly RecordRow[]) {
  const byRequest = new Map<SaveOptions, { user: number; app: number; records: number[] }>();
  for (const [index, { options, user }] of records.entries()) {
    if (!options.idempotency) continue;
    const made = byRequest.get(options) ?? { user, app: app.id, records: [] };
    made.records.push(rows[index]!.id);
    byRequest.set(options, made);
  }
  return [...byRequest].map(([{ idempotency }, made]) => ({ ...made, idempotency: idempotency! }));
}

/** Values for the fields as they are now: an app may have changed since they were read. */
function sameFields(app: App, values: ReadonlyMap<AppField, StoredValue>): Map<AppField, StoredValue> {
  return new Map(
    [...values].flatMap(([{ id }, value]) => {
      const field = app.fieldsById.get(id);
      return field ? [[field, value] as const] : [];
    }),
  );
}

/** Changes that set the same fields go into one statement. */
function groupAlike(changes: readonly save.RecordChange[]): save.RecordChange[][] {
  const groups = new Map<string, save.RecordChange[]>();
  for (const change of changes) {
    const key = `${[...change.values.keys()].map(({ id }) => id).sort()}/${change.state !== undefined}`;
    const group = groups.get(key);
    if (group) group.push(change);
    else groups.set(key, [change]);
  }
  return [...groups.values()];
}

function holding(row: RecordRow, predicates: readonly Predicate[]): Set<string> {
  return new Set(predicates.filter((_, index) => row[`holds_${index}`] === true).map(({ key }) => key));
}
