import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { requestBlob } from '../api/request.ts';
import { saveFile } from '../frame/save-file.ts';
import { tellProblem } from '../frame/tell.tsx';

/** Bills as a file of the type that `accept` names. */
export function BillDownload(props: {
  label: string;
  accept: string;
  path: string;
  query: Record<string, string>;
  name: string;
}) {
  const { label, accept, path, query, name } = props;
  const downloading = useMutation({
    mutationFn: () => requestBlob('GET', path, { query, headers: { accept } }),
    onSuccess: (file) => saveFile(file, name),
    onError: tellProblem,
  });
  return (
    <Button size="xs" variant="default" onClick={() => downloading.mutate()} loading={downloading.isPending}>
      {label}
    </Button>
  );
}
