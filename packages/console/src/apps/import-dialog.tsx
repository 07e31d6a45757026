import {
  Alert,
  Box,
  Button,
  FileInput,
  Group,
  Modal,
  NativeSelect,
  Progress,
  Stack,
  Table,
  Text,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { App } from '../api/apps.ts';
import { recordsKey } from '../api/records.ts';
import { request } from '../api/request.ts';
import { Problem } from '../frame/problem.tsx';
import { firstRows } from './read-csv.ts';

type Report = {
  inserted: number;
  updated: number;
  failed: number;
  errors: { line: number; field: string | null; message: string }[];
};
type Preview = { file: File; rows: string[][] };

const previewRows = 6;
/** Enough for the first rows of any sensible file, in bytes. */
const previewBytes = 64 * 1024;

/** Adds or changes records from a CSV file, after a look at its first rows. */
export function ImportDialog({ app, onClose }: { app: App; onClose(): void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [encoding, setEncoding] = useState('utf-8');
  const [key, setKey] = useState('');
  const [file, setFile] = useState<File | null>(null);
  const [preview, setPreview] = useState<Preview>();
  const importing = useMutation({
    mutationFn: () =>
      request<Report>('POST', `/v1/apps/${app.id}/import`, {
        query: { encoding, key },
        headers: { 'content-type': 'text/csv' },
        body: file,
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: recordsKey(app.id) }),
  });

  async function show(given: File | null, as: string) {
    setFile(given);
    importing.reset();
    if (!given) return setPreview(undefined);
    const text = new TextDecoder(as).decode(await given.slice(0, previewBytes).arrayBuffer());
    setPreview({ file: given, rows: firstRows(text, previewRows) });
  }

  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={t('import.title', { app: app.name })}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack>
        <FileInput
          label={t('import.file')}
          accept=".csv,text/csv"
          value={file}
          onChange={(given) => show(given, encoding)}
        />
        <Group>
          <NativeSelect
            label={t('import.encoding')}
            value={encoding}
            data={[
              { value: 'utf-8', label: 'UTF-8' },
              { value: 'windows-31j', label: 'Shift_JIS (Windows-31J)' },
            ]}
            onChange={({ currentTarget }) => {
              setEncoding(currentTarget.value);
              void show(file, currentTarget.value);
            }}
          />
          <NativeSelect
            label={t('import.key')}
            value={key}
            data={[{ value: '', label: t('import.noKey') }, ...app.fields.map(({ name }) => name)]}
            onChange={({ currentTarget }) => setKey(currentTarget.value)}
          />
        </Group>
        {preview && <PreviewTable rows={preview.rows} app={app} />}
        {importing.isPending && <Progress value={100} animated aria-label={t('import.running')} />}
        {importing.error && <Problem error={importing.error} />}
        {importing.data && <Outcome report={importing.data} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('close')}
          </Button>
          <Button
            onClick={() => importing.mutate()}
            loading={importing.isPending}
            disabled={!file || importing.isSuccess}
          >
            {t('import.button')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function PreviewTable({ rows: [heads = [], ...rows], app }: { rows: string[][]; app: App }) {
  const { t } = useTranslation();
  const known = new Set(app.fields.map(({ name }) => name));
  const unknown = heads.filter((head) => !known.has(head.replace(/^\uFEFF/, '')));
  return (
    <Box className="sideways" role="region" aria-label={t('import.preview')} tabIndex={0}>
      <Text size="sm" fw={500}>
        {t('import.preview')}
      </Text>
      {unknown.length > 0 && <Text size="sm">{t('import.unknown', { heads: unknown.join(', ') })}</Text>}
      <Table withTableBorder>
        <Table.Thead>
          <Table.Tr>
            {heads.map((head) => (
              <Table.Th key={head}>{head}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((cells, line) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of a file have no identity but their place
            <Table.Tr key={line}>
              {cells.map((cell, column) => (
                <Table.Td key={heads[column] ?? column}>{cell}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}

function Outcome({ report: { inserted, updated, failed, errors } }: { report: Report }) {
  const { t } = useTranslation();
  return (
    <Alert
      role="status"
      color={failed > 0 ? 'yellow' : 'green'}
      title={t('import.done', { inserted, updated, failed })}
    >
      {errors.map(({ line, field, message }) => (
        <Text size="sm" key={`${line} ${field} ${message}`}>
          {t('workspace.line', { line, message })}
        </Text>
      ))}
    </Alert>
  );
}
