import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import { rawSql, sql, type Transaction } from '../../../platform/database/database.ts';
import type { Locale } from '../../../platform/errors.ts';
import { csvField } from '../rules/csv-rows.ts';
import { faultText, type StagedRow } from '../rules/import-target.ts';
import { rowFaults } from '../rules/row-faults.ts';
import type { LedgerTables } from './ledger-tables.ts';

/** The transaction's own table of the records that are being imported; `seq` counts from 1 in the file's order. */
export const stagingTable = 'pg_temp.planning_staging';

/** Bytes of rows that are gathered before they go to PostgreSQL. */
const portion = 64 * 1024;

export type StagedCounts = {
  rows: number;
  faulty: number;
  amounts: number;
  texts: number;
  /** The amounts are so many and so large that two for one cell might leave the range of numbers. */
  mayOverflow: boolean;
};

export type Staging = {
  add(record: number, rows: readonly StagedRow[]): void;
  /** Waits while PostgreSQL is behind. */
  flush(): Promise<void>;
  finish(): Promise<StagedCounts>;
  /** Ends the COPY as failed, so that the transaction can be rolled back. */
  abort(): Promise<void>;
};

/** Opens the staging table and a COPY into it; what is added goes straight on, a portion at a time. */
export async function openStaging(tx: Transaction, tables: LedgerTables, locale: Locale): Promise<Staging> {
  const keys = tables.keys.map((key) => `${key} integer`).join(', ');
  await tx.run(
    sql`${rawSql(`
      CREATE TEMPORARY TABLE planning_staging (
        seq integer NOT NULL, record integer NOT NULL, value_field text, ${keys}, period integer, amount bigint,
        text text, turned boolean, raw text NOT NULL, translated text, value text NOT NULL, severity text, message text
      ) ON COMMIT DROP`)}`,
  );
  const copy = tx.client.query(copyFrom(`COPY ${stagingTable} FROM STDIN`));
  let failure: Error | undefined;
  copy.on('error', (error: Error) => {
    failure = error;
  });
  const blankKey = `${'\\N\t'.repeat(tables.keys.length)}\\N`;
  const counts = { rows: 0, faulty: 0, amounts: 0, texts: 0 };
  let longest = 0;
  let pending = '';

  function line(record: number, row: StagedRow): string {
    counts.rows += 1;
    const { key, amount, text, fault } = row;
    if (fault) counts.faulty += 1;
    if (amount !== undefined) {
      counts.amounts += 1;
      if (amount.length > longest) longest = amount.length;
    }
    if (text !== undefined) counts.texts += 1;
    const place = key ? `${key.join('\t')}\t${row.month}` : blankKey;
    const translated = row.translated === row.raw ? '\\N' : escapeCopy(row.translated);
    const outcome = fault
      ? `${fault.severity}\t${escapeCopy(csvField(faultText(fault, locale)))}`
      : '\\N\t\\N';
    return `${counts.rows}\t${record}\t${escapeCopy(row.valueField)}\t${place}\t${amount ?? '\\N'}\t${
      text === undefined ? '\\N' : escapeCopy(text)
    }\t${row.turned ? 't' : 'f'}\t${escapeCopy(row.raw)}\t${translated}\t${escapeCopy(csvField(row.value))}\t${outcome}\n`;
  }

  /** Resolves when the COPY takes more, or has failed. */
  function drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        copy.off('drain', done).off('close', done);
        resolve();
      };
      copy.on('drain', done).on('close', done);
    });
  }

  async function flush(): Promise<void> {
    if (failure) throw failure;
    const text = pending;
    pending = '';
    if (text !== '' && !copy.write(text)) await drained();
    if (failure) throw failure;
  }

  return {
    add(record, rows) {
      for (const row of rows) pending += line(record, row);
    },
    async flush() {
      if (pending.length >= portion) await flush();
    },
    async finish() {
      await flush();
      copy.end();
      await once(copy, 'finish');
      const digits = String(counts.amounts).length + longest;
      return { ...counts, mayOverflow: digits > 18 };
    },
    async abort() {
      if (copy.closed) return;
      copy.destroy();
      await once(copy, 'close');
    },
  };
}

const special = /[\\\t\n\r]/;

function escapeCopy(text: string): string {
  if (!special.test(text)) return text;
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
}

/** Marks the records whose amounts add up to more than a cell can hold; returns how many they are. */
export async function refuseOverflows(
  tx: Transaction,
  { keys }: LedgerTables,
  locale: Locale,
): Promise<number> {
  const cell = [...keys, 'period'].join(', ');
  const { severity } = rowFaults.sumOutOfRange;
  const message = csvField(faultText(rowFaults.sumOutOfRange, locale));
  return tx.run(sql`
    UPDATE pg_temp.planning_staging s SET severity = ${severity}, message = ${message}, amount = NULL
    WHERE amount IS NOT NULL AND (${rawSql(cell)}) IN (
      SELECT ${rawSql(cell)} FROM pg_temp.planning_staging WHERE amount IS NOT NULL GROUP BY ${rawSql(cell)}
      HAVING sum(amount) NOT BETWEEN -9223372036854775808 AND 9223372036854775807)`);
}
