/** Labels are folded to upper case wherever one can be given (fusion_place §3). */
export function foldLabel(text: string): string {
  return text.trim().toUpperCase();
}

const label = /^[!"#$%&()*+\-./0-9:;<=>?@A-Z[\\\]^_`{|}~]{1,20}$/;
const dimensionLabel = /^[A-Z0-9_#]{1,20}$/;

/** At most 20 of upper-case letters, digits and symbols but blank, comma, quote; `#` first is the system's (§4.2). */
export function isLabel(text: string): boolean {
  return label.test(text) && !text.startsWith('#');
}

export function isDimensionLabel(text: string): boolean {
  return dimensionLabel.test(text) && !text.startsWith('#');
}

/** Labels joined by periods, at most 200 characters (§4.2). */
export function isEditionKey(text: string): boolean {
  return text.length <= 200 && text.split('.').every(isLabel);
}

/** Longest name, in characters (§4.2). */
export const longestName = 100;

export type Name = { ja?: string; en?: string };

/** The name in a language, else in the other, else the label. */
export function nameIn(locale: 'ja' | 'en', name: Name, labelText: string): string {
  return name[locale] || name[locale === 'ja' ? 'en' : 'ja'] || labelText;
}
