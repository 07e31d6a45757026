import { type QueryClient, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useLive } from '../live/use-live.ts';
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
/** Pages that are read again when somebody changes a record: whoever has scrolled further is not made to wait. */
const livePages = 3;

export function recordsKey(app: number | string, query?: RecordQuery) {
  return query ? ['records', String(app), query] : ['records', String(app)];
}

/** The records of an app, page after page as they are scrolled to. */
export function useRecords(app: App | undefined, { q, sort, filter }: RecordQuery) {
  const records = useInfiniteQuery({
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
  const few = app !== undefined && (records.data?.pages.length ?? 0) <= livePages;
  useLive(few ? `records:${app.id}` : [], recordsKey(app?.id ?? ''));
  return records;
}

export function useRecord(app: string, id: string) {
  return useQuery({
    queryKey: ['record', app, id],
    queryFn: ({ signal }) =>
      request<RecordJson>('GET', `/v1/apps/${encodeURIComponent(app)}/records/${id}`, { signal }),
  });
}

/** Shows a saved record in the lists that hold it, without asking for their pages again. */
export function showSaved(queries: QueryClient, app: App, saved: RecordJson): void {
  type Pages = { pages: Page<RecordJson>[]; pageParams: unknown[] };
  queries.setQueriesData<Pages>(
    { queryKey: recordsKey(app.id) },
    (old) =>
      old && {
        pageParams: old.pageParams,
        pages: old.pages.map(({ items, next }) => ({
          next,
          items: items.map((one) => (one.id === saved.id ? saved : one)),
        })),
      },
  );
}

export function changeRecord(
  app: number,
  { id, revision }: Pick<RecordJson, 'id' | 'revision'>,
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
  /** Absent where the record was made. */
  via?: string;
  /** Before and after; references as the other record's number. */
  changes: Record<string, [Value, Value]>;
  /** Of a process. */
  decision?: { action: 'approve' | 'reject'; comment?: string };
};

/** Of a process of this type, with its decisions; `type` undefined for other records. */
export function useHistory(app: App, { id, processId }: RecordJson, type: string | undefined) {
  const path =
    type === undefined
      ? `/v1/apps/${app.id}/records/${id}/history`
      : `/v1/process-types/${type}/processes/${encodeURIComponent(processId ?? '')}/history`;
  return useQuery({
    queryKey: ['history', path],
    queryFn: ({ signal }) => request<Page<HistoryItem>>('GET', path, { signal }),
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
