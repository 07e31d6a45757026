import { en } from '../../packages/console/src/text/en.ts';
import { ja } from '../../packages/console/src/text/ja.ts';

export const locales = ['ja-JP', 'en-US'] as const;
export type Locale = (typeof locales)[number];

/** The console's words in the language of a visitor, with their places filled. */
export function wordsOf(locale: Locale) {
  const texts = locale === 'ja-JP' ? ja : en;
  return (key: keyof typeof en, values: Record<string, string | number> = {}): string =>
    texts[key].replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ''));
}
