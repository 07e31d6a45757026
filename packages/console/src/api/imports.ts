import { useQuery } from '@tanstack/react-query';
import { request } from './request.ts';

export type ImportReport = {
  inserted: number;
  updated: number;
  failed: number;
  /** The first 10,000. */
  errors: { line: number; field: string | null; message: string }[];
  /** Somebody stopped it before the end of the file. */
  stopped?: boolean;
};

export type ImportProgress = {
  state: 'running' | 'done' | 'stopped' | 'failed' | 'interrupted';
  size: number | null;
  bytes: number;
  inserted: number;
  updated: number;
  failed: number;
};

/** Sends the file; the id is of our making, so that we can ask meanwhile how far it is. */
export function importCsv(
  app: number,
  file: File,
  options: { id: string; encoding: string; key: string; columns: Readonly<Record<string, string>> },
): Promise<ImportReport> {
  const { columns, ...query } = options;
  return request('POST', `/v1/apps/${app}/import`, {
    query: { ...query, columns: JSON.stringify(columns) },
    headers: { 'content-type': 'text/csv' },
    body: file,
  });
}

/** How far the server is with it. */
export function useImportProgress(id: string | undefined) {
  return useQuery({
    queryKey: ['import', id],
    enabled: id !== undefined,
    queryFn: ({ signal }) => request<ImportProgress>('GET', `/v1/imports/${id}`, { signal }),
    refetchInterval: 300,
    retry: true, // the server knows it only once the first bytes are there
    retryDelay: 200,
    gcTime: 0,
    staleTime: 0,
  });
}

export function stopImport(id: string): Promise<void> {
  return request('DELETE', `/v1/imports/${id}`);
}
