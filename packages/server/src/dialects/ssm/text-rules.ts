import type { Items } from '../../modules/processes/index.ts';
import type { App, AppField, FieldDefinition, JsonValue } from '../../modules/records/index.ts';
import {
  disallowedTags,
  escapedByteLength,
  richTextLimit,
  sanitizeRichText,
} from '../../platform/html/rich-text.ts';
import { toCharacterReferences } from '../../platform/text/shift-jis.ts';
import { errors } from './errors.ts';

/**
 * Items of a request body as they are stored. Text outside strict Shift_JIS becomes character references (ssm §1.8);
 * options, users and the like are names of things and stay. A rich text beyond its limit is left out, one with
 * disallowed tags cleaned or refused (ssm §1.9).
 * @throws AppError `ssm.disallowedTags`
 */
export function storedItems(app: App, items: Items, onDisallowed: 'sanitize' | 'reject'): Items {
  const fields = new Map<string, AppField>(app.fieldsByName);
  for (const field of app.fields) if (field.alias !== undefined) fields.set(field.alias, field);
  const entries = Object.entries(items).flatMap(([key, value]) => {
    const field = fields.get(key);
    if (field?.type === 'richText' && typeof value === 'string') {
      if (escapedByteLength(value) > richTextLimit) return [];
      return [[key, storedRichText(key, value, onDisallowed)] as const];
    }
    return [[key, storedValue(field, value)] as const];
  });
  return Object.fromEntries(entries);
}

function storedRichText(item: string, value: string, onDisallowed: 'sanitize' | 'reject'): string {
  if (onDisallowed === 'reject') {
    const tags = disallowedTags(value);
    if (tags.length > 0) throw errors.disallowedTags({ item, tags: tags.join(', ') });
  }
  // attributes are no tags: those that could run something go in either case
  return toCharacterReferences(sanitizeRichText(value));
}

function storedValue(field: FieldDefinition | undefined, value: unknown): unknown {
  if (field?.type === 'text' || field?.type === 'textarea') {
    return typeof value === 'string' ? toCharacterReferences(value) : value;
  }
  if (field?.type !== 'table' || !Array.isArray(value)) return value;
  const columns = new Map((field.fields ?? []).map((column) => [column.name, column]));
  return value.map((row: unknown) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return row;
    return Object.fromEntries(
      Object.entries(row).map(([name, cell]) => [name, storedValue(columns.get(name), cell)]),
    );
  });
}

/** The tags that a rich text is given out in (ssm §1.9 fact 40): one `div`. */
export function wrapRichText(field: AppField, value: JsonValue): JsonValue {
  return field.type === 'richText' && typeof value === 'string' ? `<div>${value}</div>` : value;
}
