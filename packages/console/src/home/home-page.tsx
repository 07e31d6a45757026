import { Group, Stack, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { AppList, NewAppButton } from '../apps/apps-page.tsx';
import { FailedDeliveries } from './failed-deliveries.tsx';

export function HomePage() {
  const { t } = useTranslation();
  return (
    <Stack>
      <title>{`${t('frame.home')} - Renkei`}</title>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t('home.apps')}
        </Title>
        <NewAppButton />
      </Group>
      <AppList />
      <FailedDeliveries />
    </Stack>
  );
}
