import { Badge, Box, Button, Code, Group, Loader, Stack, Table, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApps } from '../api/apps.ts';
import { type Automation, resumeAutomation, useAutomations, usePauses } from '../api/deliveries.ts';
import { Problem } from '../frame/problem.tsx';
import { tell, tellProblem } from '../frame/tell.tsx';
import { instantText } from '../records/value-text.ts';
import { SwitchAutomation } from './switch-automation.tsx';
import { TestSend } from './test-send.tsx';

/** What an app does by itself: whether it is on, waits, and whether its receiver answers. */
export function Automations({ app }: { app: string }) {
  const { t } = useTranslation();
  const list = useAutomations(app);
  if (app === '') return <Text>{t('hook.chooseApp')}</Text>;
  if (list.error) return <Problem error={list.error} retry={() => list.refetch()} />;
  if (!list.data) return <Loader aria-label={t('loading')} />;
  if (list.data.items.length === 0) return <Text>{t('hook.none')}</Text>;
  return (
    <Box className="sideways" role="region" aria-label={t('hook.list')} tabIndex={0}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('delivery.automation')}</Table.Th>
            <Table.Th>{t('hook.actions')}</Table.Th>
            <Table.Th>{t('hook.state')}</Table.Th>
            <Table.Td />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.data.items.map((automation) => (
            <Row key={automation.title} app={app} automation={automation} />
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}

function Row({ app, automation }: { app: string; automation: Automation }) {
  const { t } = useTranslation();
  const { title, enabled, actions, url } = automation;
  const [testing, setTesting] = useState(false);
  const apps = useApps();
  const name = apps.data?.items.find(({ id }) => String(id) === app)?.name ?? app;
  const pause = usePauses().data?.items.find((one) => String(one.app) === app && one.automation === title);
  const resuming = useMutation({
    mutationFn: () => resumeAutomation(Number(app), title),
    onSuccess: (count) => tell(t('hook.resumed', { count })),
    onError: tellProblem,
  });
  return (
    <Table.Tr>
      <Table.Td>{title}</Table.Td>
      <Table.Td>
        {actions.map((action) => t(`hook.action.${action}`)).join(', ')} {url !== null && <Code>{url}</Code>}
      </Table.Td>
      <Table.Td>
        <Stack gap={4} align="flex-start">
          <Badge variant="dot" color={enabled ? 'green' : 'gray'}>
            {t(enabled ? 'hook.on' : 'hook.off')}
          </Badge>
          {pause && (
            <Text size="sm">
              {t('hook.pausedSince', { at: instantText(pause.since) })}: {pause.reason}
            </Text>
          )}
        </Stack>
      </Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end">
          {pause && (
            <Button
              size="compact-xs"
              aria-label={t('hook.resumeLabel', { title })}
              onClick={() => resuming.mutate()}
              loading={resuming.isPending}
            >
              {t('hook.resume')}
            </Button>
          )}
          {url !== null && (
            <Button
              size="compact-xs"
              variant="default"
              aria-label={t('hook.testLabel', { title })}
              onClick={() => setTesting(true)}
            >
              {t('hook.test')}
            </Button>
          )}
          <SwitchAutomation app={{ id: app, name }} title={title} enabled={enabled} />
        </Group>
        <TestSend app={app} title={title} opened={testing} onClose={() => setTesting(false)} />
      </Table.Td>
    </Table.Tr>
  );
}
