import type { Identity } from '../../modules/identity/index.ts';
import {
  type AppField,
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
