import type { AppField } from '../app.ts';

/**
 * What a form or a CSV cell says for a field, as `readValue` takes it. Text stays text; several values of one field
 * stand on lines of their own, users, groups and files also behind commas or spaces; days may be written with slashes.
 */
export function fromText(field: AppField, texts: readonly string[]): unknown {
  const text = texts.at(-1) ?? '';
  switch (field.kind) {
    case 'multiSelect':
      return lines(texts);
    case 'users':
    case 'groups':
    case 'files':
      return texts.flatMap((one) => one.split(/[\s,]+/)).filter((one) => one !== '');
    case 'date':
      return text.replaceAll('/', '-');
    default:
      return text;
  }
}

export function lines(texts: readonly string[]): string[] {
  return texts.flatMap((one) => one.split(/\r?\n/)).filter((one) => one !== '');
}
