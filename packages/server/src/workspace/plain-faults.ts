import { type AppError, pointerStep } from '../platform/errors.ts';
import { errors } from './errors.ts';

/** Levels of lists and maps in one another; nested conditions are the deepest thing a workspace has. */
export const maxDepth = 100;

/** What no part of a workspace may hold, whatever its schema: looked at first, since the rest recurses. */
export function plainFaults(value: unknown): AppError[] {
  const faults: AppError[] = [];
  const open: { value: unknown; pointer: string; depth: number }[] = [{ value, pointer: '', depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: inner, pointer, depth } = next;
    if (typeof inner === 'string' && !isStorable(inner)) faults.push(errors.unstorable({}, pointer));
    if (typeof inner === 'number' && !Number.isFinite(inner)) faults.push(errors.notFinite({}, pointer));
    if (typeof inner !== 'object' || inner === null) continue;
    if (depth >= maxDepth) {
      faults.push(errors.tooDeep({ limit: maxDepth }, pointer));
      continue;
    }
    for (const [key, child] of Object.entries(inner)) {
      const place = pointer + pointerStep(key);
      if (!isStorable(key)) faults.push(errors.unstorable({}, place));
      open.push({ value: child, pointer: place, depth: depth + 1 });
    }
  }
  return faults;
}

/** PostgreSQL's text takes any Unicode but U+0000. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text);
}
