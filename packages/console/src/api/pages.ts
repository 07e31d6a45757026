import { useInfiniteQuery } from '@tanstack/react-query';
import { type Page, request } from './request.ts';

/**
 * A list of the API, page after page. `everyMs` asks again while the page is in sight, so that what others do shows up.
 */
export function usePages<T>(
  path: string,
  query: Record<string, string | undefined>,
  { everyMs, enabled = true }: { everyMs?: number; enabled?: boolean } = {},
) {
  return useInfiniteQuery({
    queryKey: [path, query],
    enabled,
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      request<Page<T>>('GET', path, { query: { ...query, cursor: pageParam, limit: 50 }, signal }),
    getNextPageParam: ({ next }) => next,
    ...(everyMs !== undefined && { refetchInterval: everyMs }),
  });
}
