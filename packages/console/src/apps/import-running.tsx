import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { stopImport, useImportProgress } from '../api/imports.ts';
import { Problem } from '../frame/problem.tsx';

/** How far the server is, and the way to stop it. */
export function ImportRunning({ id }: { id: string }) {
  const { t } = useTranslation();
  const progress = useImportProgress(id);
  const stopping = useMutation({ mutationFn: () => stopImport(id) });
  const { bytes = 0, size = null, inserted = 0, updated = 0, failed = 0 } = progress.data ?? {};
  const percent = size === null || size === 0 ? 0 : Math.floor((100 * bytes) / size);
  return (
    <Stack gap="xs">
      <Progress.Root size="lg">
        <Progress.Section value={percent} aria-label={t('import.running')} />
      </Progress.Root>
      <Group justify="space-between">
        <Text size="sm" role="status">
          {t('import.progress', { percent, inserted, updated, failed })}
        </Text>
        <Button
          size="xs"
          color="red"
          variant="outline"
          onClick={() => stopping.mutate()}
          loading={stopping.isPending || stopping.isSuccess}
          disabled={!progress.data}
        >
          {t('import.stop')}
        </Button>
      </Group>
      {stopping.error && <Problem error={stopping.error} />}
    </Stack>
  );
}
