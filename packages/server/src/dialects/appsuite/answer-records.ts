import type { App, RecordRow } from '../../modules/records/index.ts';
import { downloadUrl } from './addresses.ts';
import { type Call, memberOf } from './call.ts';
import type { Chosen } from './chosen-fields.ts';
import { peopleIn } from './people.ts';
import { encodeRecord, leadingMembers, type RecordJson } from './record-json.ts';

/** Records for an answer of the API, with the members that were asked for. */
export async function answerRecords(
  call: Call,
  app: App,
  { fields, leading }: Chosen,
  rows: readonly RecordRow[],
): Promise<RecordJson[]> {
  const { directory, timeZone } = call.deps;
  const people = await peopleIn(
    directory,
    rows.map((row) => ({ row, fields })),
  );
  const own = `${call.request.protocol}://${call.request.host}/cgi-bin/dneo/`;
  const context = {
    people,
    timeZone: timeZone(),
    fileUrl: (one: App, field: (typeof fields)[number], file: number) => downloadUrl(own, one, field, file),
  };
  const left = leadingMembers.filter((name) => !leading.has(name));
  return rows.map((row) => {
    const record = encodeRecord(app, row, fields, memberOf(app), context);
    // names of parts never equal those of system parts: the workspace refuses that
    for (const name of left) delete record[name];
    return record;
  });
}
