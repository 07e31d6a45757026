import type { Caller } from '../../platform/caller.ts';
import type { Transaction } from '../../platform/database/database.ts';
import { type AppError, pointerStep } from '../../platform/errors.ts';
import type { App, AppField } from './app.ts';
import { announce, type ChangeDeps, defaultForm, holding, type SaveOptions, saveContext } from './changes.ts';
import { errors } from './errors.ts';
import { checkFiles, checkReferences, fileHolders } from './links.ts';
import { once } from './once.ts';
import { type Access, accessOf, demand } from './rules/access.ts';
import {
  defaultValues,
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
import { createSaveQueue } from './save-queue.ts';
import type { RecordRow } from './store/columns.ts';
import { attachFiles } from './store/files.ts';
import { keepKeys } from './store/idempotency.ts';
import * as save from './store/save.ts';

export type InsertRecords = (
  caller: Caller,
  app: App,
  inputs: readonly RecordInput[],
  options?: SaveOptions,
) => Promise<RecordRow[]>;

type Prepared = {
  user: number;
  values: Map<AppField, StoredValue>;
  state?: string;
  processId?: string;
  caller: Caller;
  options: SaveOptions;
};

/** Saving new records. */
export function createInsertRecords(deps: ChangeDeps): InsertRecords {
  const { database, registry, predicates } = deps;
  const queued = createSaveQueue(saveNew);

  async function insert(caller: Caller, app: App, inputs: readonly RecordInput[], options: SaveOptions = {}) {
    const access = accessOf(app, caller, app.lookups);
    demand(access, 'add');
    return once(deps, caller, app, options, () => insertNow(caller, app, access, inputs, options));
  }

  async function insertNow(
    caller: Caller,
    app: App,
    access: Access,
    inputs: readonly RecordInput[],
    options: SaveOptions,
  ): Promise<RecordRow[]> {
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
    return queued(app.id, records);
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
    const rows = await save.insertRecords(tx, await saveContext(registry, app, wanted, records), records);
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
      deps,
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

  return insert;
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
