import { type Queryable, rawSql, sql } from '../../../platform/database/database.ts';
import { months } from '../rules/time.ts';

/**
 * Each ledger has tables of its own:
 *
 * - `values_<id>`: amounts, one row per key without the month, twelve columns m1 … m12 (debit-positive, scaled by
 *   10^4, null where blank). A row per cell was tried first: 12 times the rows made a total over 5 million cells
 *   take seconds; a vector of months takes a third of a second.
 * - `texts_<id>`: strings, Booleans and enumeration values, one row per cell.
 * - `values_history_<id>`, `texts_history_<id>`: what a generation replaced.
 */
export type LedgerTables = {
  values: string;
  texts: string;
  valuesHistory: string;
  textsHistory: string;
  /** The key's columns: scenario, fy, account, change, d1, d2, … */
  keys: readonly string[];
};

export function ledgerTables(ledger: number, customDimensions: number): LedgerTables {
  return {
    values: `planning.values_${ledger}`,
    texts: `planning.texts_${ledger}`,
    valuesHistory: `planning.values_history_${ledger}`,
    textsHistory: `planning.texts_history_${ledger}`,
    keys: [
      'scenario',
      'fy',
      'account',
      'change',
      ...Array.from({ length: customDimensions }, (_, index) => `d${index + 1}`),
    ],
  };
}

/** m1, …, m12 */
export const monthColumns: readonly string[] = Array.from({ length: months }, (_, index) => `m${index + 1}`);

export async function createLedgerTables(db: Queryable, tables: LedgerTables): Promise<void> {
  const keys = tables.keys.map((key) => `${key} integer NOT NULL`).join(', ');
  const names = tables.keys.join(', ');
  const amounts = monthColumns.map((month) => `${month} bigint`).join(', ');
  await db.run(
    sql`${rawSql(`
      CREATE TABLE ${tables.values} (edition integer NOT NULL, ${keys}, ${amounts}, PRIMARY KEY (edition, ${names}))`)}`,
  );
  await db.run(
    sql`${rawSql(`
      CREATE TABLE ${tables.texts} (edition integer NOT NULL, ${keys}, period integer NOT NULL, text text NOT NULL,
                                    PRIMARY KEY (edition, ${names}, period))`)}`,
  );
  await db.run(
    sql`${rawSql(`
      CREATE TABLE ${tables.valuesHistory} (generation bigint NOT NULL, ${keys}, ${amounts},
                                            PRIMARY KEY (generation, ${names}))`)}`,
  );
  await db.run(
    sql`${rawSql(`
      CREATE TABLE ${tables.textsHistory} (generation bigint NOT NULL, ${keys}, period integer NOT NULL, text text,
                                           PRIMARY KEY (generation, ${names}, period))`)}`,
  );
}

export async function dropLedgerTables(db: Queryable, tables: LedgerTables): Promise<void> {
  const { values, texts, valuesHistory, textsHistory } = tables;
  await db.run(sql`${rawSql(`DROP TABLE ${values}, ${texts}, ${valuesHistory}, ${textsHistory}`)}`);
}
