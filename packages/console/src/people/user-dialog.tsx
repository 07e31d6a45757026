import {
  Anchor,
  Button,
  Checkbox,
  Group,
  Modal,
  MultiSelect,
  NativeSelect,
  PasswordInput,
  Stack,
  TextInput,
} from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import {
  type Group as GroupOfUsers,
  groupsPath,
  roles,
  type User,
  userPath,
  usersPath,
} from '../api/people.ts';
import { ApiError, type Page, request } from '../api/request.ts';
import { useMe } from '../api/session.ts';
import { Confirm } from '../frame/confirm.tsx';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';

/** A user to be added or changed; every act that takes something away asks first. */
export function UserDialog({ user, onClose }: { user?: User; onClose(): void }) {
  const { t } = useTranslation();
  const groups = useQuery({
    queryKey: [groupsPath, 'all'],
    queryFn: ({ signal }) =>
      request<Page<GroupOfUsers>>('GET', groupsPath, { query: { limit: 500 }, signal }),
  });
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={user ? t('people.editUser', { id: user.id }) : t('people.addUser')}
      closeButtonProps={{ 'aria-label': t('cancel') }}
    >
      {groups.error && <Problem error={groups.error} />}
      {groups.data && <Form groups={groups.data.items} onClose={onClose} {...(user && { user })} />}
    </Modal>
  );
}

