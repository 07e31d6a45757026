import { request, requestText } from './request.ts';

export type Change = { action: string; kind: string; id: string; details?: string[] };
export type WorkspaceFault = { pointer: string; at: string; message: string };
export type WorkspaceAnswer = { changes: Change[]; faults: WorkspaceFault[] };

/** The running workspace as YAML. */
export function exportWorkspace(signal?: AbortSignal): Promise<string> {
  return requestText('GET', '/v1/workspace/export', {
    headers: { accept: 'application/yaml' },
    ...(signal && { signal }),
  });
}

/** What applying the file would do. */
export function planWorkspace(file: unknown, prune = false): Promise<WorkspaceAnswer> {
  return request('POST', '/v1/workspace/plan', { body: { file, prune } });
}

/** Makes the workspace match the file, wholly or not at all. */
export function applyWorkspace(file: unknown, prune = false): Promise<WorkspaceAnswer> {
  return request('POST', '/v1/workspace/apply', { body: { file, prune } });
}
