import { Badge, Button, Group, Stack, Table } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePages } from '../api/pages.ts';
import { type User, usersPath } from '../api/people.ts';
import { PagedTable } from '../frame/paged-table.tsx';
import { UserDialog } from './user-dialog.tsx';

/** The users; who may change them opens one. */
export function Users({ q, editable }: { q: string; editable: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const list = usePages<User>(usersPath, { q });
  const [edited, setEdited] = useState<User | 'new'>();
  const close = async () => {
    setEdited(undefined);
    await queries.invalidateQueries({ queryKey: [usersPath] });
  };
  return (
    <Stack align="stretch">
      {editable && (
        <Group>
          <Button size="xs" onClick={() => setEdited('new')}>
            {t('people.addUser')}
          </Button>
        </Group>
      )}
      <PagedTable
        label={t('type.users')}
        list={list}
        empty={t('people.none')}
        heads={[
          t('record.id'),
          t('signIn.username'),
          t('people.name'),
          t('people.mail'),
          t('people.roles'),
          ...(editable ? [''] : []),
        ]}
        row={(user) => (
          <Table.Tr key={user.id}>
            <Table.Td>{user.number}</Table.Td>
            <Table.Td>{user.id}</Table.Td>
            <Table.Td>{user.name}</Table.Td>
            <Table.Td>{user.mail}</Table.Td>
            <Table.Td>
              <Group gap={4}>
                {user.deactivated && (
                  <Badge variant="dot" color="orange" tt="none">
                    {t('people.deactivated')}
                  </Badge>
                )}
                {(user.roles ?? []).map((role) => (
                  <Badge key={role} variant="outline" color="gray" tt="none">
                    {role}
                  </Badge>
                ))}
              </Group>
            </Table.Td>
            {editable && (
              <Table.Td>
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={t('people.editLabel', { id: user.id })}
                  onClick={() => setEdited(user)}
                >
                  {t('people.edit')}
                </Button>
              </Table.Td>
            )}
          </Table.Tr>
        )}
      />
      {edited !== undefined && <UserDialog {...(edited !== 'new' && { user: edited })} onClose={close} />}
    </Stack>
  );
}
