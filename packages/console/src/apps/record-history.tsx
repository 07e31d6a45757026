import { Loader, Stack, Text, Timeline } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { App } from '../api/apps.ts';
import { type RecordJson, useHistory, type Value } from '../api/records.ts';
import { Problem } from '../frame/problem.tsx';
import { instantText, valueText } from '../records/value-text.ts';

/** Who changed what, the newest first. */
export function RecordHistory({ app, record }: { app: App; record: RecordJson }) {
  const { t } = useTranslation();
  const history = useHistory(String(app.id), String(record.id));
  if (history.error) return <Problem error={history.error} retry={() => history.refetch()} />;
  if (!history.data) return <Loader aria-label={t('loading')} />;

  const shown = (name: string, value: unknown) => {
    const field = app.fields.find((one) => one.name === name) ?? { type: 'text' };
    const plain = typeof value === 'object' || field.type === 'dateTime' ? { type: 'text' } : field;
    return valueText(plain, value as Value) || t('history.nothing');
  };

  return (
    <Timeline bulletSize={14} lineWidth={2}>
      {history.data.items.map(({ revision, at, by, via, changes }) => (
        <Timeline.Item
          key={revision}
          title={t('history.item', { revision, by: by ?? '-', at: instantText(at), via })}
        >
          <Stack gap={2}>
            {Object.entries(changes).map(([name, [before, after]]) => (
              <Text size="sm" key={name}>
                {name}: {shown(name, before)} → {shown(name, after)}
              </Text>
            ))}
          </Stack>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}
