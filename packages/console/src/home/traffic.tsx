import { Group, Loader, NativeSelect, Stack, Text, Title } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Step, useTrafficSeries } from '../api/traffic.ts';
import { Problem } from '../frame/problem.tsx';

const TrafficChart = lazy(() => import('./traffic-chart.tsx'));

/** What came in over which dialect, lately. */
export function Traffic() {
  const { t } = useTranslation();
  const [step, setStep] = useState<Step>('minute');
  const series = useTrafficSeries(step);
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {t('frame.traffic')}
        </Title>
        <NativeSelect
          size="xs"
          aria-label={t('home.span')}
          value={step}
          data={[
            { value: 'minute', label: t('home.span.minute') },
            { value: 'hour', label: t('home.span.hour') },
          ]}
          onChange={({ currentTarget }) => setStep(currentTarget.value as Step)}
        />
      </Group>
      {series.error && <Problem error={series.error} retry={() => series.refetch()} />}
      {series.data?.items.length === 0 && <Text>{t('traffic.none')}</Text>}
      {series.data && series.data.items.length > 0 && (
        <Suspense fallback={<Loader aria-label={t('loading')} />}>
          <TrafficChart series={series.data} />
        </Suspense>
      )}
    </Stack>
  );
}
