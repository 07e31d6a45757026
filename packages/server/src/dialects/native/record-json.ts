import type { Identity } from '../../modules/identity/index.ts';
import {
  type AppField,
  type HistoryItem,
  type JsonValue,
  jsonInstant,
  memberNames,
  type RecordRow,
  toJson,
} from '../../modules/records/index.ts';

/** A record of the native API (contract §5). Users are login names. */
export type RecordJson = {
  id: number;
  revision: number;
  createdAt: string;
  createdBy: string | null;
  updatedAt: string;
  updatedBy: string | null;
  state?: string;
  processId?: string;
  fields: Record<string, JsonValue>;
};

/**
 * What changed, with values as records have them, so that the earlier one may be written back as it stands;
 * references as the other record's id.
 */
export async function historyJson<T extends Pick<HistoryItem, 'by' | 'changes'>>(
  directory: Identity['directory'],
  fields: readonly AppField[],
  items: readonly T[],
) {
  const byName = new Map(fields.map((field) => [field.name, field]));
  /** A row of a table with nothing but this value. */
  const rowOf = (field: AppField, value: unknown) => ({ [field.column]: value }) as RecordRow;
  const values = items.flatMap(({ changes }) => Object.entries(changes));
  const rows = values.flatMap(([name, pair]) => {
    const field = byName.get(name);
    return field && field.kind !== 'reference' ? pair.map((value) => rowOf(field, value)) : [];
  });
  const savers = items.map(({ by }) => by);
  const names = await memberNames(directory, fields, rows, savers);
  return items.map(({ changes, ...item }) => ({
    ...item,
    by: names.users.get(item.by ?? 0)?.login ?? null,
    changes: Object.fromEntries(
      Object.entries(changes).map(([name, pair]) => {
        const field = byName.get(name);
        if (!field || field.kind === 'reference') return [name, pair];
        return [name, pair.map((value) => toJson(field, rowOf(field, value), names))];
      }),
    ),
  }));
}

export async function recordsJson(
  directory: Identity['directory'],
  fields: readonly AppField[],
  rows: readonly RecordRow[],
): Promise<RecordJson[]> {
  const savers = rows.flatMap((row) => [row.created_by, row.updated_by]);
  const names = await memberNames(directory, fields, rows, savers);
  const login = (user: number | null) => (user === null ? null : (names.users.get(user)?.login ?? null));
  return rows.map((row) => ({
    id: row.id,
    revision: row.revision,
    createdAt: jsonInstant(row.created_at),
    createdBy: login(row.created_by),
    updatedAt: jsonInstant(row.updated_at),
    updatedBy: login(row.updated_by),
    ...(row.state !== null && { state: row.state }),
    ...(row.process_id !== null && { processId: row.process_id }),
    // not by assignment: a field may be called __proto__
    fields: Object.fromEntries(fields.map((field) => [field.name, toJson(field, row, names)])),
  }));
}
