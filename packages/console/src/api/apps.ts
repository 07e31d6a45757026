import { useQuery } from '@tanstack/react-query';
import { useLive } from '../live/use-live.ts';
import { type Page, request } from './request.ts';

export type Operation = 'view' | 'add' | 'change' | 'delete' | 'import' | 'export' | 'administer';
export type Field = {
  id: number;
  name: string;
  type: string;
  alias?: string;
  required?: boolean;
  options?: string[];
  result?: string;
  /** reference: the other app and the name of its field that is shown. */
  app?: number | string;
  field?: string;
  /** table: its columns. */
  fields?: Field[];
  readOnly: boolean;
};
export type App = {
  id: number;
  alias: string | null;
  name: string;
  allowed: Operation[];
  states?: string[];
  fields: Field[];
};

/** Computed by the server; nobody writes them. */
export function isComputed({ type }: Field): boolean {
  return type === 'formula' || type === 'autoNumber';
}

/** The apps that the user may know of. */
export function useApps() {
  const queryKey = ['apps'];
  const refetchInterval = useLive('workspace', queryKey);
  return useQuery({
    queryKey,
    refetchInterval,
    queryFn: ({ signal }) => request<Page<App>>('GET', '/v1/apps', { signal }),
  });
}

/** One app by its number or alias. */
export function useApp(app: string) {
  return useQuery({
    queryKey: ['app', app],
    queryFn: ({ signal }) => request<App>('GET', `/v1/apps/${encodeURIComponent(app)}`, { signal }),
  });
}
