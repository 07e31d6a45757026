import { rawSql, sql, type Transaction } from '../../platform/database/database.ts';
import { pointerStep } from '../../platform/errors.ts';
import type { App, AppField } from './app.ts';
import { errors } from './errors.ts';
import { throwFaults } from './rules/inputs.ts';
import type { StoredValue } from './rules/values.ts';
import type { RecordRow } from './store/columns.ts';
import { attachableFiles, attachFiles, deleteFiles } from './store/files.ts';
import { targetOf } from './targets.ts';

/** What records hold beside their values: references to other records, and files. */

type Saved = { values: ReadonlyMap<AppField, StoredValue> };
export type FileHolder = { file: number; record: number; field: number };

/** Every record referred to exists. One query per reference field, however many records are saved. */
export async function checkReferences(
  tx: Transaction,
  app: App,
  apps: readonly App[],
  records: readonly Saved[],
): Promise<void> {
  for (const field of app.fields) {
    if (field.kind !== 'reference') continue;
    const ids = [...new Set(records.flatMap(({ values }) => (values.get(field) as number | null) ?? []))];
    if (ids.length === 0) continue;
    const target = targetOf(field, apps);
    const found = target
      ? await tx.rows<{ id: number }>(
          sql`SELECT id FROM ${rawSql(target.app.table)} WHERE id = ANY (${ids}::bigint[]) FOR KEY SHARE`,
        )
      : [];
    const known = new Set(found.map(({ id }) => id));
    const place = `/fields${pointerStep(field.name)}`;
    throwFaults(
      ids
        .filter((id) => !known.has(id))
        .map((id) => errors.referenceUnknown({ field: field.name, value: id }, place)),
    );
  }
}

/** Every file is one that the record may take: uploaded by its user and free, or its own already. */
export async function checkFiles(
  tx: Transaction,
  app: App,
  records: readonly (Saved & { user: number; id?: number })[],
): Promise<void> {
  const fields = app.fields.filter(({ kind }) => kind === 'files');
  if (fields.length === 0) return;
  for (const { values, user, id } of records.filter((record) =>
    fields.some((field) => record.values.get(field)),
  )) {
    const wanted = fields.flatMap((field) => (values.get(field) as readonly number[] | null) ?? []);
    const allowed = await attachableFiles(tx, app.id, user, id ?? null, wanted);
    for (const field of fields) {
      const missing = ((values.get(field) as readonly number[] | null) ?? []).filter(
        (file) => !allowed.has(file),
      );
      const place = `/fields${pointerStep(field.name)}`;
      throwFaults(missing.map((file) => errors.fileUnknown({ field: field.name, value: file }, place)));
    }
  }
}

/** Which record and field now holds each file that was given. */
export function fileHolders(
  app: App,
  records: readonly { id: number; values: Saved['values'] }[],
): FileHolder[] {
  const fields = app.fields.filter(({ kind }) => kind === 'files');
  return records.flatMap(({ id, values }) =>
    fields.flatMap((field) =>
      ((values.get(field) as readonly number[] | null) ?? []).map((file) => ({
        file,
        record: id,
        field: field.id,
      })),
    ),
  );
}

/** Attaches the files of changed records and deletes those that they no longer hold. */
export async function moveFiles(
  tx: Transaction,
  app: App,
  saved: readonly { before: RecordRow; values: Saved['values'] }[],
  holders: readonly FileHolder[],
): Promise<void> {
  const kept = new Set(holders.map(({ file }) => file));
  const fields = app.fields.filter(({ kind }) => kind === 'files');
  const gone = saved.flatMap(({ before, values }) =>
    fields
      .filter((field) => values.has(field))
      .flatMap((field) => ((before[field.column] as { id: number }[] | null) ?? []).map(({ id }) => id))
      .filter((id) => !kept.has(id)),
  );
  await attachFiles(tx, holders);
  await deleteFiles(tx, gone);
}
