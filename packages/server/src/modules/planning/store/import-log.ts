import {
  closeSync,
  createReadStream,
  createWriteStream,
  fstatSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { to as copyTo } from 'pg-copy-streams';
import type { Transaction } from '../../../platform/database/database.ts';
import type { Locale } from '../../../platform/errors.ts';
import { csvField } from '../rules/csv-rows.ts';
import { faultText, type StagedRow } from '../rules/import-target.ts';
import { unscale } from '../rules/numbers.ts';
import type { RowFault } from '../rules/row-faults.ts';
import { type LedgerTables, monthColumns } from './ledger-tables.ts';
import { type StagedCounts, stagingTable } from './staging.ts';

/**
 * The import processing log (fusion_place §3.1): two rows to a record and value field, with what the cell held and
 * then holds. It is written to disk while the records come in, as if every cell had been blank; what the ledger knows
 * better (`correct`) lies beside it and is laid over it when the log is read.
 */
export type ImportLog = {
  add(record: number, row: StagedRow): void;
  /** Asks the ledger, which still has its old values, for what differs from what was written. */
  correct(tx: Transaction, options: CorrectionOptions): Promise<void>;
  /** The log once, from beginning to end; closes its files. */
  read(): AsyncIterable<string | Buffer>;
  /** Closes its files, read or not; twice does no harm. */
  discard(): void;
};

export type LogOptions = {
  /** Labels of the form's fields. */
  fields: readonly string[];
  valueFields: boolean;
  /** Only records with a fault. */
  faultsOnly: boolean;
  locale: Locale;
};

export type CorrectionOptions = {
  tables: LedgerTables;
  edition: number;
  /** Several rows went to one cell, so each one's effect depends on those before it. */
  several: boolean;
  counts: StagedCounts;
};

/** Neither can stand in XML, so neither can stand in a value. */
const outcomeMark = '\x01';
const recordEnd = '\x02';
/** Bytes gathered before they are written. */
const portion = 256 * 1024;

export function openImportLog(options: LogOptions): ImportLog {
  const { valueFields, faultsOnly, locale } = options;
  const file = openNameless();
  const corrections = openNameless();
  let pending = header(options);
  let corrected = false;
  let closed = false;

  function flush(): void {
    writeSync(file, pending);
    pending = '';
  }

  function discard(): void {
    if (closed) return;
    closed = true;
    closeSync(file);
    closeSync(corrections);
  }

  return {
    add(record, row) {
      const id = valueFields ? `${record},${row.valueField},` : `${record},`;
      const { raw, translated, value, fault } = row;
      pending += `${id}1.BEFORE,${raw},,,,,\n${id}2.AFTER,${translated},${csvField(value)},${outcomeMark}${
        fault ? faultOutcome(fault, locale) : `,${afterText(row)},,`
      }${recordEnd}`;
      if (pending.length > portion) flush();
    },
    async correct(tx, wanted) {
      flush();
      const copy = tx.client.query(
        copyTo(`COPY (${correctionQuery(wanted)}) TO STDOUT (FORMAT csv, QUOTE E'\\x01')`),
      );
      await pipeline(copy, createWriteStream('', { fd: corrections, autoClose: false }));
      corrected = fstatSync(corrections).size > 0;
    },
    async *read() {
      if (pending !== '') flush();
      const open = (fd: number) =>
        createReadStream('', { fd, start: 0, autoClose: false, highWaterMark: portion });
      const [log, known] = [open(file), open(corrections)];
      try {
        if (corrected || faultsOnly) yield* laidOver(log, known, faultsOnly);
        else yield* unmarked(log);
      } finally {
        discard();
      }
    },
    discard,
  };
}

/** A file on disk that has lost its name already, so that nothing is left by a crash. */
function openNameless(): number {
  const folder = mkdtempSync(join(tmpdir(), 'renkei-log-'));
  try {
    return openSync(join(folder, 'log'), 'wx+', 0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function header({ fields, valueFields }: LogOptions): string {
  const columns = [
    '#LINE_NO',
    ...(valueFields ? ['#VALUE_FIELD'] : []),
    '#BEFORE_AFTER',
    ...fields,
    '#VALUE',
    '#CELL_VALUE_BEFORE_UPDATE',
    '#CELL_VALUE_AFTER_UPDATE',
    '#SEVIRITY',
    '#MESSAGE',
  ];
  return `${columns.join(',')}\n`;
}

/** The columns from the value before the update to the message. */
export function faultOutcome(fault: RowFault, locale: Locale): string {
  return `,,${fault.severity},${csvField(faultText(fault, locale))}`;
}

/** What a blank cell holds after the row: its value in its simplest form. */
function afterText({ amount, text, turned }: StagedRow): string {
  if (text !== undefined) return csvField(text);
  if (amount === undefined) return '';
  if (amount.endsWith('0000') && amount.length < 18) {
    const whole = amount.slice(0, -4).replace(/^(-?)0+(?=\d)/, '$1');
    const plain = whole === '' || whole === '-' || whole === '-0' ? '0' : whole;
    return turned && plain !== '0' ? (plain.startsWith('-') ? plain.slice(1) : `-${plain}`) : plain;
  }
  const exact = BigInt(amount);
  return unscale(turned ? -exact : exact);
}

/** The log as it was written. */
async function* unmarked(log: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of log as AsyncIterable<Buffer>) {
    const kept = Buffer.allocUnsafe(chunk.length);
    let length = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte !== 1) kept[length++] = byte === 2 ? 10 : byte;
    }
    yield kept.subarray(0, length);
  }
}

/** The log with the outcomes that the ledger knows better. */
async function* laidOver(log: Readable, corrections: Readable, faultsOnly: boolean): AsyncGenerator<string> {
  const known = splitRecords(corrections);
  let next = await known.next();
  let seq = 0;
  let first = true;
  for await (const records of splitPortions(log)) {
    let text = '';
    for (const written of records) {
      let record = written;
      if (first) {
        // the header stands before the first record
        const end = record.indexOf('\n') + 1;
        text += record.slice(0, end);
        record = record.slice(end);
        first = false;
        if (record === '') continue;
      }
      seq += 1;
      const mark = record.indexOf(outcomeMark);
      let outcome = record.slice(mark + 1);
      if (!next.done && next.value.seq === seq) {
        outcome = next.value.outcome;
        next = await known.next();
      }
      if (faultsOnly && outcome.endsWith(',,')) continue;
      text += `${record.slice(0, mark)}${outcome}\n`;
    }
    if (text !== '') yield text;
  }
}

async function* splitRecords(corrections: Readable): AsyncGenerator<{ seq: number; outcome: string }> {
  for await (const records of splitPortions(corrections)) {
    for (const record of records) {
      const line = record.replaceAll(outcomeMark, '').trimStart();
      const colon = line.indexOf(':');
      if (colon > 0) yield { seq: Number(line.slice(0, colon)), outcome: line.slice(colon + 1) };
    }
  }
}

/** Whole records, as many as a portion holds. */
async function* splitPortions(source: Readable): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of source as AsyncIterable<Buffer>) {
    const records = (rest + decoder.write(chunk)).split(recordEnd);
    rest = records.pop() ?? '';
    yield records;
  }
  if (rest.trim() !== '') yield [rest];
}

