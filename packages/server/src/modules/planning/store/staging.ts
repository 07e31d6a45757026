import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import { rawSql, sql, type Transaction } from '../../../platform/database/database.ts';
import type { Locale } from '../../../platform/errors.ts';
import type { CheckedCell } from '../rules/import-target.ts';
import { rowFaults } from '../rules/row-faults.ts';
import { faultOutcome } from './import-log.ts';
import type { LedgerTables } from './ledger-tables.ts';

/** The transaction's own table of the rows that go in; `seq` counts all rows, faulty ones too, from 1. */
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
  /** Takes the next row; one that is faulty is only counted. */
  add(row: CheckedCell): void;
  /** Waits while PostgreSQL is behind. */
  flush(): Promise<void>;
  finish(): Promise<StagedCounts>;
  /** Ends the COPY as failed, so that the transaction can be rolled back. */
  abort(): Promise<void>;
};

/** Opens the staging table and a COPY into it; what is added goes straight on, a portion at a time. */
export async function openStaging(tx: Transaction, tables: LedgerTables): Promise<Staging> {
  const keys = tables.keys.map((key) => `${key} integer`).join(', ');
  await tx.run(
    sql`${rawSql(`
      CREATE TEMPORARY TABLE planning_staging (
        seq integer NOT NULL, ${keys}, period integer NOT NULL, amount bigint, text text, turned boolean NOT NULL,
        message text
      ) ON COMMIT DROP`)}`,
  );
  const copy = tx.client.query(copyFrom(`COPY ${stagingTable} FROM STDIN`));
  let failure: Error | undefined;
  copy.on('error', (error: Error) => {
    failure = error;
  });
  const counts = { rows: 0, faulty: 0, amounts: 0, texts: 0 };
  let longest = 0;
  let pending = '';

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
    add({ key, month, amount, text, turned, fault }) {
      counts.rows += 1;
      if (fault || !key) {
        counts.faulty += 1;
        return;
      }
      if (amount !== undefined) {
        counts.amounts += 1;
        if (amount.length > longest) longest = amount.length;
      }
      if (text !== undefined) counts.texts += 1;
      const place = `${key.join('\t')}\t${month}`;
      const value = `${amount ?? '\\N'}\t${text === undefined ? '\\N' : escapeCopy(text)}`;
      pending += `${counts.rows}\t${place}\t${value}\t${turned ? 't' : 'f'}\t\\N\n`;
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
      // its end is an error, which is what is wanted
      const closed = new Promise((resolve) => copy.once('close', resolve));
      copy.destroy();
      await closed;
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
  const message = faultOutcome(rowFaults.sumOutOfRange, locale);
  return tx.run(sql`
    UPDATE pg_temp.planning_staging s SET message = ${message}, amount = NULL
    WHERE amount IS NOT NULL AND (${rawSql(cell)}) IN (
      SELECT ${rawSql(cell)} FROM pg_temp.planning_staging WHERE amount IS NOT NULL GROUP BY ${rawSql(cell)}
      HAVING sum(amount) NOT BETWEEN -9223372036854775808 AND 9223372036854775807)`);
}
