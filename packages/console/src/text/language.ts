import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en.ts';
import { ja } from './ja.ts';

export const languages = ['ja', 'en'] as const;
export type Language = (typeof languages)[number];
const remembered = 'renkei.language';

/** The language that was chosen here, else the browser's first one that we speak, else English. */
function initialLanguage(): Language {
  const wanted = [localStorage.getItem(remembered) ?? '', ...navigator.languages];
  for (const one of wanted) {
    const known = languages.find((language) => one.toLowerCase().split('-')[0] === language);
    if (known) return known;
  }
  return 'en';
}

export function language(): Language {
  return i18next.language as Language;
}

export async function changeLanguage(to: Language): Promise<void> {
  localStorage.setItem(remembered, to);
  document.documentElement.lang = to;
  await i18next.changeLanguage(to);
}

export async function startLanguage(): Promise<void> {
  const lng = initialLanguage();
  document.documentElement.lang = lng;
  await i18next.use(initReactI18next).init({
    lng,
    fallbackLng: false,
    resources: { en: { translation: en }, ja: { translation: ja } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false }, // React escapes
  });
}

declare module 'i18next' {
  interface CustomTypeOptions {
    keySeparator: false;
    nsSeparator: false;
    resources: { translation: typeof en };
  }
}
