import type { Caller } from '../../platform/caller.ts';
import { type Database, sql, type Transaction } from '../../platform/database/database.ts';
import type { App, AppField } from './app.ts';
import type { Condition } from './definition.ts';
import type { Registry } from './registry.ts';
import { conditionSql } from './rules/condition-sql.ts';
import type { InputForm } from './rules/inputs.ts';
import type { RecordRow } from './store/columns.ts';
import type { IdempotencyKey } from './store/idempotency.ts';
import { allTargets } from './targets.ts';

/** What new, changed and deleted records have in common. */

export type SaveOptions = {
  form?: InputForm;
  /** False: no automatic processing for this save (appsuite §2.7). */
  automations?: boolean;
  /** How many automations led to this save, one by the other. */
  depth?: number;
  /** The word for it in the access log. */
  operation?: string;
  /** The same key saves once and gives the records of the first time. */
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

export type ChangeDeps = {
  database: Database;
  registry: Registry;
  listeners: readonly ChangeListener[];
  /** Conditions that listeners want judged on saved records. */
  predicates: (app: App) => readonly Predicate[];
};

export const defaultForm: InputForm = { by: 'name', place: '/fields' };

export async function announce(
  { listeners }: ChangeDeps,
  tx: Transaction,
  changes: readonly Change[],
): Promise<void> {
  for (const listener of listeners) await listener(tx, changes);
}

/** What a saving statement needs beside the values; `savers` are the callers whose records it saves. */
export async function saveContext(
  registry: Registry,
  app: App,
  wanted: readonly Predicate[],
  savers: readonly { caller: Caller }[],
) {
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

/** The predicates that hold for a row that was saved in such a context. */
export function holding(row: RecordRow, predicates: readonly Predicate[]): Set<string> {
  return new Set(predicates.filter((_, index) => row[`holds_${index}`] === true).map(({ key }) => key));
}
