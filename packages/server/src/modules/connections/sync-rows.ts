import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import type { Row } from '@renkei/connect';
import { stringify } from 'csv-stringify/sync';
import type { Caller } from '../../platform/caller.ts';
import type { Bulk } from '../bulk/index.ts';
import type { Planning } from '../planning/index.ts';
import {
  type AppField,
  isComputed,
  type JsonValue,
  type MemberSource,
  memberNames,
  type Records,
  toJson,
} from '../records/index.ts';
import type { SyncTarget } from './definition.ts';
import { errors } from './errors.ts';
import type { SyncOutcome } from './store/sync-runs.ts';

/** Takes a query's rows, in pieces, and says at the end what became of them. */
export type Sink = {
  begin(columns: readonly string[]): void;
  take(rows: readonly Row[]): Promise<void>;
  end(): Promise<void>;
  /** In place of `end`, when the query broke off. */
  fail(error: Error): Promise<void>;
};

type Deps = { records: Records; bulk: Bulk; people: MemberSource; planning: Planning; caller: Caller };

export const nothingYet = (): SyncOutcome => ({ rows: 0, added: 0, changed: 0, unchanged: 0, failed: 0 });

const text = (cell: unknown): string => (cell === null || cell === undefined ? '' : String(cell));

/**
 * Rows into an app: found again by the key, added where there is none, changed where a value differs. Rows that are
 * as they were are left alone and keep their revision; records whose rows are gone stay.
 */
export async function appSink(
  { records, bulk, people, caller }: Deps,
  { app: reference, key }: Extract<SyncTarget, { app: unknown }>,
  outcome: SyncOutcome,
): Promise<Sink> {
  const app = await records.app(caller, reference);
  const fieldOf = (name: string) =>
    app.fields.find(({ alias }) => alias === name) ??
    app.fieldsByName.get(name) ??
    app.fields.find((field) => (field.alias ?? field.name).toLowerCase() === name.toLowerCase());
  let fields: AppField[] = [];
  let keyAt = -1;

  /** Values of the records there are, by key. */
  async function stored(rows: readonly Row[]): Promise<Map<string, JsonValue[]>> {
    const found = new Map<string, JsonValue[]>();
    const keys = rows.map((row) => text(row[keyAt]));
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await records.list(caller, app, {
        filter: { field: fields[keyAt]!.name, op: '=', value: keys },
        fields,
        limit: 1000,
        ...(cursor !== undefined && { cursor }),
      });
      const names = await memberNames(people, fields, page.rows);
      for (const row of page.rows) {
        const values = fields.map((field) => toJson(field, row, names));
        found.set(comparable(fields[keyAt]!, values[keyAt]), values);
      }
      cursor = page.next;
    }
    return found;
  }

  return {
    begin(columns) {
      fields = columns.map((column) => {
        const field = fieldOf(column);
        if (!field || isComputed(field)) throw errors.columnUnknown({ column });
        return field;
      });
      const keyField = fieldOf(key);
      keyAt = keyField ? fields.indexOf(keyField) : -1;
      if (keyAt < 0) throw errors.keyMissing({ key });
    },
    async take(rows) {
      outcome.rows += rows.length;
      // Of rows with one key the last counts, as it would if they came one after the other.
      const byKey = new Map(rows.map((row) => [comparable(fields[keyAt]!, row[keyAt]), row]));
      const before = await stored([...byKey.values()]);
      const fresh = [...byKey].filter(([value, row]) => {
        const known = before.get(value);
        return !known?.every((cell, i) => comparable(fields[i]!, cell) === comparable(fields[i]!, row[i]));
      });
      outcome.unchanged += rows.length - fresh.length;
      if (fresh.length === 0) return;
      const lines = [fields.map(({ name }) => name), ...fresh.map(([, row]) => row.map(text))];
      const report = await bulk.import(caller, app, Readable.from([stringify(lines)]), {
        encoding: 'utf-8',
        key: fields[keyAt]!.name,
        automations: true,
        locale: caller.locale,
      });
      outcome.added += report.inserted;
      outcome.changed += report.updated;
      outcome.failed += report.failed;
      const [first] = report.errors;
      if (first) outcome.error ??= first.message;
    },
    async end() {},
    async fail() {},
  };
}

/** A value as text that is the same for what a field stores as the same. */
function comparable(field: AppField, value: unknown): string {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  if (field.kind === 'number' && text(value).trim() !== '') return String(Number(value));
  if (field.kind === 'date') return text(value).slice(0, 10);
  if (field.kind === 'dateTime' && !Number.isNaN(Date.parse(text(value))))
    return String(Date.parse(text(value)));
  return typeof value === 'object' ? JSON.stringify(value) : text(value);
}

/**
 * Rows into a ledger through a form's import, whose fields the columns are, in order: all values in the form's area
 * are replaced, so a second run leaves the same.
 */
export function ledgerSink(
  { planning, caller }: Deps,
  { application, form, participant = '#NONE', pov = {} }: Extract<SyncTarget, { form: string }>,
  outcome: SyncOutcome,
): Sink {
  const contents = new PassThrough({ objectMode: true });
  // The import hears of an error as its reader; one that has not begun to read must not end the process.
  contents.on('error', () => undefined);
  let importing: Promise<void> | undefined;

  async function run(): Promise<void> {
    const povs = Object.entries(pov).map(([dimension, member]) => ({ dimension, member }));
    const request = { application, form, participant, povs, faultsOnly: true };
    const { faults, log } = await planning.importValues(caller, request, contents, caller.locale);
    await log.discard();
    outcome.failed = faults;
    outcome.changed = outcome.rows - faults;
  }

  return {
    begin() {
      importing = run();
      importing.catch((error: Error) => contents.destroy(error));
    },
    async take(rows) {
      outcome.rows += rows.length;
      if (!contents.write(stringify(rows.map((row) => row.map(text))))) await once(contents, 'drain');
    },
    async end() {
      contents.end();
      await importing;
    },
    async fail(error) {
      contents.destroy(error);
      await importing?.catch(() => undefined);
    },
  };
}
