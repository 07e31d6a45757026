import { Anchor, Button, Group, NativeSelect, Stack, Table, TextInput, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useApps } from '../api/apps.ts';
import { usePages } from '../api/pages.ts';
import { DownloadCsv } from '../frame/download-csv.tsx';
import { PagedTable } from '../frame/paged-table.tsx';
import { instantText } from '../records/value-text.ts';

type Entry = {
  id: number;
  at: string;
  user: string | null;
  dialect: string;
  operation: string;
  app: number | null;
  table: string | null;
  record: string | null;
  outcome: string;
  address: string | null;
};

const path = '/v1/access-log';

/** Who did what, over which dialect; the filters are in the address. */
export function AccessLogPage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const apps = useApps();
  const filter = {
    user: params.get('user') ?? '',
    operation: params.get('operation') ?? '',
    app: params.get('app') ?? '',
    from: instantOf(params.get('from')),
    to: instantOf(params.get('to')),
  };
  const list = usePages<Entry>(path, filter, { live: 'access-log' });

  return (
    <Stack>
      <title>{`${t('frame.accessLog')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('frame.accessLog')}
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const given = [...new FormData(event.currentTarget)].filter(([, value]) => value !== '');
          setParams(Object.fromEntries(given) as Record<string, string>, { replace: true });
        }}
      >
        <Group align="flex-end" gap="xs">
          <TextInput size="xs" name="user" label={t('log.user')} defaultValue={filter.user} />
          <TextInput size="xs" name="operation" label={t('log.operation')} defaultValue={filter.operation} />
          <NativeSelect
            size="xs"
            name="app"
            label={t('delivery.app')}
            defaultValue={filter.app}
            data={[
              { value: '', label: t('all') },
              ...(apps.data?.items ?? []).map(({ id, name }) => ({ value: String(id), label: name })),
            ]}
          />
          <TextInput
            size="xs"
            name="from"
            type="datetime-local"
            label={t('log.from')}
            defaultValue={params.get('from') ?? ''}
          />
          <TextInput
            size="xs"
            name="to"
            type="datetime-local"
            label={t('log.to')}
            defaultValue={params.get('to') ?? ''}
          />
          <Button size="xs" type="submit">
            {t('filter.apply')}
          </Button>
          <DownloadCsv path={path} query={filter} name="access-log.csv" />
        </Group>
      </form>
      <PagedTable
        label={t('frame.accessLog')}
        list={list}
        empty={t('log.none')}
        heads={[
          t('delivery.at'),
          t('log.user'),
          t('log.dialect'),
          t('log.operation'),
          t('delivery.app'),
          t('delivery.record'),
          t('log.outcome'),
          t('log.address'),
        ]}
        row={(entry) => (
          <Table.Tr key={entry.id}>
            <Table.Td>{instantText(entry.at)}</Table.Td>
            <Table.Td>{entry.user ?? '-'}</Table.Td>
            <Table.Td>{entry.dialect}</Table.Td>
            <Table.Td>{entry.operation}</Table.Td>
            <Table.Td>
              {entry.app !== null && (
                <Anchor component={Link} to={`/apps/${entry.app}`}>
                  {entry.app}
                </Anchor>
              )}
            </Table.Td>
            <Table.Td>{entry.record}</Table.Td>
            <Table.Td>{entry.outcome}</Table.Td>
            <Table.Td>{entry.address}</Table.Td>
          </Table.Tr>
        )}
      />
    </Stack>
  );
}

/** The browser's local time as the API takes it. */
function instantOf(local: string | null): string {
  const date = new Date(local ?? '');
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}
