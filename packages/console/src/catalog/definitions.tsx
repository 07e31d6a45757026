import { Anchor, Button, FileInput, Group, Stack, Table, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePages } from '../api/pages.ts';
import { request } from '../api/request.ts';
import { PagedTable } from '../frame/paged-table.tsx';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';

type TechnicalService = { organization: string; id: string; version?: string };
const path = '/v1/catalog/technical-services';

/** Technical services, and the import of their definitions: all of a file or nothing. */
export function Definitions() {
  const { t } = useTranslation();
  const list = usePages<TechnicalService>(path, {});
  return (
    <Stack>
      <Import />
      <PagedTable
        label={t('catalog.definitions')}
        list={list}
        empty={t('catalog.noDefinitions')}
        heads={[t('catalog.id'), t('catalog.version'), t('catalog.provider'), 'XML']}
        row={({ organization, id, version }) => (
          <Table.Tr key={`${organization} ${id} ${version}`}>
            <Table.Td>{id}</Table.Td>
            <Table.Td>{version}</Table.Td>
            <Table.Td>{organization}</Table.Td>
            <Table.Td>
              <Anchor href={addressOf(organization, id, version)} download={`${id}.xml`} size="sm">
                {t('workspace.download')}
              </Anchor>
            </Table.Td>
          </Table.Tr>
        )}
      />
    </Stack>
  );
}

function addressOf(organization: string, id: string, version: string | undefined): string {
  const query = version === undefined ? '' : `?${new URLSearchParams({ version })}`;
  return `${path}/${encodeURIComponent(organization)}/${encodeURIComponent(id)}/definition${query}`;
}

function Import() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [organization, setOrganization] = useState('');
  const importing = useMutation({
    mutationFn: (dryRun: boolean) =>
      request<{ imported: TechnicalService[] }>('POST', path, {
        query: { organization, ...(dryRun && { dryRun: 'true' }) },
        headers: { 'content-type': 'application/xml' },
        body: file,
      }),
    onSuccess({ imported }, dryRun) {
      const ids = imported.map(({ id }) => id).join(', ');
      tell(t(dryRun ? 'catalog.checked' : 'catalog.imported', { ids }));
      return queries.invalidateQueries({ queryKey: [path] });
    },
  });
  return (
    <Stack>
      <Group align="flex-end">
        <FileInput
          miw={240}
          label={t('catalog.file')}
          accept=".xml,application/xml"
          value={file}
          onChange={(given) => {
            setFile(given);
            importing.reset();
          }}
        />
        <TextInput
          label={t('catalog.provider')}
          value={organization}
          onChange={({ currentTarget }) => setOrganization(currentTarget.value)}
        />
        <Button variant="default" disabled={!file} onClick={() => importing.mutate(true)}>
          {t('workspace.check')}
        </Button>
        <Button disabled={!file} loading={importing.isPending} onClick={() => importing.mutate(false)}>
          {t('import.button')}
        </Button>
      </Group>
      {importing.error && <Problem error={importing.error} />}
    </Stack>
  );
}
