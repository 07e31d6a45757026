import { request, requestResponse } from './request.ts';

export type Change = {
  action: string;
  kind: string;
  id: string;
  details?: string[];
  /** Of what is removed: how many records go with it or lose a value. */
  records?: number;
};
export type WorkspaceFault = { pointer: string; at: string; message: string };
export type WorkspaceAnswer = { changes: Change[]; faults: WorkspaceFault[] };

/** What applying the file would do. */
export function planWorkspace(file: unknown, prune = false): Promise<WorkspaceAnswer> {
  return request('POST', '/v1/workspace/plan', { body: { file, prune } });
}

/**
 * Makes the workspace match the file, wholly or not at all; with a revision not at all (412) when somebody applied
 * something since.
 */
export function applyWorkspace(
  file: unknown,
  { prune = false, revision }: { prune?: boolean; revision?: number } = {},
): Promise<WorkspaceAnswer> {
  const guard = revision === undefined ? {} : { revision };
  return request('POST', '/v1/workspace/apply', { body: { file, prune, ...guard } });
}

/** The running workspace as YAML, and the revision that guards a change made from it. */
export async function readWorkspace(signal: AbortSignal): Promise<{ text: string; revision: number }> {
  const response = await requestResponse('GET', '/v1/workspace/export', {
    headers: { accept: 'application/yaml' },
    signal,
  });
  const revision = Number(response.headers.get('etag')?.replaceAll('"', ''));
  return { text: await response.text(), revision };
}

/** What replacing these apps would do; fields and automations that they no longer mention go. */
export function planApps(apps: readonly object[]): Promise<WorkspaceAnswer> {
  return request('POST', '/v1/workspace/plan', { body: { file: { renkei: 1, apps }, replaceApps: true } });
}

/** Replaces these apps, unless somebody applied something since that revision (412). */
export function applyApps(apps: readonly object[], revision: number): Promise<WorkspaceAnswer> {
  return request('POST', '/v1/workspace/apply', {
    body: { file: { renkei: 1, apps }, replaceApps: true, revision },
  });
}
