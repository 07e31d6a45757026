import { Button, Loader, Stack, Text, Timeline } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type App, isComputed } from '../api/apps.ts';
import { type HistoryItem, type RecordJson, useHistory, type Value } from '../api/records.ts';
import { Problem } from '../frame/problem.tsx';
import { instantText, valueText } from '../records/value-text.ts';

/** Who changed what, the newest first; the values before a change can be put back. */
export function RecordHistory({
  app,
  record,
  type,
  saving,
}: {
  app: App;
  record: RecordJson;
  /** Of a process: its type. */
  type: string | undefined;
  saving: UseMutationResult<RecordJson, Error, Record<string, unknown>>;
}) {
  const { t } = useTranslation();
  const history = useHistory(app, record, type);
  if (history.error) return <Problem error={history.error} retry={() => history.refetch()} />;
  if (!history.data) return <Loader aria-label={t('loading')} />;
  if (history.data.items.length === 0) return <Text>{t('history.empty')}</Text>;

  /** A reference is told by the other record's number. */
  const shown = (name: string, value: Value) => {
    const field = app.fields.find((one) => one.name === name);
    return (
      valueText(field?.type === 'reference' || !field ? { type: 'text' } : field, value) ||
      t('history.nothing')
    );
  };

  return (
    <>
      {saving.error && <Problem error={saving.error} />}
      <Timeline bulletSize={14} lineWidth={2}>
        {history.data.items.map((item) => {
          const { revision, at, by, via, changes, decision } = item;
          const before = valuesBefore(app, item);
          return (
            <Timeline.Item
              key={revision}
              title={t(via === undefined ? 'history.made' : 'history.item', {
                revision,
                by: by ?? '-',
                at: instantText(at),
                via,
              })}
            >
              <Stack gap={2} align="flex-start">
                {decision && (
                  <Text size="sm">
                    <Text span fw={700}>
                      {t(decision.action === 'approve' ? 'process.approve' : 'process.reject')}
                    </Text>{' '}
                    {decision.comment}
                  </Text>
                )}
                {Object.entries(changes).map(([name, [old, now]]) => (
                  <Text size="sm" key={name}>
                    {name === 'state' ? t('process.state') : name}: {shown(name, old)} → {shown(name, now)}
                  </Text>
                ))}
                {app.allowed.includes('change') && Object.keys(before).length > 0 && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={t('history.restoreLabel', { revision })}
                    loading={saving.isPending}
                    onClick={() => saving.mutate(before)}
                  >
                    {t('history.restore')}
                  </Button>
                )}
              </Stack>
            </Timeline.Item>
          );
        })}
      </Timeline>
    </>
  );
}

/** What can be written back: files that were taken out of a record are gone, and states have their own ways. */
function valuesBefore(app: App, { changes }: HistoryItem): Record<string, Value> {
  const writable = app.fields.filter(
    (field) =>
      !field.readOnly && !isComputed(field) && field.type !== 'files' && Object.hasOwn(changes, field.name),
  );
  return Object.fromEntries(writable.map(({ name }) => [name, changes[name]![0]]));
}
