import {
  closeSync,
  createReadStream,
  createWriteStream,
  fstatSync,
  mkdtempSync,
  openSync,
  read,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { promisify } from 'node:util';
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
const recordEnd = '\x02';
const csvQuote = '\x01';
/** Characters gathered before they are written. */
const portion = 256 * 1024;

export function openImportLog(options: LogOptions): ImportLog {
  const { valueFields, faultsOnly, locale } = options;
  const file = openNameless();
  const places = openNameless();
  const corrections = openNameless();
  const portions: Portion[] = [];
  let pending = '';
  let ends: number[] = [];
  let corrected = false;
  let closed = false;

  function flush(): void {
    const bytes = Buffer.from(pending);
    writeSync(file, bytes);
    writeSync(places, Uint32Array.from(ends));
    portions.push({ bytes: bytes.length, records: ends.length / 2 });
    pending = '';
    ends = [];
  }

  function discard(): void {
    if (closed) return;
    closed = true;
    for (const fd of [file, places, corrections]) closeSync(fd);
  }

  return {
    add(record, row) {
      const id = valueFields ? `${record},${row.valueField},` : `${record},`;
      const { raw, translated, value, fault } = row;
      pending += `${id}1.BEFORE,${raw},,,,,\n${id}2.AFTER,${translated},${csvField(value)},`;
      ends.push(pending.length);
      pending += fault ? `${faultOutcome(fault, locale)}\n` : `,${afterText(row)},,\n`;
      ends.push(pending.length);
      if (pending.length > portion) flush();
    },
    async correct(tx, wanted) {
      const copy = tx.client.query(
        copyTo(`COPY (${correctionQuery(wanted)}) TO STDOUT (FORMAT csv, QUOTE E'\\x01')`),
      );
      await pipeline(copy, createWriteStream('', { fd: corrections, autoClose: false }));
      corrected = fstatSync(corrections).size > 0;
    },
    async *read() {
      flush();
      try {
        yield header(options);
        const written = readPortions(file, places, portions);
        if (!corrected && !faultsOnly) for await (const { bytes } of written) yield bytes;
        else yield* laidOver(written, readCorrections(corrections), faultsOnly);
      } finally {
        discard();
      }
    },
    discard,
  };
}

/** A piece of the log as it was written. */
type Portion = { bytes: number; records: number };
/** `ends`: for each record, in characters, where its outcome begins and where it ends itself. */
type WrittenPortion = { bytes: Buffer; ends: Uint32Array };

async function* readPortions(
  file: number,
  places: number,
  portions: readonly Portion[],
): AsyncGenerator<WrittenPortion> {
  let at = 0;
  let place = 0;
  for (const { bytes: length, records } of portions) {
    const bytes = Buffer.allocUnsafe(length);
    const ends = new Uint32Array(records * 2);
    await readAll(file, bytes, at);
    await readAll(places, new Uint8Array(ends.buffer), place);
    at += length;
    place += ends.byteLength;
    yield { bytes, ends };
  }
}

async function readAll(fd: number, into: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await readFile(fd, into, done, into.length - done, position + done);
    if (bytesRead === 0) throw new Error('The import log was cut short');
    done += bytesRead;
  }
}

const readFile = promisify(read);

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

type Correction = { seq: number; outcome: string };

/** The log with the outcomes that the ledger knows better. */
async function* laidOver(
  written: AsyncIterable<WrittenPortion>,
  corrections: AsyncIterator<Correction>,
  faultsOnly: boolean,
): AsyncGenerator<string> {
  let next = await corrections.next();
  let seq = 0;
  for await (const { bytes, ends } of written) {
    const text = bytes.toString();
    let overlaid = '';
    let from = 0;
    for (let index = 0; index < ends.length; index += 2) {
      seq += 1;
      const outcomeAt = ends[index]!;
      const end = ends[index + 1]!;
      const correction = !next.done && next.value.seq === seq ? next.value.outcome : undefined;
      const outcome = correction ?? (faultsOnly ? text.slice(outcomeAt, end - 1) : '');
      if (faultsOnly && outcome.endsWith(',,')) {
        overlaid += text.slice(from, index === 0 ? 0 : ends[index - 1]!);
        from = end;
      } else if (correction !== undefined) {
        overlaid += `${text.slice(from, outcomeAt)}${correction}\n`;
        from = end;
      }
      if (correction !== undefined) next = await corrections.next();
    }
    overlaid += text.slice(from);
    if (overlaid !== '') yield overlaid;
  }
}

async function* readCorrections(fd: number): AsyncGenerator<Correction> {
  const source = createReadStream('', { fd, start: 0, autoClose: false, highWaterMark: portion });
  for await (const records of splitPortions(source)) {
    for (const record of records) {
      const line = record.replaceAll(csvQuote, '').trimStart();
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
