import { errors } from './errors.ts';
import type { LocatedMap, LocatedNode, PlacedFault } from './located.ts';

/**
 * A file joined with one that it includes: lists are concatenated, maps merged key by key (`settings`, `catalog`),
 * and a value given in both files must be the same in both. Changes neither: an alias may share their parts.
 */
export function mergeMaps(own: LocatedMap, included: LocatedMap, faults: PlacedFault[]): LocatedMap {
  const entries = new Map(own.entries);
  for (const [key, incoming] of included.entries) {
    const present = entries.get(key);
    if (present === undefined) {
      entries.set(key, incoming);
      continue;
    }
    const node = mergeNodes(present.node, incoming.node, faults);
    if (node !== undefined) entries.set(key, { keyAt: present.keyAt, node });
    else {
      const { file, line } = present.node.at;
      faults.push({ error: errors.mergeConflict({ key, file, line }), position: incoming.keyAt });
    }
  }
  return { ...own, entries };
}

function mergeNodes(own: LocatedNode, other: LocatedNode, faults: PlacedFault[]): LocatedNode | undefined {
  if (own.kind === 'list' && other.kind === 'list') return { ...own, items: own.items.concat(other.items) };
  if (own.kind === 'map' && other.kind === 'map') return mergeMaps(own, other, faults);
  return own.kind === 'scalar' && other.kind === 'scalar' && own.value === other.value ? own : undefined;
}
