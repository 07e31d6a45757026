import { answerRecords } from '../answer-records.ts';
import { type Action, appOf, dataIdOf } from '../call.ts';
import { chosenFields } from '../chosen-fields.ts';

/** `get_data`: one record with all parts, or those of `fields` (appsuite §2.6). */
export const getData: Action = async (call) => {
  const app = await appOf(call);
  const id = dataIdOf(call);
  const visible = call.deps.records.visibleFields(call.caller, app);
  const chosen = chosenFields(call, app, visible, false);
  const { row } = await call.deps.records.get(call.caller, app, id, { rights: true });
  const [record] = await answerRecords(call, app, chosen, [row]);
  return { record };
};
