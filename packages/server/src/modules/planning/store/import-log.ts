import {
  closeSync,
  createReadStream,
  createWriteStream,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  read,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
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
  /** Records that were refused because their cell's sum is too large. */
  overflowed: number;
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
  let onlyBefore = false;
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
      const { several, counts, overflowed } = wanted;
      onlyBefore = !several && counts.texts === 0 && overflowed === 0;
      if (onlyBefore) await writeFormerAmounts(tx, wanted, corrections);
      else await copyToFile(tx, correctionQuery(wanted), `(FORMAT csv, QUOTE E'\\x01')`, corrections);
      corrected = fstatSync(corrections).size > 0;
    },
    async *read() {
      flush();
      try {
        yield header(options);
        const written = readPortions(file, places, portions);
        if (!corrected && !faultsOnly) for await (const { bytes } of written) yield bytes;
        else {
          const known = onlyBefore ? readFormerAmounts(corrections) : readCorrections(corrections);
          yield* laidOver(written, known, faultsOnly);
        }
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

/** What takes the place of a record's outcome, or what only the cell held before, to be set before it. */
type Correction = { seq: number } & ({ outcome: string } | { before: string });

/** The log with the outcomes that the ledger knows better. */
async function* laidOver(
  written: AsyncIterable<WrittenPortion>,
  corrections: AsyncIterator<Correction[]>,
  faultsOnly: boolean,
): AsyncGenerator<string> {
  let known: Correction[] = [];
  let at = 0;
  let ended = false;
  let seq = 0;
  for await (const { bytes, ends } of written) {
    const text = bytes.toString();
    let overlaid = '';
    let from = 0;
    for (let index = 0; index < ends.length; index += 2) {
      seq += 1;
      const outcomeAt = ends[index]!;
      const end = ends[index + 1]!;
      while (at >= known.length && !ended) {
        const next = await corrections.next();
        ended = next.done === true;
        known = next.value ?? [];
        at = 0;
      }
      const correction = known[at]?.seq === seq ? known[at++] : undefined;
      const replaced = correction && 'outcome' in correction ? correction.outcome : undefined;
      const outcome = replaced ?? (faultsOnly ? text.slice(outcomeAt, end - 1) : '');
      if (faultsOnly && outcome.endsWith(',,')) {
        overlaid += text.slice(from, index === 0 ? 0 : ends[index - 1]!);
        from = end;
      } else if (replaced !== undefined) {
        overlaid += `${text.slice(from, outcomeAt)}${replaced}\n`;
        from = end;
      } else if (correction && 'before' in correction) {
        overlaid += text.slice(from, outcomeAt) + correction.before;
        from = outcomeAt;
      }
    }
    overlaid += text.slice(from);
    if (overlaid !== '') yield overlaid;
  }
}

async function* readFormerAmounts(fd: number): AsyncGenerator<Correction[]> {
  const source = createReadStream('', { fd, start: 0, autoClose: false, highWaterMark: portion });
  let rest = '';
  for await (const chunk of source as AsyncIterable<Buffer>) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    yield lines.map((line) => {
      const tab = line.indexOf('\t');
      return { seq: Number(line.slice(0, tab)), before: line.slice(tab + 1) };
    });
  }
}

async function* readCorrections(fd: number): AsyncGenerator<Correction[]> {
  const source = createReadStream('', { fd, start: 0, autoClose: false, highWaterMark: portion });
  for await (const records of splitPortions(source)) {
    yield records.flatMap((record) => {
      const line = record.replaceAll(csvQuote, '').trimStart();
      const colon = line.indexOf(':');
      return colon > 0 ? [{ seq: Number(line.slice(0, colon)), outcome: line.slice(colon + 1) }] : [];
    });
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

/**
 * Writes what the records' cells held, `sequence TAB amount`, where that is all that the log lacks. The staging table
 * is nearly always read in its order, and to sort a million records took as long as to find them, so it is sorted
 * only where it came out otherwise.
 */
async function writeFormerAmounts(
  tx: Transaction,
  { tables, edition }: CorrectionOptions,
  fd: number,
): Promise<void> {
  const months = monthColumns.map((month, index) => `WHEN ${index + 1} THEN c.${month}`).join(' ');
  const match = tables.keys.map((key) => `c.${key} = s.${key}`).join(' AND ');
  const query = `
    SELECT x.seq, x.before FROM (
      SELECT s.seq, ${cellText('s.old')} AS before FROM (
        SELECT s.seq, s.turned, CASE s.period ${months} END AS old
        FROM ${stagingTable} s JOIN ${tables.values} c ON c.edition = ${edition} AND ${match}
      ) s WHERE s.old IS NOT NULL
    ) x`;
  if (!(await copyToFile(tx, query, '', fd))) await copyToFile(tx, `${query} ORDER BY x.seq`, '', fd);
}

/** Copies a query's rows into a file from its start; tells whether the numbers that they begin with only grew. */
async function copyToFile(tx: Transaction, query: string, format: string, fd: number): Promise<boolean> {
  ftruncateSync(fd);
  let last = 0;
  let rest = '';
  let inOrder = true;
  const watch = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const first = Number.parseInt(line, 10);
        if (first < last) inOrder = false;
        last = first;
      }
      done(null, chunk);
    },
  });
  const copy = tx.client.query(copyTo(`COPY (${query}) TO STDOUT ${format}`));
  await pipeline(copy, watch, createWriteStream('', { fd, start: 0, autoClose: false }));
  return inOrder;
}

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
