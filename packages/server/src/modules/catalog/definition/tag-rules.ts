import { localeOf, placeOf, type Report } from './element.ts';
import { faults } from './faults.ts';
import type { Tag } from './model.ts';
import type { DefinitionElement } from './structure.ts';
import { characters } from './value-types.ts';

/** Tags per locale (oscm §2.4 rule 11, TAGS_MAX_COUNT). */
const limit = 5;
const longest = 20;

const languages = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

function isLanguage(code: string): boolean {
  return /^[a-z]{2}$/.test(code) && languages.of(code) !== undefined;
}

/** The tags of a service: lower case, each once per language, at most five per language. */
export function readTags(elements: readonly DefinitionElement[], report: Report): Tag[] {
  const byLocale = new Map<string, Set<string>>();
  for (const element of elements) {
    const locale = localeOf(element);
    const value = element.text.toLowerCase();
    if (!isLanguage(locale)) {
      const allowed = { ja: '2文字のISO 639言語コード', en: 'a two-letter ISO 639 language code' };
      report(faults.value(placeOf(element, 'locale'), locale, allowed));
    }
    if (value === '' || value.includes(',') || characters(value) > longest) {
      const allowed = {
        ja: `カンマを含まない1～${longest}文字`,
        en: `1 to ${longest} characters without a comma`,
      };
      report(faults.value(placeOf(element), value, allowed));
    }
    const values = byLocale.get(locale) ?? new Set();
    byLocale.set(locale, values);
    if (values.has(value)) report(faults.duplicate(placeOf(element), value, 'TechnicalService'));
    else if (values.size === limit) report(faults.tooManyTags(placeOf(element), locale, limit));
    values.add(value);
  }
  return [...byLocale].flatMap(([locale, values]) => [...values].map((value) => ({ locale, value })));
}
