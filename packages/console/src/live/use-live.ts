import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { follow, isUp, type Topics, watchUp } from './stream.ts';

/** How often is asked while nobody tells, and to be on the safe side while somebody does; in milliseconds. */
const pollMs = 5_000;
const safetyMs = 60_000;
/** Between two readings of the same list. */
const restMs = 300;

/**
 * Reads a query again whenever one of `topics` changed: `records:59` (of app 59), `deliveries:59` or `deliveries` (of
 * any app), `planning:SAMPLE1`, `subscriptions`, `workspace`, `access-log`, `traffic`. None: never.
 * @returns what belongs into the query's `refetchInterval`: seldom while the stream of news is up, else often
 */
export function useLive(topics: string | readonly string[], queryKey: QueryKey): number | false {
  const queries = useQueryClient();
  const up = useSyncExternalStore(watchUp, isUp);
  const wanted = JSON.stringify(typeof topics === 'string' ? [topics] : topics);
  const key = JSON.stringify(queryKey);

  useEffect(() => {
    const mine = JSON.parse(wanted) as string[];
    if (mine.length === 0) return undefined;
    let reading = false;
    let again = false;
    let left = false;
    async function read(): Promise<void> {
      if (reading) {
        again = true;
        return;
      }
      reading = true;
      await queries.invalidateQueries({ queryKey: JSON.parse(key) as QueryKey });
      await new Promise((done) => setTimeout(done, restMs));
      reading = false;
      if (!again || left) return;
      again = false;
      await read();
    }
    const leave = follow((told) => {
      if (concerns(told, mine)) void read();
    });
    return () => {
      left = true;
      leave();
    };
  }, [queries, wanted, key]);

  return wanted === '[]' ? false : up ? safetyMs : pollMs;
}

function concerns(told: Topics, mine: readonly string[]): boolean {
  return told.some(
    (topic) => topic === '*' || mine.some((one) => topic === one || topic.startsWith(`${one}:`)),
  );
}