function Form({ user, groups, onClose }: { user?: User; groups: readonly GroupOfUsers[]; onClose(): void }) {
  const { t } = useTranslation();
  const isAdmin = useMe().data?.roles.includes('admin') ?? false;
  const [id, setId] = useState('');
  const [number, setNumber] = useState('');
  const [password, setPassword] = useState('');
  const [values, setValues] = useState({
    name: user?.name ?? '',
    mail: user?.mail ?? '',
    kind: user?.kind ?? 'endUser',
    authMethod: user?.authMethod ?? 'basic',
    roles: [...(user?.roles ?? [])] as string[],
    groups: (user?.groups ?? []).flatMap((one) => groups.find((group) => group.number === one)?.id ?? []),
  });
  const set = (change: Partial<typeof values>) => setValues({ ...values, ...change });
  const saving = useMutation({
    mutationFn: () => {
      const { mail, name, ...rest } = values;
      const body = { ...rest, ...(name !== '' && { name }), ...(mail !== '' && { mail }) };
      if (user) return request('PATCH', userPath(user.id), { body });
      const fresh = {
        id,
        ...(number !== '' && { number: Number(number) }),
        ...(password !== '' && { password }),
      };
      return request('POST', usersPath, { body: { ...body, ...fresh } });
    },
    onSuccess() {
      tell(t('people.saved', { id: user?.id ?? id }));
      onClose();
    },
  });
  const faults = saving.error instanceof ApiError ? saving.error.faults : [];
  const faultAt = (pointer: string) => faults.find((fault) => fault.pointer.startsWith(pointer))?.detail;

  return (
    <Stack>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          saving.mutate();
        }}
      >
        <Stack gap="xs">
          {!user && (
            <Group grow align="flex-start">
              <TextInput
                label={t('signIn.username')}
                value={id}
                onChange={({ currentTarget }) => setId(currentTarget.value)}
                error={faultAt('/id')}
                required
                data-autofocus
              />
              <TextInput
                label={t('people.number')}
                inputMode="numeric"
                value={number}
                onChange={({ currentTarget }) => setNumber(currentTarget.value.trim())}
                error={faultAt('/number')}
              />
            </Group>
          )}
          <Group grow align="flex-start">
            <TextInput
              label={t('people.name')}
              value={values.name}
              onChange={({ currentTarget }) => set({ name: currentTarget.value })}
              error={faultAt('/name')}
            />
            <TextInput
              label={t('people.mail')}
              type="email"
              value={values.mail}
              onChange={({ currentTarget }) => set({ mail: currentTarget.value })}
              error={faultAt('/mail')}
            />
          </Group>
          {!user && (
            <PasswordInput
              label={t('people.password')}
              description={t('people.passwordHint')}
              autoComplete="new-password"
              value={password}
              onChange={({ currentTarget }) => setPassword(currentTarget.value)}
              error={faultAt('/password')}
            />
          )}
          <Group grow align="flex-start">
            <NativeSelect
              label={t('people.kind')}
              value={values.kind}
              data={(['endUser', 'serviceDesk'] as const).map((one) => ({
                value: one,
                label: t(`people.kind.${one}`),
              }))}
              onChange={({ currentTarget }) => set({ kind: currentTarget.value as User['kind'] & string })}
            />
            <NativeSelect
              label={t('people.authMethod')}
              value={values.authMethod}
              data={(['basic', 'saml', 'ldap'] as const).map((one) => ({
                value: one,
                label: t(`people.authMethod.${one}`),
              }))}
              onChange={({ currentTarget }) =>
                set({ authMethod: currentTarget.value as User['authMethod'] & string })
              }
            />
          </Group>
          <MultiSelect
            label={t('people.groups')}
            data={groups.map((group) => ({ value: group.id, label: group.name }))}
            value={values.groups}
            onChange={(chosen) => set({ groups: chosen })}
            searchable
          />
          <Checkbox.Group
            label={t('people.roles')}
            value={values.roles}
            onChange={(chosen) => set({ roles: chosen })}
            error={faultAt('/roles')}
          >
            <Stack gap={4} mt={4}>
              {roles
                .filter((role) => isAdmin || role !== 'admin')
                .map((role) => (
                  <Checkbox key={role} value={role} label={t(`people.role.${role}`)} />
                ))}
            </Stack>
          </Checkbox.Group>
          {saving.error && <Problem error={saving.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={saving.isPending}>
              {t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
      {user && <Acts user={user} onClose={onClose} isAdmin={isAdmin} />}
    </Stack>
  );
}

type Act = 'reset' | 'deactivate' | 'activate' | 'remove';

/** What takes more than a change of words: password, deactivation, removal. */
function Acts({ user, onClose, isAdmin }: { user: User; onClose(): void; isAdmin: boolean }) {
  const { t } = useTranslation();
  const { id } = user;
  const [act, setAct] = useState<Act>();
  const [password, setPassword] = useState('');
  const texts = {
    reset: { ask: t('people.resetAsk', { id }), done: t('people.resetDone', { id }) },
    deactivate: { ask: t('people.deactivateAsk', { id }), done: t('people.isDeactivated', { id }) },
    activate: { ask: '', done: t('people.isActive', { id }) },
    remove: { ask: t('people.removeAsk', { id }), done: t('people.removed', { id }) },
  };
  const doing = useMutation({
    mutationFn: (what: Act) => {
      if (what === 'remove') return request('DELETE', userPath(id));
      const body = what === 'reset' ? { password } : { deactivated: what === 'deactivate' };
      return request('PATCH', userPath(id), { body });
    },
    onSuccess(_, what) {
      tell(texts[what].done);
      onClose();
    },
  });
  const keyPolicy = useMutation({
    mutationFn: (allowed: boolean) => request('PUT', `${userPath(id)}/access-keys`, { body: { allowed } }),
    onSuccess: () => tell(t('people.saved', { id })),
  });
  const shown = act ?? 'reset';
  return (
    <>
      {isAdmin && (
        <Checkbox
          label={t('people.accessKeysAllowed')}
          defaultChecked={user.accessKeysAllowed ?? true}
          onChange={({ currentTarget }) => keyPolicy.mutate(currentTarget.checked)}
        />
      )}
      {keyPolicy.error && <Problem error={keyPolicy.error} />}
      <Group>
        <Button size="xs" variant="default" onClick={() => setAct('reset')}>
          {t('people.reset')}
        </Button>
        {user.deactivated ? (
          <Button
            size="xs"
            variant="default"
            loading={doing.isPending}
            onClick={() => doing.mutate('activate')}
          >
            {t('people.activate')}
          </Button>
        ) : (
          <Button size="xs" color="red" variant="outline" onClick={() => setAct('deactivate')}>
            {t('people.deactivate')}
          </Button>
        )}
        <Button size="xs" color="red" variant="outline" onClick={() => setAct('remove')}>
          {t('people.remove')}
        </Button>
        {isAdmin && (
          <Anchor component={Link} size="sm" to={`/keys?${new URLSearchParams({ user: id })}`}>
            {t('people.signedIn')}
          </Anchor>
        )}
      </Group>
      {doing.error && act === undefined && <Problem error={doing.error} />}
      <Confirm
        opened={act !== undefined}
        onClose={() => {
          setAct(undefined);
          doing.reset();
        }}
        onConfirm={() => act && doing.mutate(act)}
        title={t(`people.${shown}`)}
        text={texts[shown].ask}
        button={t(`people.${shown}`)}
        running={doing.isPending}
        error={doing.error}
      >
        {shown === 'reset' && (
          <PasswordInput
            label={t('people.newPassword')}
            autoComplete="new-password"
            value={password}
            onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          />
        )}
      </Confirm>
    </>
  );
}
