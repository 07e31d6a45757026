import { Alert, Button, Code, Group, Stack, Table, Tabs, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePages } from '../api/pages.ts';
import { request } from '../api/request.ts';
import { useMe } from '../api/session.ts';
import { Confirm } from '../frame/confirm.tsx';
import { PagedTable } from '../frame/paged-table.tsx';
import { Problem } from '../frame/problem.tsx';
import { instantText } from '../records/value-text.ts';
import { Credentials } from './credentials.tsx';
import { DisplayForm } from './display-form.tsx';
import { PasswordForm } from './password-form.tsx';

type Key = { id: string; name: string; scopes: string[] | null; createdAt: string };
const path = '/v1/api-keys';

/** Who is signed in: his keys, sessions and tokens, password, and how things are shown to him. */
export function AccountPage() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <Stack>
      <title>{`${t('account.title')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('account.title')}
      </Title>
      {me.data && <Text size="sm">{t('frame.account', { name: `${me.data.name} (${me.data.id})` })}</Text>}
      <Tabs defaultValue="keys" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="keys">{t('account.keys')}</Tabs.Tab>
          <Tabs.Tab value="signedIn">{t('account.signedIn')}</Tabs.Tab>
          <Tabs.Tab value="password">{t('account.password')}</Tabs.Tab>
          <Tabs.Tab value="display">{t('account.display')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="keys" pt="md">
          <Stack>
            <Text size="sm">{t('keys.about')}</Text>
            <NewKey />
            <Keys />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="signedIn" pt="md">
          {me.data && <Credentials user={me.data.id} />}
        </Tabs.Panel>
        <Tabs.Panel value="password" pt="md">
          <PasswordForm />
        </Tabs.Panel>
        <Tabs.Panel value="display" pt="md">
          <DisplayForm />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function NewKey() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const making = useMutation({
    mutationFn: () => request<{ id: string; key: string }>('POST', path, { body: { name } }),
    onSuccess() {
      setName('');
      return queries.invalidateQueries({ queryKey: [path] });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        making.mutate();
      }}
    >
      <Stack align="flex-start">
        <Group align="flex-end">
          <TextInput
            label={t('keys.name')}
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
            required
          />
          <Button type="submit" loading={making.isPending}>
            {t('keys.make')}
          </Button>
        </Group>
        {making.error && <Problem error={making.error} />}
        {making.data && (
          <Alert role="status" color="green" title={t('keys.made')}>
            <Code block className="code">
              {making.data.key}
            </Code>
          </Alert>
        )}
      </Stack>
    </form>
  );
}

function Keys() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const list = usePages<Key>(path, {});
  const [revoked, setRevoked] = useState<Key>();
  const revoking = useMutation({
    mutationFn: () => request('DELETE', `${path}/${revoked!.id}`),
    onSuccess() {
      setRevoked(undefined);
      return queries.invalidateQueries({ queryKey: [path] });
    },
  });
  return (
    <>
      <PagedTable
        label={t('account.keys')}
        list={list}
        empty={t('keys.none')}
        heads={[t('keys.name'), t('keys.created'), t('keys.revoke')]}
        row={(key) => (
          <Table.Tr key={key.id}>
            <Table.Td>{key.name}</Table.Td>
            <Table.Td>{instantText(key.createdAt)}</Table.Td>
            <Table.Td>
              <Button
                size="compact-xs"
                color="red"
                variant="outline"
                aria-label={t('keys.revokeLabel', { name: key.name })}
                onClick={() => setRevoked(key)}
              >
                {t('keys.revoke')}
              </Button>
            </Table.Td>
          </Table.Tr>
        )}
      />
      <Confirm
        opened={revoked !== undefined}
        onClose={() => setRevoked(undefined)}
        onConfirm={() => revoking.mutate()}
        title={t('keys.revoke')}
        text={t('keys.revokeAsk', { name: revoked?.name ?? '' })}
        button={t('keys.revoke')}
        running={revoking.isPending}
        error={revoking.error}
      />
    </>
  );
}
