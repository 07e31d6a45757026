import { Anchor, Button, Group, Stack, Table } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { definitionsPath, useCatalogRoles, useOrganizations } from '../api/catalog.ts';
import { usePages } from '../api/pages.ts';
import { request, requestBlob } from '../api/request.ts';
import { Confirm } from '../frame/confirm.tsx';
import { PagedTable } from '../frame/paged-table.tsx';
import { saveFile } from '../frame/save-file.ts';
import { tell, tellProblem } from '../frame/tell.tsx';
import { DefinitionImport } from './definition-import.tsx';

type TechnicalService = { organization: string; id: string; version?: string; accessType: string };

/** Technical services: import, export and deletion of their definitions, and the way to a service made of one. */
export function Definitions() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { supplier, provider } = useCatalogRoles();
  const own = useOrganizations().data?.items ?? [];
  const list = usePages<TechnicalService>(definitionsPath, {});
  const [deleted, setDeleted] = useState<TechnicalService>();
  const deleting = useMutation({
    mutationFn: () => request('DELETE', pathOf(deleted!), { query: { version: deleted!.version } }),
    async onSuccess() {
      tell(t('def.deleted', { id: deleted!.id }));
      setDeleted(undefined);
      await queries.invalidateQueries({ queryKey: [definitionsPath] });
    },
  });
  const provides = (organization: string) => provider && own.some(({ id }) => id === organization);

  return (
    <Stack>
      {provider && <DefinitionImport />}
      {provider && (
        <Group>
          {own
            .filter(({ roles }) => roles.includes('technologyProvider'))
            .map(({ id }) => (
              <ExportAll key={id} organization={id} />
            ))}
        </Group>
      )}
      <PagedTable
        label={t('catalog.definitions')}
        list={list}
        empty={t('catalog.noDefinitions')}
        heads={[t('catalog.id'), t('catalog.version'), t('catalog.provider'), t('log.dialect'), '']}
        row={(service) => {
          const { organization, id, version, accessType } = service;
          return (
            <Table.Tr key={`${organization} ${id} ${version}`}>
              <Table.Td>{id}</Table.Td>
              <Table.Td>{version}</Table.Td>
              <Table.Td>{organization}</Table.Td>
              <Table.Td>{accessType}</Table.Td>
              <Table.Td>
                <Group gap="xs" wrap="nowrap">
                  {supplier && (
                    <Button component={Link} to={newServiceOf(service)} size="compact-xs" variant="default">
                      {t('sell.newOf')}
                    </Button>
                  )}
                  {provides(organization) && (
                    <>
                      <Anchor href={exportOf(service)} download={`${id}.xml`} size="sm">
                        {t('workspace.download')}
                      </Anchor>
                      <Button
                        size="compact-xs"
                        color="red"
                        variant="outline"
                        aria-label={t('sell.deleteLabel', { id })}
                        onClick={() => setDeleted(service)}
                      >
                        {t('sell.delete')}
                      </Button>
                    </>
                  )}
                </Group>
              </Table.Td>
            </Table.Tr>
          );
        }}
      />
      <Confirm
        opened={deleted !== undefined}
        onClose={() => {
          setDeleted(undefined);
          deleting.reset();
        }}
        onConfirm={() => deleting.mutate()}
        title={t('sell.delete')}
        text={t('def.deleteAsk', { id: deleted?.id ?? '', organization: deleted?.organization ?? '' })}
        button={t('sell.delete')}
        running={deleting.isPending}
        error={deleting.error}
      />
    </Stack>
  );
}

/** All definitions of a provider as one file; refused where they are of both dialects. */
function ExportAll({ organization }: { organization: string }) {
  const { t } = useTranslation();
  const exporting = useMutation({
    mutationFn: () => requestBlob('GET', '/v1/catalog/definitions', { query: { organization } }),
    onSuccess: (file) => saveFile(file, `${organization}.xml`),
    onError: tellProblem,
  });
  return (
    <Button size="xs" variant="default" onClick={() => exporting.mutate()} loading={exporting.isPending}>
      {t('def.export', { organization })}
    </Button>
  );
}

function pathOf({ organization, id }: TechnicalService): string {
  return `${definitionsPath}/${encodeURIComponent(organization)}/${encodeURIComponent(id)}`;
}

function exportOf(service: TechnicalService): string {
  const { version } = service;
  const query = version === undefined ? '' : `?${new URLSearchParams({ version })}`;
  return `${pathOf(service)}/definition${query}`;
}

function newServiceOf({ organization, id, version = '' }: TechnicalService): string {
  return `/catalog/selling/new?${new URLSearchParams({ organization, id, version })}`;
}
