import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { App } from './apps.ts';
import { type Page, request } from './request.ts';

export type Member = { id: string; number: number; name: string };
export type FileValue = { id: number; name: string; type: string; size: number };
export type Value = string | number | null | Value[] | { [key: string]: Value } | Member[] | FileValue[];

export type RecordJson = {
  id: number;
  revision: number;
  createdAt: string;
  createdBy: string | null;
  updatedAt: string;
  updatedBy: string | null;
  state?: string;
  processId?: string;
  fields: Record<string, Value>;
};

export type Comparison = { field: string; op: string; value?: string };

/** What narrows and orders a list of records; kept in the page's address. */
export type RecordQuery = { q: string; sort: string; filter: readonly Comparison[] };

/** Records at a time: a few screens, so that scrolling seldom waits. */
const pageSize = 200;

export function recordsKey(app: number | string, query?: RecordQuery) {
  return query ? ['records', String(app), query] : ['records', String(app)];
}

/** The records of an app, page after page as they are scrolled to. */
export function useRecords(app: App | undefined, { q, sort, filter }: RecordQuery) {
  return useInfiniteQuery({
    queryKey: recordsKey(app?.id ?? '', { q, sort, filter }),
    enabled: app !== undefined,
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      request<Page<RecordJson>>('GET', `/v1/apps/${app!.id}/records`, {
        query: {
          limit: pageSize,
          cursor: pageParam,
          q,
          sort,
          filter: filter.length > 0 ? JSON.stringify({ all: filter }) : undefined,
        },
        signal,
      }),
    getNextPageParam: ({ next }) => next,
  });
}

export function useRecord(app: string, id: string) {
  return useQuery({
    queryKey: ['record', app, id],
    queryFn: ({ signal }) =>
      request<RecordJson>('GET', `/v1/apps/${encodeURIComponent(app)}/records/${id}`, { signal }),
  });
}

export function changeRecord(
  app: number,
  { id, revision }: RecordJson,
  fields: Record<string, unknown>,
): Promise<RecordJson> {
  return request('PATCH', `/v1/apps/${app}/records/${id}`, {
    body: { fields },
    headers: { 'if-match': `"${revision}"` },
  });
}

export function addRecord(app: number, fields: Record<string, unknown>, key: string): Promise<RecordJson> {
  return request('POST', `/v1/apps/${app}/records`, {
    body: { fields },
    headers: { 'idempotency-key': key },
  });
}

export function deleteRecord(app: number, { id, revision }: RecordJson): Promise<void> {
  return request('DELETE', `/v1/apps/${app}/records/${id}`, { headers: { 'if-match': `"${revision}"` } });
}

export type HistoryItem = {
  revision: number;
  at: string;
  by: string | null;
  via: string;
  changes: Record<string, [unknown, unknown]>;
};

export function useHistory(app: string, id: string) {
  return useQuery({
    queryKey: ['history', app, id],
    queryFn: ({ signal }) =>
      request<Page<HistoryItem>>('GET', `/v1/apps/${encodeURIComponent(app)}/records/${id}/history`, {
        signal,
      }),
  });
}

export function uploadFile(app: number, file: File): Promise<FileValue> {
  const body = new FormData();
  body.append('file', file);
  return request('POST', `/v1/apps/${app}/files`, { body });
}

export function fileAddress(app: number, file: number): string {
  return `/v1/apps/${app}/files/${file}`;
}
