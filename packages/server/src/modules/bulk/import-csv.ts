import type { Readable } from 'node:stream';
import type { Caller } from '../../platform/caller.ts';
import { AppError, type Locale } from '../../platform/errors.ts';
import {
  type App,
  type AppField,
  accessOf,
  fromText,
  isComputed,
  type Records,
  recordValue,
} from '../records/index.ts';
import { errors } from './errors.ts';
import type { Tell } from './progress.ts';
import { type CsvLine, type Encoding, readCsv } from './read-csv.ts';

export type ImportOptions = {
  encoding: Encoding;
  /** Field names by heading, where they differ; an empty name leaves the column out. */
  columns?: Readonly<Record<string, string>>;
  /** Name of the field (or `データID`) by which lines find the records they change; without it every line adds one. */
  key?: string;
  /** False: no automatic processing. */
  automations: boolean;
  /** Called after the lines of a transaction. */
  tell?: Tell;
  /** Of the report's messages. */
  locale: Locale;
};

export type LineError = { line: number; field: string | null; message: string };
export type ImportReport = {
  inserted: number;
  updated: number;
  failed: number;
  /** The first ones, at most `reportedErrors`. */
  errors: LineError[];
  /** Somebody asked to stop it: the lines after these were not looked at. */
  stopped?: boolean;
};

export const reportedErrors = 10_000;
const recordId = 'データID';
/** Rows of one transaction; what memory an import takes hangs on it. */
const batchSize = 500;

type Column = { index: number; name: string; field: AppField | undefined };
type Row = { line: number; key: string | undefined; values: Record<string, unknown> };

/** Adds or changes records from a CSV file, 500 lines a transaction; lines that do not fit are reported. */
export async function importCsv(
  records: Records,
  caller: Caller,
  app: App,
  content: Readable,
  options: ImportOptions,
): Promise<ImportReport> {
  const access = accessOf(app, caller, app.lookups);
  if (!access.allows('import')) throw errors.forbidden({ operation: 'import' });
  const report: ImportReport = { inserted: 0, updated: 0, failed: 0, errors: [] };
  const save = { operation: 'import', automations: options.automations };
  let columns: Column[] | undefined;
  let batch: Row[] = [];
  let keys = new Set<string>();
  let bytes = 0;

  function fail(line: number, error: AppError): void {
    report.failed += 1;
    if (report.errors.length >= reportedErrors) return;
    const field = error.params.field;
    // only its words: the stack of an error holds on to the whole batch (10,000 bad lines took gigabytes)
    report.errors.push({
      line,
      field: field === undefined ? null : String(field),
      message: error.text(options.locale),
    });
  }

  async function flush(): Promise<void> {
    const rows = batch;
    batch = [];
    keys = new Set();
    if (options.key === undefined) return insertAll(rows);
    const found = await recordsOfKeys(options.key, rows);
    const known = rows.filter(({ key }) => (found.get(key!)?.length ?? 0) === 1);
    const fresh = rows.filter(({ key }) => !found.has(key!));
    for (const { line, key } of rows) {
      if ((found.get(key!)?.length ?? 0) > 1) fail(line, errors.keyAmbiguous({ key: key! }));
    }
    if (options.key === recordId) {
      for (const { line, key } of fresh) fail(line, errors.recordUnknown({ key: key! }));
    } else {
      await insertAll(fresh);
    }
    await saveGood(known, async (good) => {
      await records.update(
        caller,
        app,
        good.map(({ key, values }) => ({ id: found.get(key!)![0]!, values })),
        save,
      );
      report.updated += good.length;
    });
  }

  function insertAll(rows: Row[]): Promise<void> {
    return saveGood(rows, async (good) => {
      await records.insert(caller, app, good, save);
      report.inserted += good.length;
    });
  }

  /** Saves rows together; those that the records module names as faulty are left out, others are found by halving. */
  async function saveGood(rows: Row[], work: (rows: Row[]) => Promise<void>): Promise<void> {
    if (rows.length === 0) return;
    try {
      await work(rows);
    } catch (error) {
      if (!(error instanceof AppError) || error.kind === 'internal') throw error;
      const faults = faultsByRow(error, rows.length);
      if (faults.size > 0) {
        for (const [index, fault] of faults) fail(rows[index]!.line, fault);
        await saveGood(
          rows.filter((_, index) => !faults.has(index)),
          work,
        );
      } else if (rows.length === 1) {
        fail(rows[0]!.line, error);
      } else {
        const middle = rows.length >> 1;
        await saveGood(rows.slice(0, middle), work);
        await saveGood(rows.slice(middle), work);
      }
    }
  }

  async function recordsOfKeys(key: string, rows: readonly Row[]): Promise<Map<string, number[]>> {
    const field = app.fieldsByName.get(key);
    const found = new Map<string, number[]>();
    if (rows.length === 0) return found;
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await records.list(caller, app, {
        filter: { field: key, op: '=', value: rows.map((row) => row.key!) },
        fields: field ? [field] : [],
        limit: 5000,
        ...(cursor !== undefined && { cursor }),
      });
      for (const row of page.rows) {
        const value = field ? String(recordValue(row, field)) : String(row.id);
        found.set(value, [...(found.get(value) ?? []), row.id]);
      }
      cursor = page.next;
    }
    return found;
  }

  function readLine({ line, cells }: CsvLine, heading: readonly Column[]): void {
    if (cells.length !== heading.length) {
      fail(line, errors.columns({ count: cells.length, expected: heading.length }));
      return;
    }
    const used = heading.filter(({ name }) => name !== '');
    const key = used.find(({ name }) => name === options.key);
    const keyText = key && normalKey(key, cells[key.index]!);
    if (key && keyText === '') {
      fail(line, errors.keyEmpty());
      return;
    }
    const values = Object.fromEntries(
      used
        .filter(({ field }) => field !== undefined)
        .map(({ name, field, index }) => [name, given(field!, cells[index]!)]),
    );
    batch.push({ line, key: keyText, values });
    if (keyText !== undefined) keys.add(keyText);
  }

  content.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  for await (const line of readCsv(content, options.encoding)) {
    if (!columns) {
      columns = readHeading(app, line.cells, options);
      continue;
    }
    // a key that comes again changes what its first line has made
    const key = columns.find(({ name }) => name === options.key);
    const repeated = key !== undefined && keys.has(normalKey(key, line.cells[key.index] ?? ''));
    if (batch.length >= batchSize || repeated) {
      await flush();
      if ((await options.tell?.(report, bytes)) === false) {
        report.stopped = true;
        break;
      }
    }
    readLine(line, columns);
  }
  if (!columns) throw errors.empty();
  if (batch.length > 0) await flush();
  await options.tell?.(report, bytes);
  report.errors.sort((a, b) => a.line - b.line);
  return report;
}

