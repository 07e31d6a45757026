import { Badge, Box, Code, Loader, Stack, Table, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type Setting, useServerSettings } from '../api/settings.ts';
import { Problem } from '../frame/problem.tsx';
import { Health } from './health.tsx';
import { WorkspaceSettings } from './workspace-settings.tsx';

/** Whether the server works, what it runs with, and the settings of the workspace, which may be changed here. */
export function SettingsPage() {
  const { t } = useTranslation();
  const settings = useServerSettings();
  return (
    <Stack>
      <title>{`${t('settings.title')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('settings.title')}
      </Title>
      <Health />
      {settings.error && <Problem error={settings.error} retry={() => settings.refetch()} />}
      {settings.isPending && <Loader aria-label={t('loading')} />}
      {settings.data && (
        <>
          <WorkspaceSettings key={JSON.stringify(settings.data.workspace)} stored={settings.data.workspace} />
          <ServerSettings settings={settings.data.settings} />
        </>
      )}
    </Stack>
  );
}

function ServerSettings({ settings }: { settings: readonly Setting[] }) {
  const { t, i18n } = useTranslation();
  const meaning = (key: string) => {
    const name = `settings.m.${key}`;
    return i18n.exists(name) ? t(name as 'settings.m.RENKEI_HOST') : '';
  };
  return (
    <section>
      <Title order={2} size="h4">
        {t('settings.server')}
      </Title>
      <Text size="sm" mb="xs">
        {t('settings.serverHint')}
      </Text>
      <Box className="sideways" role="region" aria-label={t('settings.server')} tabIndex={0}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('settings.key')}</Table.Th>
              <Table.Th>{t('settings.value')}</Table.Th>
              <Table.Th>{t('settings.source')}</Table.Th>
              <Table.Th>{t('settings.meaning')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {settings.map(({ key, value, secret, source }) => (
              <Table.Tr key={key}>
                <Table.Td>
                  <Code>{key}</Code>
                </Table.Td>
                <Table.Td className="lines">
                  {value ?? t(secret && source !== 'default' ? 'settings.hidden' : 'settings.unset')}
                </Table.Td>
                <Table.Td>
                  <Badge variant="outline" color={source === 'default' ? 'gray' : 'blue'} tt="none">
                    {t(`settings.source.${source}`)}
                  </Badge>
                </Table.Td>
                <Table.Td>{meaning(key)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Box>
    </section>
  );
}
