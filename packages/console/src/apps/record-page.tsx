import { Anchor, Badge, Breadcrumbs, Button, Group, Loader, Stack, Tabs, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { type App, useApp } from '../api/apps.ts';
import { useProcessTypes } from '../api/processes.ts';
import {
  addRecord,
  changeRecord,
  deleteRecord,
  type RecordJson,
  recordsKey,
  useRecord,
} from '../api/records.ts';
import { Confirm } from '../frame/confirm.tsx';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';
import { AttachmentList } from '../processes/attachments.tsx';
import { Steps } from '../processes/steps.tsx';
import { instantText } from '../records/value-text.ts';
import { RecordForm } from './record-form.tsx';
import { RecordHistory } from './record-history.tsx';

/** One record: its values with their files, and its history. */
export function RecordPage() {
  const { t } = useTranslation();
  const { app: reference = '', record: id = '' } = useParams();
  const app = useApp(reference);
  const record = useRecord(reference, id);

  const failed = app.error ?? record.error;
  if (failed) return <Problem error={failed} retry={() => Promise.all([app.refetch(), record.refetch()])} />;
  if (!app.data || !record.data) return <Loader aria-label={t('loading')} />;
  return <Shown app={app.data} record={record.data} />;
}

function Shown({ app, record }: { app: App; record: RecordJson }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const name = t('record.title', { id: record.processId ?? record.id });
  const types = useProcessTypes(record.processId !== undefined);
  const type = types.data?.items.find((one) => one.app === app.id);
  const forget = () =>
    Promise.all(
      [recordsKey(app.id), [`/v1/apps/${app.id}/records`], ['record'], ['history']].map((queryKey) =>
        queries.invalidateQueries({ queryKey }),
      ),
    );
  const saving = useMutation({
    mutationFn: (fields: Record<string, unknown>) => changeRecord(app.id, record, fields),
    async onSuccess() {
      await forget();
      tell(t('record.saved'));
    },
  });
  const deleting = useMutation({
    mutationFn: () => deleteRecord(app.id, record),
    async onSuccess() {
      await navigate('../..', { relative: 'path' });
      await queries.invalidateQueries({ queryKey: recordsKey(app.id) });
    },
  });

  return (
    <Stack>
      <title>{`${name} - ${app.name} - Renkei`}</title>
      <Trail app={app} />
      <Group justify="space-between">
        <Title order={1} size="h2">
          {name}
        </Title>
        {app.allowed.includes('delete') && (
          <Button color="red" variant="outline" onClick={() => setAsking(true)}>
            {t('record.delete')}
          </Button>
        )}
      </Group>
      <Text size="sm">
        {t('record.saves', {
          created: instantText(record.createdAt),
          creator: record.createdBy ?? '-',
          updated: instantText(record.updatedAt),
          updater: record.updatedBy ?? '-',
          revision: record.revision,
        })}
      </Text>
      {type && (
        <Group>
          <Badge size="lg" variant="outline">
            {record.state}
          </Badge>
          <Steps app={app} type={type} process={record} onDone={forget} />
        </Group>
      )}
      <Tabs defaultValue="values" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="values">{t('record.values')}</Tabs.Tab>
          {type && <Tabs.Tab value="attachments">{t('attachments.title')}</Tabs.Tab>}
          <Tabs.Tab value="history">{t('record.history')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="values" pt="md">
          <RecordForm
            key={record.revision}
            app={app}
            values={record.fields}
            mayWrite={app.allowed.includes('change')}
            saving={saving}
          />
        </Tabs.Panel>
        {type && (
          <Tabs.Panel value="attachments" pt="md">
            <AttachmentList
              type={type.type}
              id={record.processId ?? ''}
              mayChange={app.allowed.includes('change')}
            />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="history" pt="md">
          <RecordHistory app={app} record={record} type={type?.type} saving={saving} />
        </Tabs.Panel>
      </Tabs>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => deleting.mutate()}
        title={t('record.delete')}
        text={t('record.deleteAsk', { name, app: app.name })}
        button={t('record.delete')}
        running={deleting.isPending}
        error={deleting.error}
      />
    </Stack>
  );
}

/** A form for a record that does not exist yet. */
export function NewRecordPage() {
  const { t } = useTranslation();
  const { app: reference = '' } = useParams();
  const app = useApp(reference);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const key = useRef(crypto.randomUUID()); // pressing twice adds one record
  const saving = useMutation({
    mutationFn: (fields: Record<string, unknown>) => addRecord(app.data!.id, fields, key.current),
    async onSuccess({ id }) {
      await queries.invalidateQueries({ queryKey: recordsKey(app.data!.id) });
      await navigate(`../${id}`, { relative: 'path', replace: true });
      tell(t('record.saved'));
    },
    onError() {
      key.current = crypto.randomUUID();
    },
  });

  if (app.error) return <Problem error={app.error} retry={() => app.refetch()} />;
  if (!app.data) return <Loader aria-label={t('loading')} />;
  return (
    <Stack>
      <title>{`${t('record.new')} - ${app.data.name} - Renkei`}</title>
      <Trail app={app.data} />
      <Title order={1} size="h2">
        {t('record.new')}
      </Title>
      <RecordForm app={app.data} values={{}} mayWrite saving={saving} />
    </Stack>
  );
}

function Trail({ app }: { app: App }) {
  const { t } = useTranslation();
  return (
    <Breadcrumbs aria-label={t('frame.trail')}>
      <Anchor component={Link} to="/apps">
        {t('frame.apps')}
      </Anchor>
      <Anchor component={Link} to={`/apps/${app.id}`}>
        {app.name}
      </Anchor>
    </Breadcrumbs>
  );
}
