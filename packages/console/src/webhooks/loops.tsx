import { Anchor, Box, Loader, Stack, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useApps } from '../api/apps.ts';
import { type Loop, useAutomations, useLoops } from '../api/deliveries.ts';
import { Problem } from '../frame/problem.tsx';
import { instantText } from '../records/value-text.ts';
import { SwitchAutomation } from './switch-automation.tsx';

/** Records that keep calling the same automation, and the way to stop that. */
export function Loops() {
  const { t } = useTranslation();
  const loops = useLoops();
  const apps = useApps();
  const nameOf = (id: number) => apps.data?.items.find((app) => app.id === id)?.name ?? String(id);
  if (loops.error) return <Problem error={loops.error} retry={() => loops.refetch()} />;
  if (!loops.data) return <Loader aria-label={t('loading')} />;
  return (
    <Stack>
      <Text size="sm">{t('loop.about')}</Text>
      {loops.data.items.length === 0 && <Text>{t('loop.none')}</Text>}
      {loops.data.items.length > 0 && (
        <Box className="sideways" role="region" aria-label={t('loop.title')} tabIndex={0}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('delivery.app')}</Table.Th>
                <Table.Th>{t('delivery.automation')}</Table.Th>
                <Table.Th>{t('delivery.record')}</Table.Th>
                <Table.Th>{t('loop.count')}</Table.Th>
                <Table.Th>{t('loop.last')}</Table.Th>
                <Table.Td />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {loops.data.items.map((loop) => (
                <Row
                  key={`${loop.app} ${loop.automation} ${loop.record}`}
                  loop={loop}
                  name={nameOf(loop.app)}
                />
              ))}
            </Table.Tbody>
          </Table>
        </Box>
      )}
    </Stack>
  );
}

function Row({ loop: { app, automation, record, count, last }, name }: { loop: Loop; name: string }) {
  const known = useAutomations(String(app)).data?.items.find(({ title }) => title === automation);
  return (
    <Table.Tr>
      <Table.Td>{name}</Table.Td>
      <Table.Td>{automation}</Table.Td>
      <Table.Td>
        <Anchor component={Link} to={`/apps/${app}/records/${record}`}>
          {record}
        </Anchor>
      </Table.Td>
      <Table.Td className="amount">{count}</Table.Td>
      <Table.Td>{instantText(last)}</Table.Td>
      <Table.Td>
        {known && <SwitchAutomation app={{ id: app, name }} title={automation} enabled={known.enabled} />}
      </Table.Td>
    </Table.Tr>
  );
}
