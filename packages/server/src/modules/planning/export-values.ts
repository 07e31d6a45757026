import type { Readable } from 'node:stream';
import { to as copyTo } from 'pg-copy-streams';
import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import { actAs } from './access.ts';
import { errors } from './errors.ts';
import { csvField } from './rules/csv-rows.ts';
import { exportRows } from './rules/form-faults.ts';
import { openForm, type Pov } from './rules/form-view.ts';
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
 * A form's document as CSV with LF line ends (fusion_place §3.2), straight from PostgreSQL's COPY. The stream is
 * read to its end or destroyed; until then it holds a database connection.
 */
export async function exportValues(
  deps: Deps,
  caller: Caller,
  request: FormRequest,
  style: CsvStyle,
): Promise<{ header: string; rows: Readable }> {
  const query = await openForReading(deps, caller, request);
  const separator = style.separator === '\t' ? "E'\\t'" : "','";
  const quote = style.quote === 'always' ? ', FORCE_QUOTE *' : '';
  const client = await deps.database.pool.connect();
  // room to sort a million rows, and to add up in one pass
  await client.query("BEGIN READ ONLY; SET LOCAL work_mem = '64MB'; SET LOCAL hash_mem_multiplier = 8");
  const rows = client.query(
    copyTo(`COPY (${formStatement(query)}) TO STDOUT (FORMAT csv, DELIMITER ${separator}${quote})`),
  );
  let released = false;
  const release = (broken?: Error) => {
    if (!released) client.release(broken ?? false);
    released = true;
  };
  rows.once('end', () => {
    client.query('COMMIT').then(
      () => release(),
      (error: Error) => release(error),
    );
  });
  // somebody stopped reading: the connection is in the middle of a COPY and of no more use
  rows.once('close', () => {
    if (!rows.readableEnded) release(new Error('the export was not read to its end'));
  });
  rows.once('error', (error) => release(error));
  return { header: header(query, style), rows };
}

function header({ open }: FormQuery, { separator, quote }: CsvStyle): string {
  if (!open.form.export?.header) return '';
  const labels = [...exportRows(open.form).map(({ dimension }) => dimension), '#VALUE'];
  const fields = labels.map((label) => (quote === 'always' ? `"${label}"` : csvField(label)));
  return `${fields.join(separator)}\n`;
}
