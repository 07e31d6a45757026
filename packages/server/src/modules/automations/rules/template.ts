import { type App, type JsonValue, type MemberNames, type RecordRow, toJson } from '../../records/index.ts';

/** Texts of automations in which `{field}` stands for the record's value. */

const placeholder = /\{([^{}]+)\}/g;

/** The text with the values of the record as people read them; unknown names stay as they are. */
export function fillText(template: string, app: App, row: RecordRow, names: MemberNames): string {
  return template.replaceAll(placeholder, (whole, name: string) => {
    const value = named(name, app, row, names);
    return value === undefined ? whole : shown(value);
  });
}

/** As `fillText`; a template that is one placeholder and nothing else gives the value itself. */
export function fillValue(template: string, app: App, row: RecordRow, names: MemberNames): JsonValue {
  const name = /^\{([^{}]+)\}$/.exec(template)?.[1];
  const value = name === undefined ? undefined : named(name, app, row, names);
  return value === undefined ? fillText(template, app, row, names) : value;
}

function named(name: string, app: App, row: RecordRow, names: MemberNames): JsonValue | undefined {
  if (name === 'データID') return row.id;
  if (name === 'revision') return row.revision;
  const field = app.fieldsByName.get(name);
  return field && toJson(field, row, names);
}

function shown(value: JsonValue): string {
  if (value === null) return '';
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(shown).join(', ');
  if (typeof value !== 'object') return String(value);
  const { name } = value as { name?: JsonValue };
  return name === undefined ? JSON.stringify(value) : shown(name);
}
