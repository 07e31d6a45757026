import { Readable } from 'node:stream';
import { type Action, appOf, integer, required } from '../call.ts';
import { errors } from '../errors.ts';

/** `download_data_file`: a file as it was uploaded, streamed (appsuite §2.8 fact 64). */
export const downloadDataFile: Action = async (call) => {
  const app = await appOf(call);
  required(call, 'id');
  required(call, 'field_id');
  const id = integer(call, 'id', 1)!;
  const field = app.fieldsById.get(integer(call, 'field_id', 1)!);
  if (field?.kind !== 'files') throw errors.partUnknown({ part: call.parameters.one('field_id')! });
  const { info, content } = await call.deps.records.openFile(call.caller, app, id);
  await call.reply
    .header('content-type', info.type)
    .header('content-length', info.size)
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeRfc5987(info.name)}`)
    .send(Readable.from(content));
  return {};
};

function encodeRfc5987(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
