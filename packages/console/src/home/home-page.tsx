import { Anchor, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useApps } from '../api/apps.ts';
import { useApplications } from '../api/planning.ts';
import { useProcessTypes } from '../api/processes.ts';
import { useMe } from '../api/session.ts';
import { AppList, NewAppButton } from '../apps/apps-page.tsx';
import { Attention } from './attention.tsx';
import { Traffic } from './traffic.tsx';

/** What runs, what fails and what to do about it, and what has been going on. */
export function HomePage() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <Stack gap="lg">
      <title>{`${t('frame.home')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('frame.home')}
      </Title>
      <WhatRuns />
      <Attention />
      {me.data?.roles.includes('admin') && <Traffic />}
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h4">
            {t('home.apps')}
          </Title>
          <NewAppButton />
        </Group>
        <AppList />
      </Stack>
    </Stack>
  );
}

/** How much there is of what the user may see; the numbers lead to it. */
function WhatRuns() {
  const { t } = useTranslation();
  const counts = [
    { to: '/apps', label: t('home.apps'), count: useApps().data?.items.length },
    { to: '/processes', label: t('process.type'), count: useProcessTypes().data?.items.length },
    { to: '/planning', label: t('frame.planning'), count: useApplications().data?.items.length },
  ];
  return (
    <SimpleGrid cols={3} spacing="sm">
      {counts.map(({ to, label, count }) => (
        <Paper key={to} withBorder p="sm">
          <Anchor component={Link} to={to} size="sm">
            {label}
          </Anchor>
          <Text fw={700} size="xl" className="amount">
            {count ?? '…'}
          </Text>
        </Paper>
      ))}
    </SimpleGrid>
  );
}
