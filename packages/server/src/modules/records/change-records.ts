import type { Caller } from '../../platform/caller.ts';
import { sql, type Transaction } from '../../platform/database/database.ts';
import type { AppError } from '../../platform/errors.ts';
import type { App } from './app.ts';
import {
  announce,
  type Change,
  type ChangeDeps,
  defaultForm,
  holding,
  type SaveOptions,
  saveContext,
} from './changes.ts';
import { errors } from './errors.ts';
import { createInsertRecords, type InsertRecords } from './insert-records.ts';
import { checkFiles, checkReferences, fileHolders, moveFiles } from './links.ts';
import { once } from './once.ts';
import { type Access, accessOf, demand } from './rules/access.ts';
import { changedFields, historyChanges } from './rules/changed-fields.ts';
import { inputReferences, type RecordInput, readInput, readState, throwFaults } from './rules/inputs.ts';
import { saveError } from './rules/save-error.ts';
import type { RecordRow } from './store/columns.ts';
import { attachableFiles, attachFiles, deleteAttached } from './store/files.ts';
import { keepKeys } from './store/idempotency.ts';
import { readRecords } from './store/list.ts';
import * as save from './store/save.ts';
import { allTargets } from './targets.ts';

export type ChangeInput = RecordInput & { id: number; revision?: number };

export type ChangeRecords = {
  insert: InsertRecords;
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

export function createChangeRecords(deps: ChangeDeps): ChangeRecords {
  const { database, registry, predicates } = deps;

  async function update(caller: Caller, app: App, inputs: readonly ChangeInput[], options: SaveOptions = {}) {
    const access = accessOf(app, caller, app.lookups);
    demand(access, 'change');
    return once(deps, caller, app, options, () => updateNow(caller, app, access, inputs, options));
  }

  async function updateNow(
    caller: Caller,
    app: App,
    access: Access,
    inputs: readonly ChangeInput[],
    options: SaveOptions,
  ): Promise<RecordRow[]> {
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
    const context = await saveContext(registry, app, wanted, [{ caller }]);
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
    await keepKey(tx, caller, app, options, changes);
    await announce(deps, tx, announced);
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
    await once(deps, caller, app, options, async () => {
      await removeNow(caller, app, access, wanted, options);
      return [];
    });
  }

  function removeNow(
    caller: Caller,
    app: App,
    access: Access,
    wanted: readonly { id: number; revision?: number }[],
    options: SaveOptions,
  ): Promise<void> {
    return database.transaction(async (tx) => {
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
      await keepKey(tx, caller, app, options, wanted);
      await announce(deps, tx, gone);
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

  return { insert: createInsertRecords(deps), update, remove, attachFile, detachFile };
}

async function keepKey(
  tx: Transaction,
  caller: Caller,
  app: App,
  { idempotency }: SaveOptions,
  saved: readonly { id: number }[],
): Promise<void> {
  if (!idempotency) return;
  await keepKeys(tx, [{ user: caller.user, idempotency, app: app.id, records: saved.map(({ id }) => id) }]);
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
