import {
  type App,
  type AppField,
  accessOf,
  memberNames,
  type RecordRow,
  rightsOf,
} from '../../modules/records/index.ts';
import { downloadUrl } from './addresses.ts';
import type { Call } from './call.ts';
import type { Chosen } from './chosen-fields.ts';
import { type Cell, encodeField, encodeLeading, type RecordJson } from './record-json.ts';

/**
 * Records for an answer of the API: the members that were asked for, what the caller may do with the record under
 * `\permissions`, and `deny_write` on the parts that he may not write (appsuite §2.6 fact 54). The rows must have been
 * read with `rights`.
 */
export async function answerRecords(
  call: Call,
  app: App,
  { members, leading }: Chosen,
  rows: readonly RecordRow[],
): Promise<RecordJson[]> {
  const { directory, timeZone } = call.deps;
  const fields = members.map(({ field }) => field);
  const savers = rows.flatMap((row) => [row.created_by, row.updated_by]);
  const people = await memberNames(directory, fields, rows, savers);
  const own = `${call.request.protocol}://${call.request.host}/cgi-bin/dneo/`;
  const context = {
    people,
    timeZone: timeZone(),
    fileUrl: (one: App, field: AppField, file: number) => downloadUrl(own, one, field, file),
  };
  const { readOnly } = accessOf(app, call.caller, app.lookups);
  return rows.map((row) =>
    Object.fromEntries([
      ...encodeLeading(row, context).flatMap(([name, cell]) => {
        const member = leading.get(name);
        return member === undefined ? [] : [[member, cell] as const];
      }),
      ...members.map(({ name, field }) => {
        const cell = encodeField(app, row, field, context);
        return [name, readOnly.has(field) ? { ...cell, deny_write: '1' } : cell] as const;
      }),
      ...permissions(row),
    ]),
  );
}

/** Only where something is refused: who may do everything sees the record as a webhook tells it. */
function permissions(row: RecordRow): [string, Cell][] {
  const rights = rightsOf(row);
  if (rights.change && rights.delete) return [];
  return [['\\permissions', { val: { edit: rights.change ? '1' : '0', delete: rights.delete ? '1' : '0' } }]];
}
