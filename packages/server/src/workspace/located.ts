import { isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import type { AppError } from '../platform/errors.ts';
import { errors } from './errors.ts';
import { maxDepth } from './plain-faults.ts';

/** A place in a file as people count: lines and columns begin at 1. */
export type Position = { file: string; line: number; column: number };

/** A mistake and where it stands; without a position it concerns the whole. */
export type PlacedFault = { error: AppError; position: Position | undefined };

/** YAML values that know where they came from, so that files can be merged and mistakes still be placed. */
export type LocatedNode = LocatedMap | LocatedList | LocatedScalar;
export type LocatedMap = { kind: 'map'; at: Position; entries: Map<string, LocatedEntry> };
export type LocatedEntry = { keyAt: Position; node: LocatedNode };
export type LocatedList = { kind: 'list'; at: Position; items: LocatedNode[] };
export type LocatedScalar = { kind: 'scalar'; at: Position; value: string | number | boolean | null };

/** Aliases may at most multiply to this many nodes; YAML bombs go beyond at once. */
const maxAliasCount = 1000;

/** After a few, the further ones only follow from the first. */
const maxSyntaxErrors = 20;

/**
 * Reads one YAML text (JSON is YAML). Syntax errors leave no node; keys given twice are reported and the first one
 * counts.
 */
export function parseLocated(text: string, file: string): Parsed {
  try {
    return parse(text, file);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // the parser is recursive: only nesting exhausts it
    return {
      faults: [{ error: errors.tooDeep({ limit: maxDepth }), position: { file, line: 1, column: 1 } }],
    };
  }
}

type Parsed = { node?: LocatedNode; faults: PlacedFault[] };

function parse(text: string, file: string): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    // col is 0 for an offset before the first character of an empty text
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const broken = [...document.errors, ...document.warnings]
    .slice(0, maxSyntaxErrors)
    .map(({ message, pos }) => ({
      error: errors.syntax({ reason: message }),
      position: positionAt(pos[0]),
    }));
  if (broken.length > 0) return { faults: broken };
  try {
    document.toJS({ maxAliasCount });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { faults: [{ error: errors.aliases(), position: { file, line: 1, column: 1 } }] };
  }

  const faults: PlacedFault[] = [];
  const anchored = new Map<ParsedNode, LocatedNode>();
  const open = new Set<ParsedNode>();

  function convert(node: ParsedNode | null, fallback: number): LocatedNode {
    const at = positionAt(node?.range?.[0] ?? fallback);
    if (node === null) return { kind: 'scalar', at, value: null };
    if (isAlias(node)) return convertAlias(node.resolve(document) as ParsedNode | undefined, at);
    if (open.has(node)) throw new SelfReference();
    open.add(node);
    const located = convertPlain(node, at);
    open.delete(node);
    if (node.anchor !== undefined) anchored.set(node, located);
    return located;
  }

  /** What an alias stands for, placed where the alias is written. */
  function convertAlias(target: ParsedNode | undefined, at: Position): LocatedNode {
    if (target === undefined) return { kind: 'scalar', at, value: null };
    if (open.has(target)) throw new SelfReference();
    return { ...(anchored.get(target) ?? convert(target, 0)), at };
  }

  function convertPlain(node: ParsedNode, at: Position): LocatedNode {
    if (isSeq(node)) {
      const start = node.range[0];
      return { kind: 'list', at, items: node.items.map((item) => convert(item as ParsedNode | null, start)) };
    }
    if (!isMap(node)) return { kind: 'scalar', at, value: scalarValue(isScalar(node) ? node.value : null) };
    const entries = new Map<string, LocatedEntry>();
    for (const { key, value } of node.items) {
      const offset = key?.range?.[0] ?? 0;
      const name = isScalar(key) ? (key.source ?? String(key.value)) : String(key);
      const keyAt = positionAt(offset);
      const earlier = entries.get(name);
      const located = convert(value, key?.range?.[2] ?? offset);
      if (earlier === undefined) entries.set(name, { keyAt, node: located });
      else
        faults.push({
          error: errors.duplicateKey({ key: name, line: earlier.keyAt.line }),
          position: keyAt,
        });
    }
    return { kind: 'map', at, entries };
  }

  try {
    return { node: convert(document.contents, 0), faults };
  } catch (error) {
    if (!(error instanceof SelfReference)) throw error;
    return { faults: [{ error: errors.aliases(), position: { file, line: 1, column: 1 } }] };
  }
}

class SelfReference extends Error {}

function scalarValue(value: unknown): LocatedScalar['value'] {
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? value : String(value);
}

/** The plain value, as JSON would hold it. */
export function plainValue(node: LocatedNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plainValue);
  return Object.fromEntries([...node.entries].map(([key, { node: value }]) => [key, plainValue(value)]));
}

/**
 * Where a JSON pointer leads: the value's place, or with `at: 'key'` that of the key before it. A pointer that leads
 * nowhere is placed at the nearest map or list that exists.
 */
export function locate(root: LocatedNode, pointer: string, at: 'key' | 'value' = 'value'): Position {
  let node = root;
  let place = root.at;
  for (const step of pointerSteps(pointer)) {
    if (node.kind === 'map') {
      const entry = node.entries.get(step);
      if (entry === undefined) break;
      place = at === 'key' ? entry.keyAt : entry.node.at;
      node = entry.node;
    } else if (node.kind === 'list') {
      const item = node.items[Number(step)];
      if (item === undefined) break;
      place = item.at;
      node = item;
    } else break;
  }
  return place;
}

export function pointerSteps(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
