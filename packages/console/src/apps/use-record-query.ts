import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import type { Comparison, RecordQuery } from '../api/records.ts';

/** Search, filter and order in the page's address, so that a view can be linked and survives a reload. */
export function useRecordQuery(): [RecordQuery, (query: RecordQuery) => void] {
  const [params, setParams] = useSearchParams();
  const query = useMemo<RecordQuery>(
    () => ({
      q: params.get('q') ?? '',
      sort: params.get('sort') ?? '',
      filter: readFilter(params.get('filter')),
    }),
    [params],
  );
  const change = ({ q, sort, filter }: RecordQuery) =>
    setParams(
      {
        ...(q && { q }),
        ...(sort && { sort }),
        ...(filter.length > 0 && { filter: JSON.stringify(filter) }),
      },
      { replace: true },
    );
  return [query, change];
}

/** An address that somebody mangled filters nothing. */
function readFilter(text: string | null): Comparison[] {
  try {
    const found: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(found) ? found.filter(isComparison) : [];
  } catch {
    return [];
  }
}

function isComparison(value: unknown): value is Comparison {
  const { field, op } = (value ?? {}) as Partial<Comparison>;
  return typeof field === 'string' && typeof op === 'string';
}
