import { createReadStream } from 'node:fs';
import type { App, InputForm } from '../../../modules/records/index.ts';
import { type Action, appOf, type Call, dataIdOf } from '../call.ts';
import { partsPlace } from '../envelope.ts';
import { errors } from '../errors.ts';
import { type PartValues, partValues } from '../part-values.ts';

/** `insert_data`: a record from the `{{part}}` parameters (appsuite §2.7). */
export const insertData: Action = async (call) => {
  const app = await appOf(call);
  const parts = partValues(call, app);
  const [row] = await withFiles(call, app, parts, (values) =>
    call.deps.records.insert(call.caller, app, [{ values }], saveOptions(call, app, 'insert_data')),
  );
  const id = String(row!.id);
  return { id, data_id: id };
};

/** `update_data`: absent parts stay as they are; `{{revision}}` guards the change when it is sent. */
export const updateData: Action = async (call) => {
  const app = await appOf(call);
  const id = dataIdOf(call);
  const parts = partValues(call, app);
  const { revision } = parts;
  const [row] = await withFiles(call, app, parts, (values) =>
    call.deps.records.update(
      call.caller,
      app,
      [{ id, values, ...(revision !== undefined && { revision }) }],
      saveOptions(call, app, 'update_data'),
    ),
  );
  return { id: String(id), data_id: String(id), revision: String(row!.revision) };
};

/** `delete_data`: no evidence of the product's own; our proposal (appsuite §4 h). */
export const deleteData: Action = async (call) => {
  const app = await appOf(call);
  const id = dataIdOf(call);
  await call.deps.records.remove(call.caller, app, [{ id }], saveOptions(call, app, 'delete_data'));
  return { id: String(id), data_id: String(id) };
};

function saveOptions(call: Call, app: App, operation: string) {
  const form: InputForm = { by: app.useAliases ? 'alias' : 'name', place: partsPlace };
  return { form, operation, automations: autoAction(call) };
}

/** Whether automatic processing runs (appsuite §1.5 fact 23). */
function autoAction({ parameters }: Call): boolean {
  const given = parameters.one('auto_action');
  if (given === undefined || given === '' || given === 'on') return true;
  if (given === 'off') return false;
  throw errors.parameterWrong({ name: 'auto_action', allowed: 'on, off' });
}

/** Uploads the files that were sent, saves, and takes them back when the record is refused. */
async function withFiles<T>(
  { deps, caller }: Call,
  app: App,
  { values, files }: PartValues,
  save: (values: Record<string, unknown>) => Promise<T>,
): Promise<T> {
  const uploaded: number[] = [];
  try {
    const entries = new Map(values);
    for (const [part, sent] of files) {
      const ids: number[] = [];
      for (const { name, mediaType, path } of sent) {
        const file = await deps.records.uploadFile(caller, app, { name, mediaType }, createReadStream(path));
        uploaded.push(file.id);
        ids.push(file.id);
      }
      entries.set(part, [...((entries.get(part) as unknown[] | null) ?? []), ...ids]);
    }
    return await save(Object.fromEntries(entries));
  } catch (error) {
    if (uploaded.length > 0) await deps.records.discardFiles(uploaded);
    throw error;
  }
}