const exactText = (amount: string) =>
  `trim_scale((CASE WHEN s.turned THEN -(${amount})::numeric ELSE (${amount})::numeric END) * 0.0001)::text`;
/** Whole amounts, which most are, need no arithmetic with decimals. */
const cellText = (amount: string) =>
  `CASE WHEN ${amount} % 10000 = 0 THEN (CASE WHEN s.turned THEN -(${amount} / 10000) ELSE ${amount} / 10000 END)::text
     ELSE ${exactText(amount)} END`;
const quoted = (text: string) =>
  `CASE WHEN ${text} ~ '[",\\n\\r]' THEN '"' || replace(${text}, '"', '""') || '"' ELSE ${text} END`;

/** Outcomes of the records whose cell was not blank before them, or whose sum is refused. */
function correctionQuery({ tables, edition, several, counts }: CorrectionOptions): string {
  const { keys } = tables;
  const match = (alias: string) => keys.map((key) => `${alias}.${key} = s.${key}`).join(' AND ');
  const cell = [...keys, 'period'].map((key) => `s.${key}`).join(', ');
  const months = monthColumns.map((month, index) => `WHEN ${index + 1} THEN c.${month}`).join(' ');
  const old = `CASE s.period ${months} END`;
  const earlier = 'OVER (cell ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)';
  // without a second row for any cell, what a row leaves is what it brings
  const before = several
    ? `CASE WHEN count(s.amount) ${earlier} > 0 THEN sum(s.amount) ${earlier} ELSE ${old} END`
    : old;
  const after = several ? 'sum(s.amount) OVER cell' : 's.amount';
  const amountText = several ? exactText : cellText;
  const textBefore = several ? `coalesce(lag(s.text) OVER cell, t.text)` : 't.text';
  return `
    SELECT x.seq || ':' || CASE WHEN x.message IS NULL
        THEN coalesce(x.before, '') || ',' || coalesce(x.after, '') || ',,' ELSE x.message END || E'\\x02'
    FROM (
      SELECT s.seq, s.message,
        coalesce(${amountText(before)}, ${quoted(textBefore)}) AS before,
        coalesce(${amountText(after)}, ${quoted('s.text')}) AS after
      FROM ${stagingTable} s
      LEFT JOIN ${tables.values} c ON c.edition = ${edition} AND ${match('c')}
      ${counts.texts > 0 ? `LEFT JOIN ${tables.texts} t ON t.edition = ${edition} AND ${match('t')} AND t.period = s.period` : 'CROSS JOIN (SELECT NULL::text AS text) t'}
      ${several ? `WINDOW cell AS (PARTITION BY ${cell}, s.message ORDER BY s.seq)` : ''}
    ) x
    WHERE x.before IS NOT NULL OR x.message IS NOT NULL
    ORDER BY x.seq`;
}
