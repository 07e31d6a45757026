import { Code, Loader, Stack, Table, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type App, useApps } from '../api/apps.ts';
import { Problem } from '../frame/problem.tsx';

export function HomePage() {
  const { t } = useTranslation();
  const apps = useApps();

  return (
    <Stack>
      <title>{`${t('frame.home')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('home.apps')}
      </Title>
      {apps.isPending && <Loader aria-label={t('loading')} />}
      {apps.isError && <Problem error={apps.error} retry={() => apps.refetch()} />}
      {apps.data && <AppList apps={apps.data.items} />}
    </Stack>
  );
}

function AppList({ apps }: { apps: readonly App[] }) {
  const { t } = useTranslation();
  if (apps.length === 0) return <Text>{t('home.noApps')}</Text>;
  return (
    <Table highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('app.id')}</Table.Th>
          <Table.Th>{t('app.name')}</Table.Th>
          <Table.Th>{t('app.alias')}</Table.Th>
          <Table.Th>{t('app.fields')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {apps.map(({ id, name, alias, fields }) => (
          <Table.Tr key={id}>
            <Table.Td>{id}</Table.Td>
            <Table.Td>{name}</Table.Td>
            <Table.Td>{alias !== null && <Code>{alias}</Code>}</Table.Td>
            <Table.Td>{fields.length}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
