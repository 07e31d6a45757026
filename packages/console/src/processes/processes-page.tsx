import { Anchor, Loader, NativeSelect, Stack, Table, Tabs, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { type App, useApps } from '../api/apps.ts';
import { usePages } from '../api/pages.ts';
import { type ProcessType, useProcessTypes } from '../api/processes.ts';
import type { RecordJson } from '../api/records.ts';
import { PagedTable } from '../frame/paged-table.tsx';
import { Problem } from '../frame/problem.tsx';
import { instantText } from '../records/value-text.ts';
import { Board } from './board.tsx';
import { titleOf } from './title-of.ts';

/** Processes of one type: as a board by state, or as a list. */
export function ProcessesPage() {
  const { t } = useTranslation();
  const { app: chosen } = useParams();
  const navigate = useNavigate();
  const apps = useApps();
  const types = useProcessTypes();
  const items = types.data?.items ?? [];
  const type = items.find((one) => String(one.app) === chosen) ?? items[0];
  const app = apps.data?.items.find(({ id }) => id === type?.app);

  const failed = apps.error ?? types.error;
  return (
    <Stack>
      <title>{`${t('frame.processes')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('frame.processes')}
      </Title>
      {failed && <Problem error={failed} retry={() => Promise.all([apps.refetch(), types.refetch()])} />}
      {(apps.isPending || types.isPending) && <Loader aria-label={t('loading')} />}
      {types.data && items.length === 0 && <Text>{t('process.none')}</Text>}
      {app && (
        <NativeSelect
          label={t('process.type')}
          value={app.id}
          data={items.map((one) => ({ value: String(one.app), label: one.name }))}
          onChange={({ currentTarget }) => navigate(`/processes/${currentTarget.value}`)}
        />
      )}
      {app && type && <Views key={app.id} app={app} type={type} />}
    </Stack>
  );
}

function Views({ app, type }: { app: App; type: ProcessType }) {
  const { t } = useTranslation();
  return (
    <Tabs defaultValue="board" keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="board">{t('process.board')}</Tabs.Tab>
        <Tabs.Tab value="list">{t('process.list')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="board" pt="md">
        <Board app={app} type={type} />
      </Tabs.Panel>
      <Tabs.Panel value="list" pt="md">
        <ProcessList app={app} />
      </Tabs.Panel>
    </Tabs>
  );
}

function ProcessList({ app }: { app: App }) {
  const { t } = useTranslation();
  const list = usePages<RecordJson>(
    `/v1/apps/${app.id}/records`,
    { sort: '-データID' },
    { live: `records:${app.id}` },
  );
  return (
    <PagedTable
      label={t('process.list')}
      list={list}
      empty={t('grid.empty')}
      heads={[t('record.id'), t('process.subject'), t('process.state'), t('process.updated')]}
      row={(record) => (
        <Table.Tr key={record.id}>
          <Table.Td>
            <Anchor component={Link} to={`/apps/${app.id}/records/${record.id}`}>
              {record.processId ?? record.id}
            </Anchor>
          </Table.Td>
          <Table.Td>{titleOf(app, record)}</Table.Td>
          <Table.Td>{record.state}</Table.Td>
          <Table.Td>{instantText(record.updatedAt)}</Table.Td>
        </Table.Tr>
      )}
    />
  );
}
