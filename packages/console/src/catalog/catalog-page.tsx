import { Badge, Stack, Table, Tabs, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePages } from '../api/pages.ts';
import { PagedTable } from '../frame/paged-table.tsx';
import { instantText } from '../records/value-text.ts';
import { Definitions } from './definitions.tsx';

type Service = {
  id: string;
  /** The name in the reader's language. */
  title: string;
  supplier: string;
  technicalService: { id: string; version?: string };
};
type Subscription = {
  key: string;
  id: string;
  organization: string;
  service: string;
  state: string;
  users: { user: string }[];
  message?: string;
  createdAt: string;
};

/** What is on sale, what is subscribed to, and the definitions that services are made of. */
export function CatalogPage() {
  const { t } = useTranslation();
  return (
    <Stack>
      <title>{`${t('frame.catalog')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('frame.catalog')}
      </Title>
      <Tabs defaultValue="services" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="services">{t('catalog.services')}</Tabs.Tab>
          <Tabs.Tab value="subscriptions">{t('catalog.subscriptions')}</Tabs.Tab>
          <Tabs.Tab value="definitions">{t('catalog.definitions')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="services" pt="md">
          <Services />
        </Tabs.Panel>
        <Tabs.Panel value="subscriptions" pt="md">
          <Subscriptions />
        </Tabs.Panel>
        <Tabs.Panel value="definitions" pt="md">
          <Definitions />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function Services() {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text, 200);
  const list = usePages<Service>('/v1/catalog/services', { q }, { live: 'workspace' });
  return (
    <Stack>
      <TextInput
        type="search"
        size="xs"
        maw={320}
        label={t('people.search')}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <PagedTable
        label={t('catalog.services')}
        list={list}
        empty={t('catalog.noServices')}
        heads={[t('catalog.id'), t('people.name'), t('catalog.supplier'), t('catalog.definition')]}
        row={({ id, title, supplier, technicalService }) => (
          <Table.Tr key={id}>
            <Table.Td>{id}</Table.Td>
            <Table.Td>{title}</Table.Td>
            <Table.Td>{supplier}</Table.Td>
            <Table.Td>
              {technicalService.id} {technicalService.version}
            </Table.Td>
          </Table.Tr>
        )}
      />
    </Stack>
  );
}

function Subscriptions() {
  const { t } = useTranslation();
  const list = usePages<Subscription>('/v1/catalog/subscriptions', {}, { live: 'subscriptions' });
  return (
    <PagedTable
      label={t('catalog.subscriptions')}
      list={list}
      empty={t('catalog.noSubscriptions')}
      heads={[
        t('catalog.id'),
        t('catalog.customer'),
        t('catalog.service'),
        t('delivery.state'),
        t('type.users'),
        t('keys.created'),
      ]}
      row={({ key, id, organization, service, state, users, message, createdAt }) => (
        <Table.Tr key={key}>
          <Table.Td>{id}</Table.Td>
          <Table.Td>{organization}</Table.Td>
          <Table.Td>{service}</Table.Td>
          <Table.Td>
            <Badge variant="outline" color="gray">
              {state}
            </Badge>{' '}
            {message}
          </Table.Td>
          <Table.Td>{users.length}</Table.Td>
          <Table.Td>{instantText(createdAt)}</Table.Td>
        </Table.Tr>
      )}
    />
  );
}
