import { Alert, Button, Code, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/request.ts';

/** What went wrong, where in the input, and what to do next. */
export function Problem({ error, retry }: { error: Error; retry?: () => unknown }) {
  const { t } = useTranslation();
  const unreachable = error instanceof ApiError && error.status === 0;
  const ours = !(error instanceof ApiError) || error.status >= 500;

  return (
    <Alert role="alert" color="red" icon={<IconAlertTriangle aria-hidden />} title={t('error.title')} my="sm">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{unreachable ? t('error.unreachable') : error.message}</Text>
        {error instanceof ApiError &&
          error.faults
            .filter(({ line, detail }) => line !== undefined || detail !== error.message)
            .map(({ pointer, line, detail }) => (
              <Text size="sm" key={`${pointer} ${line} ${detail}`}>
                {pointer !== '' && <Code>{pointer}</Code>}{' '}
                {line === undefined ? detail : t('workspace.line', { line, message: detail })}
              </Text>
            ))}
        {(unreachable || ours) && (
          <Text size="sm">{t(unreachable ? 'error.next.offline' : 'error.next.retry')}</Text>
        )}
        {retry && (
          <Button size="xs" variant="default" onClick={() => retry()}>
            {t('retry')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
