import { Alert, Button, Group, Loader, Stack, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useLocation, useParams } from 'react-router';
import { type Operation, useApp } from '../api/apps.ts';
import { useRecords } from '../api/records.ts';
import { useMe } from '../api/session.ts';
import { DownloadCsv } from '../frame/download-csv.tsx';
import { Problem } from '../frame/problem.tsx';
import { FilterBar } from './filter-bar.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { RecordGrid } from './record-grid.tsx';
import { useRecordQuery } from './use-record-query.ts';

/** The records of an app. */
export function AppPage() {
  const { t } = useTranslation();
  const { app: reference = '' } = useParams();
  const { hash } = useLocation();
  const app = useApp(reference);
  const me = useMe();
  const [query, setQuery] = useRecordQuery();
  const records = useRecords(app.data, query);
  const [importing, setImporting] = useState(false);

  const linked = linkedRecord(hash);
  if (linked !== undefined) return <Navigate to={`/apps/${reference}/records/${linked}`} replace />;
  if (app.isPending) return <Loader aria-label={t('loading')} />;
  if (app.isError) return <Problem error={app.error} retry={() => app.refetch()} />;
  const may = (operation: Operation) => app.data.allowed.includes(operation);

  return (
    <Stack gap="sm" className="fill">
      <title>{`${app.data.name} - Renkei`}</title>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {app.data.name}
        </Title>
        <Group gap="xs">
          {may('export') && (
            <DownloadCsv
              path={`/v1/apps/${app.data.id}/export`}
              query={query.filter.length > 0 ? { filter: JSON.stringify({ all: query.filter }) } : {}}
              name={`${app.data.name}.csv`}
            />
          )}
          {may('import') && (
            <Button size="xs" variant="default" onClick={() => setImporting(true)}>
              {t('import.open')}
            </Button>
          )}
          {me.data?.roles.includes('admin') && (
            <Button size="xs" variant="default" component={Link} to="design">
              {t('designer.open')}
            </Button>
          )}
          {may('add') && (
            <Button
              size="xs"
              component={Link}
              to="records/new"
              leftSection={<IconPlus size={16} aria-hidden />}
            >
              {t('record.new')}
            </Button>
          )}
        </Group>
      </Group>
      <FilterBar app={app.data} query={query} onChange={setQuery} />
      {records.isError && <Problem error={records.error} retry={() => records.refetch()} />}
      {records.isPending && <Loader aria-label={t('loading')} />}
      {records.data?.pages[0]?.items.length === 0 && <Alert>{t('grid.empty')}</Alert>}
      {records.data && (
        <RecordGrid
          app={app.data}
          rows={records.data.pages.flatMap(({ items }) => items)}
          more={records.hasNextPage && !records.isFetchingNextPage ? records.fetchNextPage : undefined}
          complete={!records.hasNextPage}
          sort={query.sort}
          onSort={(sort) => setQuery({ ...query, sort })}
        />
      )}
      {importing && <ImportDialog app={app.data} onClose={() => setImporting(false)} />}
    </Stack>
  );
}

/** The record that a link of the product's own form names: `#view_id=4&id=7` (appsuite §1.2). */
function linkedRecord(hash: string): string | undefined {
  const id = new URLSearchParams(hash.slice(1)).get('id') ?? '';
  return /^[1-9]\d{0,14}$/.test(id) ? id : undefined;
}
