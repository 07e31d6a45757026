import { useQuery } from '@tanstack/react-query';
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

/** The apps that the user may know of. */
export function useApps() {
  return useQuery({
    queryKey: ['apps'],
    queryFn: ({ signal }) => request<Page<App>>('GET', '/v1/apps', { signal }),
  });
}
