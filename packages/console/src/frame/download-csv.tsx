import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { requestBlob } from '../api/request.ts';
import { saveFile } from './save-file.ts';
import { tellProblem } from './tell.tsx';

/** Downloads a list as CSV, with the filters that the page shows. */
export function DownloadCsv({
  path,
  query,
  name,
}: {
  path: string;
  query: Record<string, string>;
  name: string;
}) {
  const { t } = useTranslation();
  const downloading = useMutation({
    mutationFn: () => requestBlob('GET', path, { query, headers: { accept: 'text/csv' } }),
    onSuccess: (file) => saveFile(file, name),
    onError: tellProblem,
  });
  return (
    <Button size="xs" variant="default" onClick={() => downloading.mutate()} loading={downloading.isPending}>
      {t('downloadCsv')}
    </Button>
  );
}
