import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import { isDesigner } from './access.ts';
import { errors } from './errors.ts';
import type { Applications } from './store/application.ts';
import { findImport, type ImportSummary, listImports, listRefusals, type Page } from './store/imports.ts';

type Deps = { database: Database; applications: Applications };

/** A refused record, its message in the caller's language, its values by field. */
export type ImportRefusal = {
  record: number;
  valueField: string;
  fields: Record<string, string>;
  value: string;
  message: string;
};

/** What was imported lately: everything for designers and administrators, for others what they imported themselves. */
export async function listOwnImports(
  { database, applications }: Deps,
  caller: Caller,
  label: string,
  page: Page,
): Promise<ImportSummary[]> {
  const application = await applications.load(database, label);
  return listImports(database, application.id, onlyOf(caller), page);
}

/** @throws planning.unknownImport */
export async function readImport(
  { database, applications }: Deps,
  caller: Caller,
  label: string,
  id: number,
): Promise<ImportSummary> {
  const application = await applications.load(database, label);
  const found = await findImport(database, application.id, onlyOf(caller), id);
  if (!found) throw errors.unknownImport({ id });
  return found;
}

/** The records that an import refused, at most the first 5,000. @throws planning.unknownImport */
export async function readImportRefusals(
  deps: Deps,
  caller: Caller,
  label: string,
  id: number,
  page: Page,
): Promise<(ImportRefusal & { position: number })[]> {
  const { fields: labels } = await readImport(deps, caller, label, id);
  const refusals = await listRefusals(deps.database, id, page);
  return refusals.map(({ fields, message, ...refusal }) => ({
    ...refusal,
    fields: Object.fromEntries(labels.map((field, index) => [field, fields[index] ?? ''])),
    message: message[caller.locale],
  }));
}

function onlyOf(caller: Caller): string | undefined {
  return isDesigner(caller) ? undefined : caller.login;
}
