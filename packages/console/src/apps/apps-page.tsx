import { Anchor, Button, Code, Group, Loader, Stack, Table, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { type App, useApps } from '../api/apps.ts';
import { useMe } from '../api/session.ts';
import { Problem } from '../frame/problem.tsx';

export function AppsPage() {
  const { t } = useTranslation();
  return (
    <Stack>
      <title>{`${t('frame.apps')} - Renkei`}</title>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t('frame.apps')}
        </Title>
        <NewAppButton />
      </Group>
      <AppList />
    </Stack>
  );
}

/** For administrators, who alone may apply a workspace. */
export function NewAppButton() {
  const { t } = useTranslation();
  const me = useMe();
  if (!me.data?.roles.includes('admin')) return null;
  return (
    <Button component={Link} to="/apps/new" leftSection={<IconPlus size={16} aria-hidden />}>
      {t('designer.title')}
    </Button>
  );
}

/** The apps that the user may know of. */
export function AppList() {
  const { t } = useTranslation();
  const apps = useApps();
  if (apps.error) return <Problem error={apps.error} retry={() => apps.refetch()} />;
  if (!apps.data) return <Loader aria-label={t('loading')} />;
  if (apps.data.items.length === 0) return <Text>{t('home.noApps')}</Text>;
  return (
    <Table highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('app.id')}</Table.Th>
          <Table.Th>{t('app.name')}</Table.Th>
          <Table.Th>{t('app.alias')}</Table.Th>
          <Table.Th visibleFrom="sm">{t('app.fields')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {apps.data.items.map((app) => (
          <Row key={app.id} app={app} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Row({ app: { id, name, alias, fields } }: { app: App }) {
  return (
    <Table.Tr>
      <Table.Td>{id}</Table.Td>
      <Table.Td>
        <Anchor component={Link} to={`/apps/${id}`}>
          {name}
        </Anchor>
      </Table.Td>
      <Table.Td>{alias !== null && <Code>{alias}</Code>}</Table.Td>
      <Table.Td visibleFrom="sm">{fields.length}</Table.Td>
    </Table.Tr>
  );
}
