import type { App, AppField } from '../../modules/records/index.ts';
import { type Call, memberOf } from './call.ts';
import { errors } from './errors.ts';
import { leadingMembers } from './record-json.ts';

/** Which members of a record are asked for: parts, and those that every record has. */
export type Chosen = { fields: readonly AppField[]; leading: ReadonlySet<string> };

/** Members of a record that `list_data` gives when `fields` is absent (appsuite §2.5). */
const listLimit = 50;

/** What `fields` asks for: a JSON array of `{"field_name": …}` or `{"field_alias": …}`. */
export function chosenFields(call: Call, app: App, visible: readonly AppField[], limited: boolean): Chosen {
  const member = memberOf(app);
  const named = visible.filter((field) => member(field) !== undefined);
  const given = call.parameters.one('fields');
  if (given === undefined || given === '') {
    const fields = limited ? named.slice(0, listLimit - leadingMembers.length) : named;
    return { fields, leading: new Set(leadingMembers) };
  }
  const fields: AppField[] = [];
  const leading = new Set(['revision']);
  for (const { name, alias } of readFields(given)) {
    const field = visible.find((one) => (alias === undefined ? one.name === name : one.alias === alias));
    if (field) {
      if (member(field) !== undefined && !fields.includes(field)) fields.push(field);
    } else if (name !== undefined && leadingMembers.includes(name)) {
      leading.add(name);
    } else {
      throw errors.partUnknown({ part: name ?? alias ?? '' });
    }
  }
  return { fields, leading };
}

function readFields(text: string): { name?: string; alias?: string }[] {
  const wrong = () =>
    errors.parameterWrong({ name: 'fields', allowed: '[{"field_name":"…"},{"field_alias":"…"}]' });
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw wrong();
  }
  if (!Array.isArray(list) || list.length > 1000) throw wrong();
  return list.map((one: unknown) => {
    if (typeof one !== 'object' || one === null) throw wrong();
    const { field_name: name, field_alias: alias } = one as Record<string, unknown>;
    if (typeof name === 'string' && alias === undefined) return { name };
    if (typeof alias === 'string' && name === undefined) return { alias };
    throw wrong();
  });
}
