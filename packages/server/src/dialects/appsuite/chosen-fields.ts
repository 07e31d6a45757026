import type { App, AppField } from '../../modules/records/index.ts';
import type { Call } from './call.ts';
import { errors } from './errors.ts';
import { leadingMembers } from './record-json.ts';

/** Which members of a record an answer holds. */
export type Chosen = {
  members: readonly { name: string; field: AppField }[];
  /** `revision` and the system parts: the member's name by the part's. */
  leading: ReadonlyMap<string, string>;
};

/** Members of a record that `list_data` gives when `fields` is absent (appsuite §2.5). */
const listLimit = 50;

/** In identifier mode only parts that have an identifier are read (appsuite §2.10 facts 72, 73). */
const identified: ReadonlyMap<string, string> = new Map([
  ['revision', 'revision'],
  ['データID', 'data_id'],
]);
const named: ReadonlyMap<string, string> = new Map(leadingMembers.map((name) => [name, name]));

/** What `fields` asks for: a JSON array of `{"field_name": …}` or `{"field_alias": …}`. */
export function chosenFields(call: Call, app: App, visible: readonly AppField[], limited: boolean): Chosen {
  const leading = app.useAliases ? identified : named;
  const members = visible.flatMap((field) => {
    const name = app.useAliases ? field.alias : field.name;
    return name === undefined ? [] : [{ name, field }];
  });
  const given = call.parameters.one('fields');
  if (given === undefined || given === '') {
    return { members: limited ? members.slice(0, listLimit - leading.size) : members, leading };
  }
  const chosen = new Set<(typeof members)[number]>();
  const leadingChosen = new Map([['revision', 'revision']]);
  for (const { name, alias } of readFields(given)) {
    const field = visible.find((one) => (alias === undefined ? one.name === name : one.alias === alias));
    const member = members.find((one) => one.field === field);
    const system = [...leading].find(([part, word]) =>
      alias === undefined ? part === name : word === alias,
    );
    if (member) chosen.add(member);
    else if (!field && system) leadingChosen.set(...system);
    else if (!field) throw errors.partUnknown({ part: name ?? alias ?? '' });
  }
  return { members: [...chosen], leading: leadingChosen };
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
