import { Anchor, Group, NativeSelect, Stack, Table, Tabs, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useApps } from '../api/apps.ts';
import { type Delivery, deliveriesPath, deliveryStates } from '../api/deliveries.ts';
import { usePages } from '../api/pages.ts';
import { PagedTable } from '../frame/paged-table.tsx';
import { instantText } from '../records/value-text.ts';
import { Automations } from './automations.tsx';
import { BulkReplay } from './bulk-replay.tsx';
import { ErrorLog } from './error-log.tsx';
import { Loops } from './loops.tsx';
import { StateBadge } from './state-badge.tsx';

/** What was sent to whom, how it went, and what receivers complained about. */
export function WebhooksPage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const apps = useApps();
  const app = params.get('app') ?? '';
  const state = params.get('state') ?? '';
  const tab = params.get('tab') ?? 'deliveries';
  const change = (part: Record<string, string>) =>
    setParams({ ...Object.fromEntries(params), ...part }, { replace: true });
  const mine = (apps.data?.items ?? []).filter(({ allowed }) => allowed.includes('administer'));

  return (
    <Stack>
      <title>{`${t('frame.webhooks')} - Renkei`}</title>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t('frame.webhooks')}
        </Title>
        {mine.length > 0 && <BulkReplay apps={mine} app={app} />}
      </Group>
      <Group>
        <NativeSelect
          size="xs"
          label={t('delivery.app')}
          value={app}
          data={[
            { value: '', label: t('all') },
            ...mine.map(({ id, name }) => ({ value: String(id), label: name })),
          ]}
          onChange={({ currentTarget }) => change({ app: currentTarget.value })}
        />
        {tab === 'deliveries' && (
          <NativeSelect
            size="xs"
            label={t('delivery.state')}
            value={state}
            data={[
              { value: '', label: t('all') },
              ...deliveryStates.map((one) => ({ value: one, label: t(`delivery.state.${one}`) })),
            ]}
            onChange={({ currentTarget }) => change({ state: currentTarget.value })}
          />
        )}
      </Group>
      <Tabs value={tab} onChange={(to) => change({ tab: to ?? 'deliveries' })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="deliveries">{t('delivery.list')}</Tabs.Tab>
          <Tabs.Tab value="automations">{t('hook.list')}</Tabs.Tab>
          <Tabs.Tab value="errors">{t('delivery.errors')}</Tabs.Tab>
          <Tabs.Tab value="loops">{t('loop.title')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="deliveries" pt="md">
          <Deliveries app={app} state={state} />
        </Tabs.Panel>
        <Tabs.Panel value="automations" pt="md">
          <Automations app={app} />
        </Tabs.Panel>
        <Tabs.Panel value="errors" pt="md">
          <ErrorLog app={app} />
        </Tabs.Panel>
        <Tabs.Panel value="loops" pt="md">
          <Loops />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function Deliveries({ app, state }: { app: string; state: string }) {
  const { t } = useTranslation();
  const list = usePages<Delivery>(
    deliveriesPath,
    { app, state },
    { live: app === '' ? 'deliveries' : `deliveries:${app}` },
  );

  return (
    <Stack>
      <PagedTable
        label={t('delivery.list')}
        list={list}
        empty={t('delivery.none')}
        heads={[
          t('record.id'),
          t('delivery.at'),
          t('delivery.automation'),
          t('delivery.record'),
          t('delivery.state'),
          t('delivery.tries'),
        ]}
        row={({ id, at, automation, app: of, record, state: is, tries }) => (
          <Table.Tr key={id}>
            <Table.Td>
              <Anchor component={Link} to={`/webhooks/${id}`}>
                {id}
              </Anchor>
            </Table.Td>
            <Table.Td>{instantText(at)}</Table.Td>
            <Table.Td>{automation}</Table.Td>
            <Table.Td>
              <Anchor component={Link} to={`/apps/${of}/records/${record}`}>
                {record}
              </Anchor>
            </Table.Td>
            <Table.Td>
              <StateBadge state={is} />
            </Table.Td>
            <Table.Td>{tries}</Table.Td>
          </Table.Tr>
        )}
      />
    </Stack>
  );
}
