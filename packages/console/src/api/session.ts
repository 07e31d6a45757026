import { useQuery } from '@tanstack/react-query';
import { ApiError, request } from './request.ts';

export type Me = { id: string; number: number; name: string; roles: string[] };

/** Who is signed in: `null` for nobody. */
export function useMe() {
  return useQuery({ queryKey: ['me'], queryFn: readMe, staleTime: 60_000, retry: false });
}

async function readMe(): Promise<Me | null> {
  try {
    return await request<Me>('GET', '/v1/me');
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

export function signIn(username: string, password: string): Promise<unknown> {
  return request('POST', '/v1/sessions', { body: { username, password } });
}

export function signOut(): Promise<unknown> {
  return request('DELETE', '/v1/sessions/current');
}
