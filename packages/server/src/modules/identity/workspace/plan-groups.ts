import type { AppError } from '../../../platform/errors.ts';
import type { Change } from '../../../platform/workspace-section.ts';
import { errors } from '../errors.ts';
import type { GroupState, Renumbering } from '../store/workspace.ts';
import { numberObjects } from './numbers.ts';
import type { GroupEntry } from './schema.ts';

export type GroupsPlan = {
  changes: Change[];
  faults: AppError[];
  renumberings: Renumbering[];
  writes: { number: number; id: string; name: string }[];
  removals: number[];
  /** The groups there are once the plan is carried out. */
  ids: ReadonlySet<string>;
};

/** What the file's `groups` change; without that key, nothing. */
export function planGroups(
  states: readonly GroupState[],
  entries: readonly GroupEntry[] | undefined,
  prune: boolean,
): GroupsPlan {
  const present = new Map(states.filter(({ removed }) => !removed).map((state) => [state.id, state]));
  const plan: GroupsPlan = {
    changes: [],
    faults: [],
    renumberings: [],
    writes: [],
    removals: [],
    ids: new Set(present.keys()),
  };
  if (entries === undefined) return plan;

  const declared = new Map<string, GroupEntry>();
  for (const [index, entry] of entries.entries()) {
    if (declared.has(entry.id)) {
      plan.faults.push(errors.twice({ what: 'id', value: entry.id }, `/groups/${index}/id`));
    } else declared.set(entry.id, entry);
  }
  const wanted = entries
    .map(({ id, number }, index) => ({ key: id, number, place: `/groups/${index}/number` }))
    .filter(({ key }, index) => declared.get(key) === entries[index]);
  const { numbers, renumberings, faults } = numberObjects(
    states.map(({ number, id, removed }) => ({ number, key: id, removed })),
    wanted,
  );
  plan.faults.push(...faults);
  plan.renumberings.push(...renumberings);

  for (const [id, entry] of declared) {
    const number = numbers.get(id);
    if (number === undefined) continue; // its fault is reported
    const now = present.get(id);
    const name = entry.name ?? id;
    const details: string[] = [];
    if (now && now.name !== name) details.push(`name: ${now.name} → ${name}`);
    if (now && now.number !== number) details.push(`number: ${now.number} → ${number}`);
    const action = now === undefined ? 'add' : details.length > 0 ? 'change' : 'keep';
    plan.changes.push({ action, kind: 'group', id, ...(details.length > 0 && { details }) });
    if (action !== 'keep') plan.writes.push({ number, id, name });
  }
  for (const { id, number } of prune ? present.values() : []) {
    if (declared.has(id)) continue;
    plan.changes.push({ action: 'remove', kind: 'group', id });
    plan.removals.push(number);
  }
  const gone = new Set(prune ? [...present.keys()].filter((id) => !declared.has(id)) : []);
  plan.ids = new Set([...present.keys(), ...declared.keys()].filter((id) => !gone.has(id)));
  return plan;
}
