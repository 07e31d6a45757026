import type { Field } from '../api/apps.ts';
import type { FileValue, Member, Value } from '../api/records.ts';
import { language } from '../text/language.ts';
import { timeZone } from '../text/time-zone.ts';

/** A value in one line, for cells of the grid and the history. */
export function valueText(field: Pick<Field, 'type' | 'result'>, value: Value | undefined): string {
  if (value === null || value === undefined) return '';
  switch (field.type === 'formula' ? field.result : field.type) {
    case 'number':
      // what the server sends as text has more digits than a JavaScript number holds
      return typeof value === 'number' ? numberText(value) : String(value);
    case 'dateTime':
      return instantText(String(value));
    case 'multiSelect':
      return (value as string[]).join(', ');
    case 'users':
    case 'groups':
    case 'files':
      return (value as (Member | FileValue)[]).map(({ name }) => name).join(', ');
    case 'richText':
      return new DOMParser().parseFromString(String(value), 'text/html').body.textContent;
    case 'table':
      return (value as Value[]).length === 0 ? '' : `[${(value as Value[]).length}]`;
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

function numberText(value: number): string {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: 20 }).format(value);
}

/** An instant in the time zone of the browser, or the one that was chosen instead. */
export function instantText(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const zone = timeZone();
  const style = {
    dateStyle: 'medium',
    timeStyle: 'medium',
    ...(zone !== undefined && { timeZone: zone }),
  } as const;
  return new Intl.DateTimeFormat(language(), style).format(date);
}
