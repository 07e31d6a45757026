import { useQuery } from '@tanstack/react-query';
import { request } from './request.ts';

export type Setting = {
  key: string;
  /** null: not set, or not to be shown. */
  value: string | null;
  secret: boolean;
  source: 'environment' | 'file' | 'secretFile' | 'default';
};
export type ServerSettings = { settings: Setting[]; workspace: Record<string, string> };

export const settingsPath = '/v1/settings';

/** What the server runs with; for administrators. */
export function useServerSettings() {
  return useQuery({
    queryKey: [settingsPath],
    queryFn: ({ signal }) => request<ServerSettings>('GET', settingsPath, { signal }),
    retry: false,
  });
}