/** Keys as the database gives them back: `007` and `7.0` are the number 7. */
function normalKey({ field }: Column, text: string): string {
  if (field?.kind === 'number' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(text))
    return text.trim().replace(/^\+/, '');
  return field?.kind === 'date' ? text.replaceAll('/', '-') : text;
}

function given(field: AppField, text: string): unknown {
  if (field.kind !== 'table' || text === '') return fromText(field, [text]);
  try {
    return JSON.parse(text);
  } catch {
    return text; // refused with the field's own message
  }
}

function readHeading(app: App, cells: readonly string[], { columns = {}, key }: ImportOptions): Column[] {
  const heading = cells.map((cell, index): Column => {
    const name = Object.hasOwn(columns, cell) ? columns[cell]! : cell;
    const field = app.fieldsByName.get(name) ?? app.fields.find(({ alias }) => alias === name);
    if (name === '' || name === recordId) return { index, name, field: undefined };
    if (!field) {
      // what an export writes and nobody can set is passed over
      if (exportOnly.has(name)) return { index, name: '', field: undefined };
      throw errors.columnUnknown({ column: cell });
    }
    return isComputed(field) ? { index, name: '', field: undefined } : { index, name: field.name, field };
  });
  const seen = new Set<string>();
  for (const { name } of heading) {
    if (name !== '' && seen.has(name)) throw errors.columnTwice({ field: name });
    seen.add(name);
  }
  if (key !== undefined && !heading.some(({ name, field }) => name === key && isKey(field))) {
    throw errors.keyMissing({ field: key });
  }
  return heading;
}

const exportOnly: ReadonlySet<string> = new Set(['登録日時', '登録者', '更新日時', '更新者']);

function isKey(field: AppField | undefined): boolean {
  return field === undefined || ['text', 'number', 'date', 'select'].includes(field.kind);
}

/** The first fault of each row that an error names: `/records/7/fields/…`, or no row for a single one. */
function faultsByRow(error: AppError, count: number): Map<number, AppError> {
  const faults = new Map<number, AppError>();
  for (const fault of error.errors.length > 0 ? error.errors : [error]) {
    const index =
      count === 1 ? 0 : Number(/^\/records\/(\d+)(?:\/|$)/.exec(fault.place ?? '')?.[1] ?? Number.NaN);
    if (!Number.isNaN(index) && !faults.has(index)) faults.set(index, fault);
  }
  return faults;
}
