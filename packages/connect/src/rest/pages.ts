import type { HttpAnswer } from '../http/client.ts';
import type { Paging, Reader } from './description.ts';

/** Ids remembered at least, to recognise a row that came before: those of the last 200 pages of Highrise. */
const remembered = 100_000;

/** Where the next page is. */
export interface Cursor {
  /** Query parameters of the next page. */
  query: Record<string, string>;
  /** Complete address of the next page, in place of path and query. */
  address?: string;
}

/** The first page of a list. */
export function firstPage(paging: Paging | undefined): Cursor {
  if (!paging) return { query: {} };
  const query: Record<string, string> = {};
  if (paging.sizeParameter) query[paging.sizeParameter] = String(paging.size);
  if (paging.style === 'page') query[paging.parameter] = String(paging.first ?? 1);
  return { query };
}

/**
 * The page after one with `count` rows, or undefined at the end: after an empty page, a page shorter than
 * its size (where pages are counted here), or a page without anything new (connector §2.3).
 */
export function nextPage(
  paging: Paging | undefined,
  number: number,
  rowsSoFar: number,
  count: number,
  fresh: number,
  answer: HttpAnswer,
  body: () => Reader,
): Cursor | undefined {
  if (!paging || count === 0 || fresh === 0) return undefined;
  const { query } = firstPage(paging);
  if (paging.style === 'link') {
    const link = [answer.headers.link ?? []].flat().join(',');
    const address = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link)?.[1];
    return address ? { query: {}, address } : undefined;
  }
  if (paging.style === 'cursor') {
    const next = body().cell(paging.next);
    return next === undefined || next === null || next === ''
      ? undefined
      : { query: { ...query, [paging.parameter]: String(next) } };
  }
  if (count < paging.size) return undefined;
  const value = paging.style === 'offset' ? rowsSoFar : (paging.first ?? 1) + number;
  return { query: { ...query, [paging.parameter]: String(value) } };
}

/**
 * Tells rows that were seen before, as happens when rows are added or changed between two pages. Ids are forgotten by
 * the half: to take the oldest out of a set one by one means to step over all that were taken out before.
 */
export function createSeen() {
  let older = new Set<unknown>();
  let ids = new Set<unknown>();
  return (id: unknown): boolean => {
    if (id === null || id === undefined) return false;
    if (ids.has(id) || older.has(id)) return true;
    if (ids.size >= remembered) {
      older = ids;
      ids = new Set();
    }
    ids.add(id);
    return false;
  };
}

/** Pages fetched before they are asked for, once a reader has shown that it goes on. */
const ahead = 3;

/**
 * Hands pages over as they are asked for; after `after` of them, up to three are fetched beforehand, so that
 * fetching, reading and computing overlap.
 */
export async function* readAhead<T>(pages: AsyncIterator<T>, after: number): AsyncGenerator<T> {
  const waiting: Promise<IteratorResult<T>>[] = [];
  try {
    for (let number = 1; ; number += 1) {
      const page = await (waiting.shift() ?? pages.next());
      if (page.done) return;
      while (number >= after && waiting.length < ahead) {
        const next = pages.next();
        next.catch(() => undefined);
        waiting.push(next);
      }
      yield page.value;
    }
  } finally {
    await pages.return?.();
  }
}
