import type { AppError } from '../../../platform/errors.ts';
import { errors } from '../errors.ts';

/** A member as a declaration has it: children by label. */
export type TreeNode = {
  label: string;
  leaf?: boolean | undefined;
  children?: readonly string[] | undefined;
};

export type TreeFault = { label: string; error: AppError };

/**
 * What is wrong with the trees of a dimension: a child that does not exist, a member below itself, a member that
 * occurs twice below one aggregate (fusion_place §3.3), children of a leaf.
 */
export function treeFaults(dimension: string, nodes: ReadonlyMap<string, TreeNode>): TreeFault[] {
  const faults: TreeFault[] = [];
  for (const { label, leaf, children = [] } of nodes.values()) {
    for (const child of children) {
      if (!nodes.has(child))
        faults.push({ label, error: errors.unknownMember({ dimension, label: child }, '/children') });
    }
    if (leaf === true && children.length > 0) {
      faults.push({ label, error: errors.leafWithChildren({ label }, '/leaf') });
    }
  }
  if (faults.length > 0) return faults;
  const inCycle = findCycle(nodes);
  if (inCycle !== undefined)
    return [{ label: inCycle, error: errors.cycle({ label: inCycle }, '/children') }];
  for (const { label } of nodes.values()) {
    const repeated = findRepeated(nodes, label);
    if (repeated !== undefined) {
      faults.push({ label, error: errors.twiceBelow({ child: repeated, parent: label }, '/children') });
    }
  }
  return faults;
}

function findCycle(nodes: ReadonlyMap<string, TreeNode>): string | undefined {
  const state = new Map<string, 'open' | 'done'>();
  for (const start of nodes.keys()) {
    if (state.has(start)) continue;
    // an own stack: a chain of members may be longer than the call stack is deep
    const path: { label: string; next: number }[] = [{ label: start, next: 0 }];
    state.set(start, 'open');
    while (path.length > 0) {
      const top = path.at(-1)!;
      const child = nodes.get(top.label)!.children?.[top.next++];
      if (child === undefined) {
        state.set(top.label, 'done');
        path.pop();
      } else if (state.get(child) === 'open') {
        return child;
      } else if (!state.has(child)) {
        state.set(child, 'open');
        path.push({ label: child, next: 0 });
      }
    }
  }
  return undefined;
}

function findRepeated(nodes: ReadonlyMap<string, TreeNode>, ancestor: string): string | undefined {
  const seen = new Set<string>();
  const stack = [...(nodes.get(ancestor)!.children ?? [])];
  while (stack.length > 0) {
    const label = stack.pop()!;
    if (seen.has(label)) return label;
    seen.add(label);
    stack.push(...(nodes.get(label)!.children ?? []));
  }
  return undefined;
}

/** Pairs of a member and a leaf at or below it, for the table that totals are joined with. */
export function leafPairs(nodes: ReadonlyMap<string, TreeNode>): [ancestor: string, leaf: string][] {
  const pairs: [string, string][] = [];
  for (const { label } of nodes.values()) {
    const stack = [label];
    while (stack.length > 0) {
      const at = nodes.get(stack.pop()!)!;
      if (isLeaf(at)) pairs.push([label, at.label]);
      stack.push(...(at.children ?? []));
    }
  }
  return pairs;
}

export function isLeaf(node: TreeNode): boolean {
  return node.leaf !== false && (node.children ?? []).length === 0;
}
