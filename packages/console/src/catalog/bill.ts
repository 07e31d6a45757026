import { language } from '../text/language.ts';

export const billParts = ['oneTime', 'recurring', 'users', 'parameters', 'events'] as const;
export type BillPart = (typeof billParts)[number];
/** Decimals as text. */
export type Bill = Record<BillPart | 'total', string> & { from: string; to: string; currency: string };

/** The month that an instant lies in, in words. */
export function monthText(iso: string): string {
  return new Intl.DateTimeFormat(language(), { year: 'numeric', month: 'short' }).format(new Date(iso));
}
