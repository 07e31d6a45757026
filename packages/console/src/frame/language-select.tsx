import { NativeSelect } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { changeLanguage, type Language, language } from '../text/language.ts';

export function LanguageSelect() {
  const { t } = useTranslation();
  const queries = useQueryClient();

  return (
    <NativeSelect
      size="xs"
      aria-label={t('frame.language')}
      value={language()}
      data={[
        { value: 'ja', label: '日本語' },
        { value: 'en', label: 'English' },
      ]}
      onChange={async ({ currentTarget }) => {
        await changeLanguage(currentTarget.value as Language);
        await queries.invalidateQueries(); // the server's own sentences change too
      }}
    />
  );
}
