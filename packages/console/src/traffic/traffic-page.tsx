import { Anchor, Badge, Button, Group, NativeSelect, Stack, Table, TextInput, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { usePages } from '../api/pages.ts';
import { dialects, statusClasses, type TrafficItem, trafficPath } from '../api/traffic.ts';
import { PagedTable } from '../frame/paged-table.tsx';
import { instantText } from '../records/value-text.ts';

/** Every request of every dialect, as they come; the filters are in the address. */
export function TrafficPage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const given = (name: string) => params.get(name) ?? '';
  const filter = {
    dialect: given('dialect'),
    status: given('status'),
    user: given('user'),
    path: given('path'),
    from: instantOf(given('from')),
    to: instantOf(given('to')),
  };
  const list = usePages<TrafficItem>(trafficPath, filter, { live: 'traffic' });

  return (
    <Stack>
      <title>{`${t('frame.traffic')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('frame.traffic')}
      </Title>
      <form
        key={String(params)}
        onSubmit={(event) => {
          event.preventDefault();
          const chosen = [...new FormData(event.currentTarget)].filter(([, value]) => value !== '');
          setParams(Object.fromEntries(chosen) as Record<string, string>, { replace: true });
        }}
      >
        <Group align="flex-end" gap="xs">
          <NativeSelect
            size="xs"
            name="dialect"
            label={t('log.dialect')}
            defaultValue={filter.dialect}
            data={[
              { value: '', label: t('all') },
              ...dialects.map((one) => ({ value: one, label: t(`dialect.${one}`) })),
            ]}
          />
          <NativeSelect
            size="xs"
            name="status"
            label={t('delivery.status')}
            defaultValue={filter.status}
            data={[
              { value: '', label: t('all') },
              ...statusClasses.map((one) => ({ value: one, label: t(`traffic.class.${one}`) })),
            ]}
          />
          <TextInput size="xs" name="user" label={t('log.user')} defaultValue={filter.user} />
          <TextInput size="xs" name="path" label={t('traffic.path')} defaultValue={filter.path} />
          <TextInput
            size="xs"
            name="from"
            type="datetime-local"
            label={t('log.from')}
            defaultValue={given('from')}
          />
          <TextInput
            size="xs"
            name="to"
            type="datetime-local"
            label={t('log.to')}
            defaultValue={given('to')}
          />
          <Button size="xs" type="submit">
            {t('filter.apply')}
          </Button>
        </Group>
      </form>
      <PagedTable
        label={t('frame.traffic')}
        list={list}
        empty={t('traffic.none')}
        heads={[
          t('delivery.at'),
          t('log.dialect'),
          t('traffic.request'),
          t('delivery.status'),
          t('traffic.duration'),
          t('log.user'),
          t('log.address'),
        ]}
        row={({ id, at, dialect, method, path, status, durationMs, user, address }) => (
          <Table.Tr key={id}>
            <Table.Td className="nowrap">{instantText(at)}</Table.Td>
            <Table.Td className="nowrap">{t(`dialect.${dialect}`)}</Table.Td>
            <Table.Td>
              <Anchor component={Link} to={`/traffic/${id}`} className="mono path" title={path}>
                {method} {path}
              </Anchor>
            </Table.Td>
            <Table.Td>
              <StatusBadge status={status} />
            </Table.Td>
            <Table.Td className="amount nowrap">{t('traffic.ms', { ms: roundMs(durationMs) })}</Table.Td>
            <Table.Td>{user ?? '-'}</Table.Td>
            <Table.Td>{address}</Table.Td>
          </Table.Tr>
        )}
      />
    </Stack>
  );
}

export function StatusBadge({ status }: { status: number | null }) {
  const { t } = useTranslation();
  const color = status === null || status >= 500 ? 'red' : status >= 400 ? 'orange' : 'green';
  return (
    <Badge color={color} variant="dot">
      {status ?? t('traffic.left')}
    </Badge>
  );
}

export function roundMs(ms: number): number {
  return ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms);
}

/** The browser's local time as the API takes it. */
function instantOf(local: string): string {
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}
