import { Button, Group, Modal, Stack, Table, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePages } from '../api/pages.ts';
import { type Group as GroupOfUsers, groupPath, groupsPath } from '../api/people.ts';
import { ApiError, request } from '../api/request.ts';
import { Confirm } from '../frame/confirm.tsx';
import { PagedTable } from '../frame/paged-table.tsx';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';

/** The groups; who may change them opens one. */
export function Groups({ q, editable }: { q: string; editable: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const list = usePages<GroupOfUsers>(groupsPath, { q });
  const [edited, setEdited] = useState<GroupOfUsers | 'new'>();
  const close = async () => {
    setEdited(undefined);
    await queries.invalidateQueries({ queryKey: [groupsPath] });
  };
  return (
    <Stack>
      {editable && (
        <Group>
          <Button size="xs" onClick={() => setEdited('new')}>
            {t('people.addGroup')}
          </Button>
        </Group>
      )}
      <PagedTable
        label={t('type.groups')}
        list={list}
        empty={t('people.none')}
        heads={[t('record.id'), t('people.groupId'), t('people.name'), ...(editable ? [''] : [])]}
        row={(group) => (
          <Table.Tr key={group.id}>
            <Table.Td>{group.number}</Table.Td>
            <Table.Td>{group.id}</Table.Td>
            <Table.Td>{group.name}</Table.Td>
            {editable && (
              <Table.Td>
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={t('people.editLabel', { id: group.id })}
                  onClick={() => setEdited(group)}
                >
                  {t('people.edit')}
                </Button>
              </Table.Td>
            )}
          </Table.Tr>
        )}
      />
      {edited !== undefined && <GroupDialog {...(edited !== 'new' && { group: edited })} onClose={close} />}
    </Stack>
  );
}

function GroupDialog({ group, onClose }: { group?: GroupOfUsers; onClose(): void }) {
  const { t } = useTranslation();
  const [id, setId] = useState('');
  const [name, setName] = useState(group?.name ?? '');
  const [asking, setAsking] = useState(false);
  const saving = useMutation({
    mutationFn: () =>
      group
        ? request('PATCH', groupPath(group.id), { body: { name } })
        : request('POST', groupsPath, { body: { id, ...(name !== '' && { name }) } }),
    onSuccess() {
      tell(t('people.saved', { id: group?.id ?? id }));
      onClose();
    },
  });
  const removing = useMutation({
    mutationFn: () => request('DELETE', groupPath(group?.id ?? '')),
    onSuccess() {
      tell(t('people.removed', { id: group?.id }));
      onClose();
    },
  });
  const faults = saving.error instanceof ApiError ? saving.error.faults : [];
  return (
    <Modal
      opened
      onClose={onClose}
      title={group ? t('people.editGroup', { id: group.id }) : t('people.addGroup')}
      closeButtonProps={{ 'aria-label': t('cancel') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          saving.mutate();
        }}
      >
        <Stack>
          {!group && (
            <TextInput
              label={t('people.groupId')}
              value={id}
              onChange={({ currentTarget }) => setId(currentTarget.value)}
              error={faults.find(({ pointer }) => pointer === '/id')?.detail}
              required
              data-autofocus
            />
          )}
          <TextInput
            label={t('people.name')}
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          {saving.error && <Problem error={saving.error} />}
          <Group justify="space-between">
            {group ? (
              <Button size="xs" color="red" variant="outline" onClick={() => setAsking(true)}>
                {t('people.remove')}
              </Button>
            ) : (
              <span />
            )}
            <Button type="submit" loading={saving.isPending}>
              {t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
      <Confirm
        opened={asking}
        onClose={() => {
          setAsking(false);
          removing.reset();
        }}
        onConfirm={() => removing.mutate()}
        title={t('people.remove')}
        text={t('people.removeGroupAsk', { id: group?.id ?? '' })}
        button={t('people.remove')}
        running={removing.isPending}
        error={removing.error}
      />
    </Modal>
  );
}
