import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { glob } from 'tinyglobby';
import type { AppError } from '../platform/errors.ts';
import { errors } from './errors.ts';
import type { LocatedEntry, LocatedList, LocatedNode, LocatedScalar, PlacedFault } from './located.ts';

/**
 * The lists of the workspace file whose texts name files (globs allowed), relative to the file they stand in. They
 * are read where the workspace file is read, since the server may run elsewhere; a section gets `{path, text}`
 * in the name's place, and accepts that form in a file too (it is what `export` writes). `*` is any list entry.
 */
const fileReferences: readonly string[] = [
  '/catalog/technicalServices',
  '/catalog/technicalServices/*/files',
];

/** Replaces the names by what the files hold, in place. */
export async function readReferences(root: LocatedNode, faults: PlacedFault[]): Promise<void> {
  for (const pattern of fileReferences) {
    for (const entry of entriesAt(root, pattern.split('/').slice(1))) {
      if (entry.node.kind === 'list') await expandList(entry.node, faults);
    }
  }
}

function entriesAt(root: LocatedNode, steps: readonly string[]): LocatedEntry[] {
  let found: LocatedEntry[] = [{ keyAt: root.at, node: root }];
  for (const step of steps) {
    found = found.flatMap(({ node }) => {
      if (node.kind === 'map') return node.entries.get(step) ?? [];
      if (node.kind === 'list' && step === '*')
        return node.items.map((item) => ({ keyAt: item.at, node: item }));
      return [];
    });
  }
  return found;
}

async function expandList(list: LocatedList, faults: PlacedFault[]): Promise<void> {
  const items: LocatedNode[] = [];
  for (const item of list.items) {
    if (item.kind !== 'scalar' || typeof item.value !== 'string') items.push(item);
    else items.push(...(await readMatches(item, item.value, faults)));
  }
  list.items = items;
}

async function readMatches(
  item: LocatedScalar,
  pattern: string,
  faults: PlacedFault[],
): Promise<LocatedNode[]> {
  const folder = dirname(item.at.file);
  const paths = await matchingFiles(folder, pattern);
  if (paths.length === 0) faults.push({ error: errors.noMatch({ pattern }), position: item.at });
  const nodes: LocatedNode[] = [];
  for (const path of paths) {
    const read = await readText(path, maxReferencedSize);
    if (typeof read !== 'string') {
      faults.push({ error: read.error, position: item.at });
      continue;
    }
    const scalar = (value: string) => ({
      keyAt: item.at,
      node: { kind: 'scalar', at: item.at, value } as const,
    });
    const name = relative(folder, path).replaceAll('\\', '/');
    nodes.push({
      kind: 'map',
      at: item.at,
      entries: new Map([
        ['path', scalar(name)],
        ['text', scalar(read)],
      ]),
    });
  }
  return nodes;
}

const maxReferencedSize = 16 * 1024 ** 2;

/**
 * The files a relative path or glob stands for, sorted by path. A name that exists as written is taken as it is, so
 * brackets in file names are no pattern.
 */
export async function matchingFiles(folder: string, pattern: string): Promise<string[]> {
  const literal = isAbsolute(pattern) ? pattern : resolve(folder, pattern);
  const options = { cwd: folder, absolute: true, onlyFiles: true, expandDirectories: false };
  const escaped = await glob(literal.replaceAll(/[\\$^*+?()[\]{}!|@]/g, '\\$&'), options);
  const found = escaped.length > 0 ? escaped : await glob(pattern, options);
  return found.sort();
}

/** A file's text (UTF-8, a byte order mark is dropped), or why it cannot be had. */
export async function readText(path: string, limit: number): Promise<string | { error: AppError }> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return { error: errors.unreadable({ path, reason: (error as NodeJS.ErrnoException).code ?? 'error' }) };
  }
  if (bytes.length > limit) return { error: errors.tooLarge({ path, limit }) };
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { error: errors.notText({ path }) };
  }
}
