import { Anchor, Badge, Button, Group, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { type Service, servicePath, servicesPath, useOrganizations } from '../api/catalog.ts';
import { usePages } from '../api/pages.ts';
import { request } from '../api/request.ts';
import { useMe } from '../api/session.ts';
import { Confirm } from '../frame/confirm.tsx';
import { PagedTable } from '../frame/paged-table.tsx';
import { tell, tellProblem } from '../frame/tell.tsx';
import { priceLines } from './price-text.ts';

/** What the user's organizations sell, on sale or not. */
export function Selling() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const isAdmin = useMe().data?.roles.includes('admin') ?? false;
  const own = useOrganizations().data?.items.map(({ id }) => id) ?? [];
  const list = usePages<Service>(servicesPath, {}, { live: 'workspace' });
  const [deleted, setDeleted] = useState<Service>();
  const refresh = () => queries.invalidateQueries({ queryKey: [servicesPath] });
  const deleting = useMutation({
    mutationFn: () => request('DELETE', servicePath(deleted!.id)),
    async onSuccess() {
      tell(t('def.deleted', { id: deleted!.id }));
      setDeleted(undefined);
      await refresh();
    },
  });

  return (
    <Stack>
      <Group>
        <Button component={Link} to="/catalog/definitions" variant="default" size="xs">
          {t('sell.new')}
        </Button>
      </Group>
      <PagedTable
        label={t('catalog.selling')}
        list={list}
        empty={t('sell.none')}
        heads={[
          t('catalog.id'),
          t('people.name'),
          t('catalog.supplier'),
          t('delivery.state'),
          t('catalog.prices'),
          '',
        ]}
        row={(service) => {
          const { id, title, supplier, active, prices } = service;
          if (!isAdmin && !own.includes(supplier)) return null;
          return (
            <Table.Tr key={id}>
              <Table.Td>{id}</Table.Td>
              <Table.Td>
                <Anchor component={Link} to={`/catalog/services/${encodeURIComponent(id)}`} size="sm">
                  {title}
                </Anchor>
              </Table.Td>
              <Table.Td>{supplier}</Table.Td>
              <Table.Td>
                <Badge variant="dot" color={active ? 'green' : 'gray'} tt="none">
                  {t(active ? 'sell.active' : 'sell.inactive')}
                </Badge>
              </Table.Td>
              <Table.Td>
                <Text size="xs">{priceLines(prices).slice(0, 2).join(' / ')}</Text>
              </Table.Td>
              <Table.Td>
                <Group gap={4} wrap="nowrap">
                  <Button
                    component={Link}
                    to={`/catalog/selling/${encodeURIComponent(id)}`}
                    size="compact-xs"
                    variant="default"
                    aria-label={t('sell.editLabel', { id })}
                  >
                    {t('sell.edit')}
                  </Button>
                  <SaleButton service={service} onChanged={refresh} />
                  <Button
                    size="compact-xs"
                    color="red"
                    variant="outline"
                    aria-label={t('sell.deleteLabel', { id })}
                    onClick={() => setDeleted(service)}
                  >
                    {t('sell.delete')}
                  </Button>
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
        text={t('sell.deleteAsk', { id: deleted?.id ?? '' })}
        button={t('sell.delete')}
        running={deleting.isPending}
        error={deleting.error}
      />
    </Stack>
  );
}

/** Putting a service on sale asks the application whether it lives; a dead one is not sold. */
function SaleButton({ service: { id, active }, onChanged }: { service: Service; onChanged(): unknown }) {
  const { t } = useTranslation();
  const changing = useMutation({
    mutationFn: () =>
      active
        ? request('PATCH', servicePath(id), { body: { active: false } })
        : request('POST', `${servicePath(id)}/activate`),
    onSuccess: () => tell(t(active ? 'sell.deactivated' : 'sell.activated', { id })),
    onError: tellProblem,
    onSettled: onChanged,
  });
  return (
    <Button
      size="compact-xs"
      variant="default"
      aria-label={t(active ? 'sell.deactivateLabel' : 'sell.activateLabel', { id })}
      onClick={() => changing.mutate()}
      loading={changing.isPending}
    >
      {t(active ? 'sell.deactivate' : 'sell.activate')}
    </Button>
  );
}
