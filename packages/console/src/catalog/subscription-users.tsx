import { Box, Button, Group, NativeSelect, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Offer, type Subscription, subscriptionsPath } from '../api/catalog.ts';
import type { Member } from '../api/records.ts';
import { request } from '../api/request.ts';
import { Confirm } from '../frame/confirm.tsx';
import { Problem } from '../frame/problem.tsx';
import { tell, tellProblem } from '../frame/tell.tsx';
import { MemberInput } from '../records/member-input.tsx';

type Props = { subscription: Subscription; offer: Offer; editable: boolean };

/** Who is assigned, with which role; the customer adds, changes and removes. */
export function SubscriptionUsers({ subscription, offer, editable }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { key, id, users } = subscription;
  const path = `${subscriptionsPath}/${key}/users`;
  const refresh = () => queries.invalidateQueries({ queryKey: [subscriptionsPath] });
  const [removed, setRemoved] = useState<string>();
  const removing = useMutation({
    mutationFn: () => request('DELETE', `${path}/${encodeURIComponent(removed ?? '')}`),
    async onSuccess() {
      tell(t('sub.userRemoved', { user: removed }));
      setRemoved(undefined);
      await refresh();
    },
  });
  const changing = useMutation({
    mutationFn: (body: { user: string; role?: string }) => request('POST', path, { body }),
    onSuccess: refresh,
    onError: tellProblem,
  });
  const roleName = (role?: string) => offer.roles.find((one) => one.id === role)?.name ?? role;

  return (
    <Stack>
      {editable && <AddUser path={path} roles={offer.roles} onAdded={refresh} />}
      {users.length === 0 ? (
        <Text>{t('sub.noUsers')}</Text>
      ) : (
        <Box className="sideways" role="region" aria-label={t('sub.users')} tabIndex={0}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('log.user')}</Table.Th>
                <Table.Th>{t('catalog.role')}</Table.Th>
                <Table.Th>{t('sub.applicationUser')}</Table.Th>
                {editable && <Table.Th>{t('sub.removeUser')}</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {users.map(({ user, role, applicationUserId }) => (
                <Table.Tr key={user}>
                  <Table.Td>{user}</Table.Td>
                  <Table.Td>
                    {editable && offer.roles.length > 0 ? (
                      <NativeSelect
                        size="xs"
                        aria-label={t('catalog.role.of', { user })}
                        value={role ?? ''}
                        data={offer.roles.map((one) => ({ value: one.id, label: one.name }))}
                        disabled={changing.isPending}
                        onChange={({ currentTarget }) => changing.mutate({ user, role: currentTarget.value })}
                      />
                    ) : (
                      roleName(role)
                    )}
                  </Table.Td>
                  <Table.Td>{applicationUserId}</Table.Td>
                  {editable && (
                    <Table.Td>
                      <Button
                        size="compact-xs"
                        color="red"
                        variant="outline"
                        aria-label={t('sub.removeUserLabel', { user })}
                        onClick={() => setRemoved(user)}
                      >
                        {t('sub.removeUser')}
                      </Button>
                    </Table.Td>
                  )}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Box>
      )}
      <Confirm
        opened={removed !== undefined}
        onClose={() => {
          setRemoved(undefined);
          removing.reset();
        }}
        onConfirm={() => removing.mutate()}
        title={t('sub.removeUser')}
        text={t('sub.removeUserAsk', { user: removed ?? '', id })}
        button={t('sub.removeUser')}
        running={removing.isPending}
        error={removing.error}
      />
    </Stack>
  );
}

function AddUser({ path, roles, onAdded }: { path: string; roles: Offer['roles']; onAdded(): unknown }) {
  const { t } = useTranslation();
  const [found, setFound] = useState<Member[]>([]);
  const [role, setRole] = useState(roles[0]?.id ?? '');
  const adding = useMutation({
    async mutationFn() {
      // one after the other, so that what fails says who
      for (const { id } of found) {
        await request('POST', path, { body: { user: id, ...(role !== '' && { role }) } });
        tell(t('sub.userAdded', { user: id }));
      }
    },
    onSuccess: () => setFound([]),
    onSettled: onAdded,
  });
  return (
    <>
      <Group align="flex-end">
        <MemberInput
          kind="users"
          shared={{ label: t('type.users'), miw: 260 }}
          value={found}
          onChange={(members) => setFound(members as Member[])}
        />
        {roles.length > 0 && (
          <NativeSelect
            label={t('catalog.role')}
            value={role}
            data={roles.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={({ currentTarget }) => setRole(currentTarget.value)}
          />
        )}
        <Button onClick={() => adding.mutate()} disabled={found.length === 0} loading={adding.isPending}>
          {t('sub.addUser')}
        </Button>
      </Group>
      {adding.error && <Problem error={adding.error} />}
    </>
  );
}
