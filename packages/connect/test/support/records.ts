import { escapeText } from './xml.ts';

export type Field = string | number | bigint | boolean | null | undefined | Raw;
/** XML that stands as it is. */
export interface Raw {
  xml: string;
}
export type Fields = Record<string, Field>;

const types: [RegExp, string][] = [
  [/^(id|.*-id|price|duration|size|storage|.*-count|recurring-period|anchor-type)$/, 'integer'],
  [/-(at)$/, 'datetime'],
  [/-on$/, 'date'],
  [/^(public|admin|ssl_enabled)$/, 'boolean'],
];

/** A record as Highrise writes it: typed elements, nil for null, none for undefined (connector §2.7). */
export function element(name: string, fields: Fields, attributes = ''): string {
  const inner = Object.entries(fields).map(([field, value]) => {
    if (value === undefined) return '';
    if (value !== null && typeof value === 'object') return value.xml;
    const type = types.find(([pattern]) => pattern.test(field))?.[1];
    const attribute = type ? ` type="${type}"` : '';
    if (value === null) return `<${field}${attribute} nil="true"></${field}>`;
    return `<${field}${attribute}>${escapeText(String(value))}</${field}>`;
  });
  return `<${name}${attributes}>${inner.join('')}</${name}>`;
}

export const list = (name: string, items: string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${name} type="array">${items.join('\n')}</${name}>`;
