import type { Directory } from '../../modules/identity/index.ts';
import type { ProcessHistoryItem } from '../../modules/processes/index.ts';
import {
  type App,
  type AppField,
  type JsonMember,
  type JsonValue,
  jsonInstant,
  memberJson,
  memberNames,
  type RecordRow,
  toJson,
} from '../../modules/records/index.ts';
import { itemKey } from './process-json.ts';
import { wrapRichText } from './text-rules.ts';

export type HistoryJson = {
  revision: number;
  at: string;
  by: JsonMember | null;
  /** The dialect of the change. */
  via?: string;
  /** By item (and `state`). */
  changes: Record<string, { before: JsonValue; after: JsonValue }>;
  action?: 'approve' | 'reject';
  comment?: string;
};

/** Who changed what, values in the form of items; of references the number of the other record. */
export async function historyJson(
  app: App,
  history: readonly ProcessHistoryItem[],
  directory: Directory,
): Promise<HistoryJson[]> {
  const field = (name: string) => app.fieldsByName.get(name);
  const pairs = history.flatMap(({ changes }) => Object.entries(changes));
  const held = pairs.flatMap(([name, values]) => {
    const found = field(name);
    return found ? values.map((value) => pseudoRow(found, value)) : [];
  });
  const by = history.map((item) => item.by);
  const names = await memberNames(directory, app.fields, held, by);

  function shown(name: string, value: unknown): JsonValue {
    const found = field(name);
    if (!found || found.kind === 'reference') return value as JsonValue;
    return wrapRichText(found, toJson(found, pseudoRow(found, value), names));
  }

  return history.map(({ revision, at, by, via, changes, decision }) => ({
    revision,
    at: jsonInstant(at),
    by: memberJson(by === null ? undefined : names.users.get(by))[0] ?? null,
    ...(via !== undefined && { via }),
    changes: Object.fromEntries(
      Object.entries(changes).map(([name, [before, after]]) => {
        const found = field(name);
        return [found ? itemKey(found) : name, { before: shown(name, before), after: shown(name, after) }];
      }),
    ),
    ...(decision && { action: decision.action }),
    ...(decision?.comment !== undefined && { comment: decision.comment }),
  }));
}

/** A row that holds one value, since values are shown out of rows. */
function pseudoRow(field: AppField, value: unknown): RecordRow {
  return { [field.column]: value } as unknown as RecordRow;
}
