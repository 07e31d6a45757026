import type { AppField } from '../../../modules/records/index.ts';
import { type Action, appOf } from '../call.ts';
import { filterCondition } from '../filter.ts';

/** `list_apps`: the apps that the caller may use (appsuite §2.8 fact 62). */
export const listApps: Action = async ({ deps, caller }) => {
  const apps = await deps.records.apps(caller);
  return { list: { item: apps.map(({ id, name }) => ({ id: String(id), name, app_status: '1' })) } };
};

/** `count_data`: how many records there are for the caller; takes `filter` and `keyword` too (fact 61). */
export const countData: Action = async (call) => {
  const { records } = call.deps;
  const app = await appOf(call);
  const filter = filterCondition(call, app, records.visibleFields(call.caller, app));
  const keyword = call.parameters.one('keyword');
  const count = await records.count(call.caller, app, {
    ...(filter && { filter }),
    ...(keyword && { keyword }),
  });
  return { allcnt: String(count) };
};

/** `get_app`: the app and the parts that the caller may see, in the words of the product's exports (facts 63, 74). */
export const getApp: Action = async (call) => {
  const app = await appOf(call);
  const fields = call.deps.records.visibleFields(call.caller, app);
  return {
    app: {
      id: String(app.id),
      name: app.name,
      app_alias: app.alias ?? '',
      use_field_alias: flag(app.useAliases),
      fields: { item: fields.map(partDefinition) },
    },
  };
};

const internalTypes: Readonly<Partial<Record<AppField['type'], string>>> = {
  text: 'textbox',
  richText: 'richeditor',
  dateTime: 'datetime',
  multiSelect: 'checkbox',
  formula: 'expression',
  autoNumber: 'identity',
  reference: 'rel_field',
  table: 'input_list',
};

function partDefinition(field: AppField) {
  return {
    ID: String(field.id),
    Name: field.name,
    type_: internalTypes[field.type] ?? field.type,
    field_alias: field.alias ?? '',
    required_: flag(field.required),
    unique_: flag(field.unique),
    ...(field.options && { options: field.options.join('\n') }),
    ...(field.min !== undefined && { min_: String(field.min) }),
    ...(field.max !== undefined && { max_: String(field.max) }),
    ...(field.result && { calc_result_type: field.result.toLowerCase() }),
  };
}

function flag(value: boolean | undefined): '0' | '1' {
  return value ? '1' : '0';
}
