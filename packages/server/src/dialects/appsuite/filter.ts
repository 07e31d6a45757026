import {
  type App,
  type AppField,
  type Comparison,
  type Condition,
  systemFields,
} from '../../modules/records/index.ts';
import type { Call } from './call.ts';
import { errors } from './errors.ts';

/** The `filter` parameter (appsuite §2.9): items that must all hold; several values of one are alternatives. */

const operators: Readonly<Record<string, Comparison['op']>> = {
  '=': '=',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  contains: 'contains',
  not_contains: 'notContains',
  is_null: 'isEmpty',
  is_not_null: 'isNotEmpty',
};
const maxItems = 100;
const shape = '{"item":[{"field_id":"101","operator":"=","value":"…"}]}';

export function filterCondition(call: Call, app: App, visible: readonly AppField[]): Condition | undefined {
  const text = call.parameters.one('filter');
  if (text === undefined || text === '') return undefined;
  const wrong = () => errors.parameterWrong({ name: 'filter', allowed: shape });
  let filter: unknown;
  try {
    filter = JSON.parse(text);
  } catch {
    throw wrong();
  }
  const items = (filter as { item?: unknown } | null)?.item;
  const list = Array.isArray(items) ? items : items === undefined ? undefined : [items];
  if (!list || list.length > maxItems) throw wrong();
  return { all: list.map((item: unknown) => comparison(item, app, visible)) };
}

function comparison(item: unknown, app: App, visible: readonly AppField[]): Condition {
  const { field_id: id, operator, value } = (item ?? {}) as Record<string, unknown>;
  if ((typeof id !== 'string' && typeof id !== 'number') || typeof operator !== 'string') {
    throw errors.parameterWrong({ name: 'filter', allowed: shape });
  }
  const field = app.fieldsById.get(Number(id));
  const name =
    field && visible.includes(field) ? field.name : systemFields.find((one) => one.id === Number(id))?.name;
  if (name === undefined) throw errors.partUnknown({ part: String(id).slice(0, 50) });
  const op = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
  if (op === undefined) {
    throw errors.parameterWrong({ name: 'operator', allowed: Object.keys(operators).join(' ') });
  }
  if (op === 'isEmpty' || op === 'isNotEmpty') return { field: name, op };
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw errors.parameterWrong({ name: 'filter', allowed: 'value' });
  }
  const values = String(value).split('\t');
  return { field: name, op, value: values.length === 1 ? values[0] : values };
}
