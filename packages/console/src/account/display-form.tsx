import { NativeSelect, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LanguageSelect } from '../frame/language-select.tsx';
import { chooseTimeZone, chosenTimeZone, timeZones } from '../text/time-zone.ts';

/** How this browser shows things: language and time zone. */
export function DisplayForm() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [zone, setZone] = useState(chosenTimeZone() ?? '');
  const browser = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Stack maw={360}>
      <LanguageSelect />
      <NativeSelect
        label={t('account.timeZone')}
        value={zone}
        data={[{ value: '', label: t('account.timeZoneBrowser', { zone: browser }) }, ...timeZones()]}
        onChange={async ({ currentTarget: { value } }) => {
          chooseTimeZone(value);
          setZone(value);
          await queries.invalidateQueries();
        }}
      />
      <Text size="sm">{t('account.displayHint')}</Text>
    </Stack>
  );
}
