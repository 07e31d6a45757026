import { Badge, Group, Stack, Table, Tabs, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePages } from '../api/pages.ts';
import { PagedTable } from '../frame/paged-table.tsx';

type User = {
  id: string;
  number: number;
  name: string;
  mail?: string;
  kind?: string;
  roles?: string[];
  groups?: number[];
};
type GroupRow = { id: string; number: number; name: string };

/** Users and groups; the workspace file adds and changes them. */
export function PeoplePage() {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text, 200);

  return (
    <Stack>
      <title>{`${t('frame.people')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('frame.people')}
      </Title>
      <Text size="sm">{t('people.about')}</Text>
      <TextInput
        type="search"
        size="xs"
        maw={320}
        label={t('people.search')}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Tabs defaultValue="users" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="users">{t('type.users')}</Tabs.Tab>
          <Tabs.Tab value="groups">{t('type.groups')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users" pt="md">
          <Users q={q} />
        </Tabs.Panel>
        <Tabs.Panel value="groups" pt="md">
          <Groups q={q} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function Users({ q }: { q: string }) {
  const { t } = useTranslation();
  const list = usePages<User>('/v1/users', { q });
  return (
    <PagedTable
      label={t('type.users')}
      list={list}
      empty={t('people.none')}
      heads={[t('record.id'), t('signIn.username'), t('people.name'), t('people.mail'), t('people.roles')]}
      row={({ id, number, name, mail, roles = [] }) => (
        <Table.Tr key={id}>
          <Table.Td>{number}</Table.Td>
          <Table.Td>{id}</Table.Td>
          <Table.Td>{name}</Table.Td>
          <Table.Td>{mail}</Table.Td>
          <Table.Td>
            <Group gap={4}>
              {roles.map((role) => (
                <Badge key={role} variant="outline" color="gray">
                  {role}
                </Badge>
              ))}
            </Group>
          </Table.Td>
        </Table.Tr>
      )}
    />
  );
}

function Groups({ q }: { q: string }) {
  const { t } = useTranslation();
  const list = usePages<GroupRow>('/v1/groups', { q });
  return (
    <PagedTable
      label={t('type.groups')}
      list={list}
      empty={t('people.none')}
      heads={[t('record.id'), t('people.groupId'), t('people.name')]}
      row={({ id, number, name }) => (
        <Table.Tr key={id}>
          <Table.Td>{number}</Table.Td>
          <Table.Td>{id}</Table.Td>
          <Table.Td>{name}</Table.Td>
        </Table.Tr>
      )}
    />
  );
}
