import { Alert, Button, Code, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { userPath } from '../api/people.ts';
import { request } from '../api/request.ts';
import { Problem } from '../frame/problem.tsx';

/** Makes a lasting AppSuite access key, which is shown this once. */
export function NewAccessKey({ user, path }: { user: string; path: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const making = useMutation({
    mutationFn: () => request<{ id: string; key: string }>('POST', `${userPath(user)}/access-keys`),
    onSuccess: () => queries.invalidateQueries({ queryKey: [path] }),
  });
  return (
    <Stack align="flex-start">
      <Button size="xs" onClick={() => making.mutate()} loading={making.isPending}>
        {t('cred.makeAccessKey')}
      </Button>
      {making.error && <Problem error={making.error} />}
      {making.data && (
        <Alert role="status" color="green" title={t('cred.madeAccessKey')}>
          <Code block className="code">
            {making.data.key}
          </Code>
        </Alert>
      )}
    </Stack>
  );
}
