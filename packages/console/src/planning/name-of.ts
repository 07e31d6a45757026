import type { Labelled } from '../api/planning.ts';
import { language } from '../text/language.ts';

/** The name in the page's language, else in the other, else the label. */
export function nameOf({ label, name }: Labelled): string {
  return name[language()] ?? name.ja ?? name.en ?? label;
}

/** An exact decimal with the thousands of the page's language; its digits stay as they are. */
export function amountText(amount: string | null): string {
  if (amount === null) return '';
  const [whole = '', fraction] = amount.split('.');
  if (!/^-?\d+$/.test(whole)) return amount;
  const grouped = new Intl.NumberFormat(language()).format(BigInt(whole));
  const sign = whole.startsWith('-') && !grouped.startsWith('-') ? '-' : '';
  return fraction === undefined ? grouped : `${sign}${grouped}.${fraction}`;
}
