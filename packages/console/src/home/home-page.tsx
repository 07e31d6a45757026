import { Stack, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { AppList } from '../apps/apps-page.tsx';

export function HomePage() {
  const { t } = useTranslation();
  return (
    <Stack>
      <title>{`${t('frame.home')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('home.apps')}
      </Title>
      <AppList />
    </Stack>
  );
}
