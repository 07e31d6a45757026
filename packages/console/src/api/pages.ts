import { useInfiniteQuery } from '@tanstack/react-query';
import { useLive } from '../live/use-live.ts';
import { type Page, request } from './request.ts';

/**
 * A list of the API, page after page. It is read again whenever one of the topics `live` changes (see `useLive`), so
 * that what others do shows up.
 */
export function usePages<T>(
  path: string,
  query: Record<string, string | undefined>,
  { live = [], enabled = true }: { live?: string | readonly string[]; enabled?: boolean } = {},
) {
  const queryKey = [path, query];
  const refetchInterval = useLive(enabled ? live : [], queryKey);
  return useInfiniteQuery({
    queryKey,
    enabled,
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      request<Page<T>>('GET', path, { query: { ...query, cursor: pageParam, limit: 50 }, signal }),
    getNextPageParam: ({ next }) => next,
    refetchInterval,
  });
}
