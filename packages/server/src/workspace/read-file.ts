import { dirname, relative, resolve } from 'node:path';
import type { WorkspaceFile } from '../platform/workspace-section.ts';
import { errors } from './errors.ts';
import { matchingFiles, readReferences, readText } from './file-references.ts';
import {
  type LocatedEntry,
  type LocatedMap,
  locate,
  type PlacedFault,
  type Position,
  parseLocated,
  plainValue,
} from './located.ts';
import { mergeMaps } from './merge.ts';
import { type ResolvedSecret, resolveSecrets } from './secrets.ts';

/** A workspace file with all it includes, as one; what apply, plan and the command line work on. */
export type ReadWorkspace = {
  /** The merged content without `include`; empty when the file could not be read at all. */
  file: WorkspaceFile;
  secrets: readonly ResolvedSecret[];
  /** What is wrong already; such a file is never applied. */
  faults: readonly PlacedFault[];
  /** True when a file is missing or no YAML, so that looking further would only report what follows from that. */
  broken: boolean;
  /** The line and column that a JSON pointer into `file` leads to, or of the key before it. */
  locate(pointer: string, at: 'key' | 'value'): Position | undefined;
};

/** One file; a demo with its records is far below this. */
const maxSize = 32 * 1024 ** 2;

/**
 * Reads a workspace file, what it includes and what it refers to. Paths in it are relative to the file in which they
 * stand. Never throws for what the files hold.
 */
export async function readWorkspaceFile(
  path: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ReadWorkspace> {
  const reading: Reading = { faults: [], broken: false, done: new Set() };
  const start = resolve(path);
  const root = await readOne(start, [], undefined, reading);
  if (root === undefined) {
    return {
      file: {},
      secrets: [],
      faults: reading.faults,
      broken: true,
      locate: () => undefined,
    };
  }
  await readReferences(root, reading.faults);
  const { secrets, faults } = await resolveSecrets(root, environment);
  return {
    file: plainValue(root) as WorkspaceFile,
    secrets,
    faults: [...reading.faults, ...faults],
    broken: reading.broken,
    locate: (pointer, at) => locate(root, pointer, at),
  };
}

type Reading = { faults: PlacedFault[]; broken: boolean; done: Set<string> };
type Origin = { position: PlacedFault['position'] };

async function readOne(
  path: string,
  chain: readonly string[],
  origin: Origin | undefined,
  reading: Reading,
): Promise<LocatedMap | undefined> {
  reading.done.add(path);
  const position = origin?.position ?? { file: path, line: 1, column: 1 };
  const text = await readText(path, maxSize);
  if (typeof text !== 'string') {
    reading.faults.push({ error: text.error, position });
    reading.broken = true;
    return undefined;
  }
  const { node, faults } = parseLocated(text, path);
  reading.faults.push(...faults);
  if (node?.kind !== 'map') {
    if (node !== undefined) reading.faults.push({ error: errors.noMap(), position: node.at });
    reading.broken = true;
    return undefined;
  }
  checkVersion(node, chain.length === 0, reading.faults);
  const include = node.entries.get('include');
  node.entries.delete('include');
  return include === undefined ? node : await withIncludes(node, include, path, [...chain, path], reading);
}

/** The file itself must say `renkei: 1`; an included one may leave it out. */
function checkVersion(node: LocatedMap, first: boolean, faults: PlacedFault[]): void {
  const entry = node.entries.get('renkei');
  if (entry === undefined ? !first : entry.node.kind === 'scalar' && entry.node.value === 1) return;
  faults.push({ error: errors.version(), position: entry?.node.at ?? node.at });
  // said once is enough: what comes after takes it for given
  node.entries.set('renkei', { keyAt: node.at, node: { kind: 'scalar', at: node.at, value: 1 } });
}

async function withIncludes(
  own: LocatedMap,
  include: LocatedEntry,
  path: string,
  chain: readonly string[],
  reading: Reading,
): Promise<LocatedMap> {
  let whole = own;
  const items = include.node.kind === 'list' ? include.node.items : [include.node];
  for (const item of items) {
    const position = item.at;
    if (item.kind !== 'scalar' || typeof item.value !== 'string') {
      reading.faults.push({ error: errors.include(), position });
      continue;
    }
    const matches = await matchingFiles(dirname(path), item.value);
    // a glob beside the file itself does not mean the file itself
    const files = matches.length > 1 ? matches.filter((file) => file !== path) : matches;
    if (files.length === 0) {
      reading.faults.push({ error: errors.noMatch({ pattern: item.value }), position });
      reading.broken = true;
    }
    for (const file of files) {
      if (chain.includes(file)) {
        const names = [...chain.slice(chain.indexOf(file)), file].map((name) =>
          relative(dirname(chain[0]!), name),
        );
        reading.faults.push({ error: errors.cycle({ path: file, chain: names.join(' → ') }), position });
        continue;
      }
      // included by two files: it counts once
      if (reading.done.has(file)) continue;
      const part = await readOne(file, chain, { position }, reading);
      if (part !== undefined) whole = mergeMaps(whole, part, reading.faults);
    }
  }
  return whole;
}
