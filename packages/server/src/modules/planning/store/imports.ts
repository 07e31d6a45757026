import { type Queryable, sql } from '../../../platform/database/database.ts';
import type { Locale } from '../../../platform/errors.ts';
import type { Pov } from '../rules/form-view.ts';
import type { StagedRow } from '../rules/import-target.ts';

/** How long imports are remembered. */
const keptDays = 90;
/** Refused records that are kept of one import, and characters of each of their texts. */
const mostRefusals = 5000;
const longestText = 200;

export type Refusal = {
  record: number;
  /** Empty where the form has no value fields. */
  valueField: string;
  /** What stood in the file, in the order of the import's fields. */
  fields: string[];
  value: string;
  message: Record<Locale, string>;
};

/** Gathers what an import refuses, the first 5,000 of it. */
export type Refusals = {
  add(record: number, row: StagedRow): void;
  readonly kept: readonly Refusal[];
};

export function createRefusals(): Refusals {
  const kept: Refusal[] = [];
  const short = (text: string) => (text.length > longestText ? `${text.slice(0, longestText)}…` : text);
  return {
    kept,
    add(record, { fault, valueField, cells, value }) {
      if (!fault || kept.length >= mostRefusals) return;
      kept.push({ record, valueField, fields: cells.map(short), value: short(value), message: fault.text });
    },
  };
}

export type ImportRecord = {
  ledger: number;
  edition: string;
  by: string;
  form: string;
  participant: string;
  povs: readonly Pov[];
  fields: readonly string[];
  records: number;
  refused: number;
};

/** Notes an import, in its own transaction, and forgets those of the ledger that are older than 90 days. */
export async function recordImport(
  db: Queryable,
  { ledger, edition, by, form, participant, povs, fields, records, refused }: ImportRecord,
  refusals: readonly Refusal[],
): Promise<void> {
  const pov = Object.fromEntries(povs.map(({ dimension, member }) => [dimension, member]));
  await db.run(sql`
    DELETE FROM planning.imports WHERE ledger = ${ledger} AND at < now() - make_interval(days => ${keptDays})`);
  const made = await db.row<{ id: number }>(sql`
    INSERT INTO planning.imports (ledger, edition, by, form, participant, pov, fields, records, refused)
    VALUES (${ledger}, ${edition}, ${by}, ${form}, ${participant}, ${JSON.stringify(pov)},
            ${[...fields]}::text[], ${records}, ${refused}) RETURNING id`);
  if (refusals.length === 0) return;
  const rows = refusals.map(({ valueField, ...rest }) => ({ ...rest, value_field: valueField }));
  await db.run(sql`
    INSERT INTO planning.import_refusals (import, position, record, value_field, fields, value, message)
    SELECT ${made!.id}, r.position, record, value_field, fields, value, message
    FROM ROWS FROM (
      json_to_recordset(${JSON.stringify(rows)}::json)
        AS (record integer, value_field text, fields text[], value text, message jsonb)
    ) WITH ORDINALITY AS r (record, value_field, fields, value, message, position)`);
}

export type ImportSummary = {
  id: number;
  at: Date;
  by: string;
  form: string;
  ledger: string;
  edition: string;
  participant: string;
  pov: Record<string, string>;
  fields: string[];
  records: number;
  refused: number;
};

export type Page = { limit: number; cursor: number | undefined };

/** Imports of an application, newest first; `by`: only this user's. `cursor` is the id of the last one seen. */
export function listImports(
  db: Queryable,
  application: number,
  by: string | undefined,
  { limit, cursor }: Page,
): Promise<ImportSummary[]> {
  return db.rows(sql`
    SELECT i.id, i.at, i.by, i.form, l.label AS ledger, i.edition, i.participant, i.pov, i.fields, i.records, i.refused
    FROM planning.imports i JOIN planning.ledgers l ON l.id = i.ledger
    WHERE l.application = ${application} AND (${by ?? null}::text IS NULL OR i.by = ${by ?? null})
      AND (${cursor ?? null}::bigint IS NULL OR i.id < ${cursor ?? null})
    ORDER BY i.id DESC LIMIT ${limit}`);
}

export function findImport(
  db: Queryable,
  application: number,
  by: string | undefined,
  id: number,
): Promise<ImportSummary | undefined> {
  return db.row(sql`
    SELECT i.id, i.at, i.by, i.form, l.label AS ledger, i.edition, i.participant, i.pov, i.fields, i.records, i.refused
    FROM planning.imports i JOIN planning.ledgers l ON l.id = i.ledger
    WHERE l.application = ${application} AND i.id = ${id}
      AND (${by ?? null}::text IS NULL OR i.by = ${by ?? null})`);
}

/** Refused records of an import in the order of its file. `cursor` is the position of the last one seen. */
export function listRefusals(
  db: Queryable,
  id: number,
  { limit, cursor = 0 }: Page,
): Promise<(Refusal & { position: number })[]> {
  return db.rows(sql`
    SELECT position, record, value_field AS "valueField", fields, value, message FROM planning.import_refusals
    WHERE import = ${id} AND position > ${cursor} ORDER BY position LIMIT ${limit}`);
}
