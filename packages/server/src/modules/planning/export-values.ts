import { to as copyTo } from 'pg-copy-streams';
import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import { actAs } from './access.ts';
import { errors } from './errors.ts';
import { csvField } from './rules/csv-rows.ts';
import { exportRows } from './rules/form-faults.ts';
import { openForm, type Pov } from './rules/form-view.ts';
import type { Slots } from './slots.ts';
import type { Applications } from './store/application.ts';
import { findEdition } from './store/editions.ts';
import { type FormQuery, formStatement } from './store/form-query.ts';
import { ledgerTables } from './store/ledger-tables.ts';

export type FormRequest = {
  application: string;
  form: string;
  participant: string;
  edition?: string | undefined;
  povs: readonly Pov[];
};

export type CsvStyle = { separator: ',' | '\t'; quote: 'always' | 'minimal' };

type Deps = { database: Database; applications: Applications };
type StreamDeps = Deps & { exportSlots: Slots };

/** What a request reads: its form opened, its edition found, its caller let in. */
export async function openForReading(
  { database, applications }: Deps,
  caller: Caller,
  request: FormRequest,
): Promise<FormQuery> {
  const application = await applications.load(database, request.application);
  const open = openForm(application, request.form, request.povs, 'export');
  if (!open.form.export) throw errors.exportOff({ label: open.form.label });
  const { read } = await actAs(database, application, request.participant, caller);
  const edition = await findEdition(database, application.id, request.edition);
  const tables = ledgerTables(open.ledger.id, open.ledger.dimensions.length);
  return { open, tables, edition, read };
}

/**
 * A form's document as CSV with LF line ends (fusion_place §3.2), straight from PostgreSQL's COPY. A database
 * connection is held from the first row that is read until the last, or until the reader stops.
 */
export async function exportValues(
  deps: StreamDeps,
  caller: Caller,
  request: FormRequest,
  style: CsvStyle,
): Promise<{ header: string; rows: AsyncIterable<Buffer> }> {
  const query = await openForReading(deps, caller, request);
  const separator = style.separator === '\t' ? "E'\\t'" : "','";
  const quote = style.quote === 'always' ? ', FORCE_QUOTE *' : '';
  const options = `(FORMAT csv, DELIMITER ${separator}${quote})`;
  return {
    header: header(query, style),
    rows: copyOut(deps, `COPY (${formStatement(query)}) TO STDOUT ${options}`),
  };
}

async function* copyOut({ database, exportSlots }: StreamDeps, statement: string): AsyncGenerator<Buffer> {
  const leave = await exportSlots.take();
  try {
    const client = await database.pool.connect();
    let whole = false;
    try {
      // room to sort a million rows, and to add up in one pass
      await client.query("BEGIN READ ONLY; SET LOCAL work_mem = '64MB'; SET LOCAL hash_mem_multiplier = 8");
      yield* client.query(copyTo(statement)) as AsyncIterable<Buffer>;
      await client.query('COMMIT');
      whole = true;
    } finally {
      // after half a COPY the connection is of no more use
      client.release(!whole);
    }
  } finally {
    leave();
  }
}

function header({ open }: FormQuery, { separator, quote }: CsvStyle): string {
  if (!open.form.export?.header) return '';
  const labels = [...exportRows(open.form).map(({ dimension }) => dimension), '#VALUE'];
  const fields = labels.map((label) => (quote === 'always' ? `"${label}"` : csvField(label)));
  return `${fields.join(separator)}\n`;
}
