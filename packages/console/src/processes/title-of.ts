import type { App } from '../api/apps.ts';
import type { RecordJson } from '../api/records.ts';
import { valueText } from '../records/value-text.ts';

/** What a process is about: its first field that is text. */
export function titleOf(app: App, record: RecordJson): string {
  const field = app.fields.find(({ type }) => type === 'text') ?? app.fields[0];
  return field ? valueText(field, record.fields[field.name]) : '';
}
