import { type App, type AppField, systemFields } from '../../../modules/records/index.ts';
import { answerRecords } from '../answer-records.ts';
import { type Action, appOf, type Call, integer } from '../call.ts';
import { chosenFields } from '../chosen-fields.ts';
import { errors } from '../errors.ts';
import { filterCondition } from '../filter.ts';

const defaultLimit = 100;
const maxLimit = 5000;

/** `list_data`: records by filter, keyword, order and window; none at all is a refusal (appsuite §2.5, §2.3). */
export const listData: Action = async (call) => {
  const app = await appOf(call);
  const visible = call.deps.records.visibleFields(call.caller, app);
  const chosen = chosenFields(call, app, visible, true);
  const fields = chosen.members.map(({ field }) => field);
  const keyword = call.parameters.one('keyword');
  const filter = filterCondition(call, app, visible);
  const sort = sortField(call, app, visible);
  const { rows } = await call.deps.records.list(call.caller, app, {
    fields,
    rights: true,
    limit: Math.min(integer(call, 'limit', 1) ?? defaultLimit, maxLimit),
    offset: integer(call, 'offset', 0) ?? 0,
    descending: descending(call),
    ...(sort !== undefined && { sort }),
    ...(filter && { filter }),
    ...(keyword && { keyword }),
    ...(keyword && call.parameters.one('fields') && { keywordFields: fields }),
  });
  if (rows.length === 0) throw errors.noData();
  return { list: { item: await answerRecords(call, app, chosen, rows) } };
};

/** `sort_field_id` is a part's id, not its name. */
function sortField(call: Call, app: App, visible: readonly AppField[]): string | undefined {
  const id = integer(call, 'sort_field_id', 1);
  if (id === undefined) return undefined;
  const field = app.fieldsById.get(id);
  const name =
    field && visible.includes(field) ? field.name : systemFields.find((one) => one.id === id)?.name;
  if (name === undefined) throw errors.partUnknown({ part: id });
  return name;
}

function descending({ parameters }: Call): boolean {
  const order = parameters.one('sort_order') || 'asc';
  if (order !== 'asc' && order !== 'desc') {
    throw errors.parameterWrong({ name: 'sort_order', allowed: 'asc, desc' });
  }
  return order === 'desc';
}
