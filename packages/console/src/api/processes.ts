import { useQuery } from '@tanstack/react-query';
import type { RecordJson } from './records.ts';
import { type Page, request } from './request.ts';

export type ProcessType = {
  /** Eight digits. */
  type: string;
  name: string;
  app: number;
  states: string[];
  /** Absent: any state follows any. */
  transitions?: Record<string, string[]>;
  approval?: { state: string; approved: string; rejected: string };
};

/** The process types that the user may see, with the rules of their states. */
export function useProcessTypes(enabled = true) {
  return useQuery({
    enabled,
    queryKey: ['process-types'],
    queryFn: ({ signal }) => request<Page<ProcessType>>('GET', '/v1/process-types', { signal }),
  });
}

/** The states that a process may be taken to from this one; an approval is left by a decision only. */
export function followers({ states, transitions, approval }: ProcessType, from: string): string[] {
  if (from === approval?.state) return [];
  return (transitions ? (transitions[from] ?? []) : states).filter(
    (state) => state !== from && state !== approval?.approved,
  );
}

function path({ type }: ProcessType, { processId = '' }: RecordJson, step: string): string {
  return `/v1/process-types/${type}/processes/${encodeURIComponent(processId)}/${step}`;
}

export function moveProcess(of: ProcessType, process: RecordJson, state: string): Promise<RecordJson> {
  return request('POST', path(of, process, 'state'), { body: { state, revision: process.revision } });
}

export function decideProcess(
  of: ProcessType,
  process: RecordJson,
  action: 'approve' | 'reject',
  comment: string,
): Promise<RecordJson> {
  return request('POST', path(of, process, 'approvals'), {
    body: { action, ...(comment !== '' && { comment }) },
  });
}

export type Attachment = {
  n: number;
  name: string;
  type: string;
  size: number;
  addedAt: string;
  addedBy: string | null;
};

export function attachmentsPath(type: string, processId: string): string {
  return `/v1/process-types/${type}/processes/${encodeURIComponent(processId)}/attachments`;
}

export function addAttachment(type: string, processId: string, file: File): Promise<unknown> {
  const body = new FormData();
  body.append('file', file);
  return request('POST', attachmentsPath(type, processId), { body });
}
