import type { App, AppField } from '../app.ts';
import { type RecordRow, referencedId } from '../store/columns.ts';
import { compareDecimals } from './values.ts';

/** The fields whose values differ; a field set to the value it had has not changed. */
export function changedFields(app: App, before: RecordRow, after: RecordRow): Set<AppField> {
  return new Set(app.fields.filter((field) => !same(field, before, after)));
}

function comparable(field: AppField, row: RecordRow): unknown {
  return field.kind === 'reference' ? referencedId(row, field) : (row[field.column] ?? null);
}

function same(field: AppField, before: RecordRow, after: RecordRow): boolean {
  const a = comparable(field, before);
  const b = comparable(field, after);
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (field.kind === 'number') return compareDecimals(String(a), String(b)) === 0;
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What the history keeps of a change: before and after by field id, and the state under `state`. */
export function historyChanges(change: {
  before: RecordRow | undefined;
  after: RecordRow | undefined;
  changed: ReadonlySet<AppField>;
  stateChanged: boolean;
}): Record<string, readonly [unknown, unknown]> {
  const { before, after, changed, stateChanged } = change;
  if (!before || !after) return {};
  const entries = [...changed].map((field) => [
    String(field.id),
    [comparable(field, before), comparable(field, after)] as const,
  ]);
  return {
    ...Object.fromEntries(entries),
    ...(stateChanged && { state: [before.state, after.state] as const }),
  };
}
