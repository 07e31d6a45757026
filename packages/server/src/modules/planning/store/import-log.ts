import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { to as copyTo } from 'pg-copy-streams';
import type { Transaction } from '../../../platform/database/database.ts';
import { type LedgerTables, monthColumns } from './ledger-tables.ts';
import { type StagedCounts, stagingTable } from './staging.ts';

/** Text that waits on disk until it is read once; the file has no name any more, so nothing is left by a crash. */
export type SpooledText = { read(): Readable; discard(): void };

export type LogOptions = {
  tables: LedgerTables;
  edition: number;
  /** Labels of the form's fields. */
  fields: readonly string[];
  valueFields: boolean;
  /** Only records with a fault. */
  faultsOnly: boolean;
  /** Several rows went to one cell, so each one's effect depends on those before it. */
  several: boolean;
  counts: StagedCounts;
};

/**
 * Writes the import processing log of the staged records (fusion_place §3.1): two rows to a record and value field,
 * with what the cell held and will hold. Runs before the merge, while the ledger still has the old values.
 */
export async function spoolImportLog(tx: Transaction, options: LogOptions): Promise<SpooledText> {
  const file = openNameless();
  try {
    writeSync(file, header(options));
    const copy = tx.client.query(
      copyTo(`COPY (${logQuery(options)}) TO STDOUT (FORMAT csv, QUOTE E'\\x01')`),
    );
    await pipeline(copy, withoutQuotes(), createWriteStream('', { fd: file, autoClose: false }));
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return {
    read: () => createReadStream('', { fd: file, start: 0, autoClose: true, highWaterMark: 128 * 1024 }),
    discard: () => closeSync(file),
  };
}

/** A file on disk that has lost its name already. */
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

/** U+0001 cannot stand in XML, so as the quote it only ever surrounds; each record is one COPY row of two lines. */
function withoutQuotes(): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const kept = Buffer.allocUnsafe(chunk.length);
      let length = 0;
      for (let from = 0; from < chunk.length; ) {
        const quote = chunk.indexOf(1, from);
        const end = quote < 0 ? chunk.length : quote;
        length += chunk.copy(kept, length, from, end);
        from = end + 1;
      }
      done(null, kept.subarray(0, length));
    },
  });
}

const amountText = (amount: string) =>
  `trim_scale((CASE WHEN s.turned THEN -(${amount})::numeric ELSE (${amount})::numeric END) * 0.0001)::text`;
const quoted = (text: string) =>
  `CASE WHEN ${text} ~ '[",\\n\\r]' THEN '"' || replace(${text}, '"', '""') || '"' ELSE ${text} END`;

function logQuery({ tables, edition, valueFields, faultsOnly, several, counts }: LogOptions): string {
  const { keys } = tables;
  const match = keys.map((key) => `c.${key} = s.${key}`).join(' AND ');
  const cell = [...keys, 'period'].map((key) => `s.${key}`).join(', ');
  const numeric = counts.amounts > 0;
  const textual = counts.texts > 0;
  const months = monthColumns.map((month, index) => `WHEN ${index + 1} THEN c.${month}`).join(' ');
  const old = numeric ? `CASE s.period ${months} END` : 'NULL::bigint';
  const oldText = textual ? 't.text' : 'NULL::text';
  // without a second row for any cell, what a row leaves is what it brings
  const running = several ? `sum(s.amount) OVER cell` : 's.amount';
  const first = several
    ? `CASE WHEN count(s.amount) OVER (cell ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > 0
         THEN sum(s.amount) OVER (cell ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) ELSE ${old} END`
    : old;
  const before = `coalesce(${amountText(first)}, ${quoted(oldText)}, '')`;
  const after = `coalesce(${amountText(running)}, ${quoted('s.text')}, '')`;
  const id = `s.record || ${valueFields ? `',' || s.value_field || ','` : `','`}`;
  return `
    SELECT ${id} || '1.BEFORE,' || s.raw || ',,,,,' || E'\\n' || ${id} || '2.AFTER,' || coalesce(s.translated, s.raw)
      || ',' || s.value || ','
      || CASE WHEN s.severity IS NULL THEN ${before} || ',' || ${after} ELSE ',' END
      || ',' || coalesce(s.severity, '') || ',' || coalesce(s.message, '')
    FROM ${stagingTable} s
    ${numeric ? `LEFT JOIN ${tables.values} c ON c.edition = ${edition} AND ${match}` : ''}
    ${textual ? `LEFT JOIN ${tables.texts} t ON t.edition = ${edition} AND ${match.replaceAll('c.', 't.')} AND t.period = s.period` : ''}
    ${faultsOnly ? 'WHERE s.severity IS NOT NULL' : ''}
    ${several ? `WINDOW cell AS (PARTITION BY ${cell}, s.severity ORDER BY s.seq)` : ''}
    ORDER BY s.seq`;
}
