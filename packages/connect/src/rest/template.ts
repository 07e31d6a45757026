import { instantOf, instantText } from '../engine/instants.ts';
import type { Value } from '../engine/shape.ts';
import { ProgrammingError } from '../errors.ts';
import type { TimeForm } from './description.ts';

const second = 1000;

/** Fills `{Name}` in a template; `encode` makes a value safe for its place. */
export function fill(
  template: string,
  variable: (name: string) => string,
  encode: (text: string) => string = (text) => text,
): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encode(variable(name)));
}

/** How values go into a template that is a JSON text: their quotes and backslashes escaped. */
export const jsonSafe = (template: string): ((text: string) => string) =>
  /^\s*[[{]\s*["{[]/.test(template) ? (text) => JSON.stringify(text).slice(1, -1) : (text) => text;

/** A condition's value in the service's words. */
export function written(
  column: string,
  value: Value,
  form: Record<string, string> | TimeForm | undefined,
): string {
  const text = String(value);
  if (form === undefined) return text;
  if (typeof form === 'string') return timeText(text, form);
  const found = Object.entries(form).find(([ours]) => ours.toLowerCase() === text.toLowerCase());
  if (!found) {
    throw new ProgrammingError(`${column} "${text}" is not one of ${Object.keys(form).join(', ')}`);
  }
  return found[1];
}

function timeText(text: string, form: TimeForm): string {
  const time = instantOf(text);
  if (time === undefined) throw new ProgrammingError(`"${text}" is not a date or time`);
  if (form === 'iso') return instantText(time);
  if (form === 'date') return instantText(time).slice(0, 10);
  if (form === 'epoch') return String(Math.floor(time / second));
  return new Date(time - second).toISOString().slice(0, 19).replace(/\D/g, '');
}
