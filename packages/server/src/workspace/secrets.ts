import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { AppError } from '../platform/errors.ts';
import { errors } from './errors.ts';
import type { LocatedNode, PlacedFault, Position } from './located.ts';

/** `{env: NAME}` or `{file: PATH}` as it stands in the file, and the text it stands for. */
export type ResolvedSecret = { reference: SecretReference; text: string };
export type SecretReference = { env: string } | { file: string };

/**
 * Looks up every map that has the form of a secret reference, where the file is read: environment variables here,
 * files relative to the file that names them (one line ending at the end is dropped). What cannot be found is left
 * out; it is reported by the section for which it is a secret indeed.
 */
export async function resolveSecrets(
  root: LocatedNode,
  environment: NodeJS.ProcessEnv,
): Promise<{ secrets: ResolvedSecret[]; faults: PlacedFault[] }> {
  const found = new Map<string, ResolvedSecret>();
  const faults: PlacedFault[] = [];
  for (const { reference, at } of references(root)) {
    const text = await lookUp(reference, at, environment);
    if (text === undefined) continue;
    const key = JSON.stringify(reference);
    const earlier = found.get(key);
    if (earlier !== undefined && earlier.text !== text && 'file' in reference) {
      faults.push({ error: errors.secretAmbiguous({ path: reference.file }), position: at });
    } else found.set(key, { reference, text });
  }
  return { secrets: [...found.values()], faults };
}

function* references(node: LocatedNode): Generator<{ reference: SecretReference; at: Position }> {
  if (node.kind === 'list') for (const item of node.items) yield* references(item);
  if (node.kind !== 'map') return;
  for (const name of ['env', 'file'] as const) {
    const value = node.entries.get(name)?.node;
    if (node.entries.size === 1 && value?.kind === 'scalar' && typeof value.value === 'string') {
      yield { reference: { [name]: value.value } as SecretReference, at: node.at };
    }
  }
  for (const { node: value } of node.entries.values()) yield* references(value);
}

async function lookUp(
  reference: SecretReference,
  at: Position,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  if ('env' in reference) return environment[reference.env];
  const path = resolve(dirname(at.file), reference.file);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text?.replace(/\r?\n$/, '');
}

/**
 * `PlanOptions.readSecret` over the secrets that came with a file. The server's own environment and files are not
 * looked at: who may apply a workspace need not be who may read those.
 */
export function secretReader(secrets: readonly ResolvedSecret[]) {
  const texts = new Map(secrets.map(({ reference, text }) => [JSON.stringify(reference), text]));
  return async (reference: unknown): Promise<string | AppError> => {
    if (typeof reference === 'string') return reference;
    const text = texts.get(JSON.stringify(reference));
    if (text !== undefined) return text;
    const { env, file } = (reference ?? {}) as { env?: unknown; file?: unknown };
    if (typeof env === 'string') return errors.secretVariable({ name: env });
    if (typeof file === 'string') return errors.secretFile({ path: file });
    return errors.secretForm();
  };
}
