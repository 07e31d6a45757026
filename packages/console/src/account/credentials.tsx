import { Badge, Button, Group, Stack, Table, Tabs } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePages } from '../api/pages.ts';
import { request } from '../api/request.ts';
import { Confirm } from '../frame/confirm.tsx';
import { PagedTable } from '../frame/paged-table.tsx';
import { tell } from '../frame/tell.tsx';
import { instantText } from '../records/value-text.ts';
import { NewAccessKey } from './new-access-key.tsx';

const kinds = ['session', 'apiKey', 'accessKey', 'ssm', 'fusionPlace'] as const;
type Kind = (typeof kinds)[number];
type Credential = {
  id: string;
  user: string;
  name: string | null;
  address: string | null;
  createdAt: string | null;
  expiresAt: string | null;
  current: boolean;
};
export const credentialsPath = '/v1/credentials';

/** Sessions, keys and tokens of a user, or (undefined) of everybody; one or all of them are ended after a question. */
export function Credentials({ user }: { user: string | undefined }) {
  const { t } = useTranslation();
  return (
    <Tabs defaultValue="session" keepMounted={false}>
      <Tabs.List>
        {kinds.map((kind) => (
          <Tabs.Tab key={kind} value={kind}>
            {t(`cred.${kind}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {kinds.map((kind) => (
        <Tabs.Panel key={kind} value={kind} pt="md">
          <OfKind kind={kind} user={user} />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

function OfKind({ kind, user }: { kind: Kind; user: string | undefined }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const path = `${credentialsPath}/${kind}`;
  const list = usePages<Credential>(path, { user });
  const [asked, setAsked] = useState<Credential | 'all'>();
  const ending = useMutation({
    async mutationFn(what: Credential | 'all') {
      if (what !== 'all') await request('DELETE', `${path}/${encodeURIComponent(what.id)}`);
      const all =
        what === 'all' ? request<{ ended: number }>('DELETE', path, { query: { user } }) : { ended: 1 };
      return (await all).ended;
    },
    async onSuccess(count) {
      tell(t('cred.ended', { count }));
      setAsked(undefined);
      await queries.invalidateQueries({ queryKey: [path] });
    },
  });
  const one = asked === 'all' ? undefined : asked;

  return (
    <Stack>
      <Group align="flex-end">
        {kind === 'accessKey' && user !== undefined && <NewAccessKey user={user} path={path} />}
        {user !== undefined && (
          <Button size="xs" color="red" variant="outline" onClick={() => setAsked('all')}>
            {t('cred.endAll', { user })}
          </Button>
        )}
      </Group>
      <PagedTable
        label={t(`cred.${kind}`)}
        list={list}
        empty={t('cred.none')}
        heads={[t('log.user'), t('people.name'), t('log.address'), t('keys.created'), t('cred.expires'), '']}
        row={(credential) => {
          const { id, user: owner, name, address, createdAt, expiresAt, current } = credential;
          return (
            <Table.Tr key={id}>
              <Table.Td>{owner}</Table.Td>
              <Table.Td>
                {name === 'workspace' && kind === 'accessKey' ? t('cred.workspace') : name}
                {current && (
                  <Badge variant="outline" color="gray" tt="none">
                    {t('cred.current')}
                  </Badge>
                )}
              </Table.Td>
              <Table.Td>{address}</Table.Td>
              <Table.Td>{createdAt && instantText(createdAt)}</Table.Td>
              <Table.Td>{expiresAt ? instantText(expiresAt) : t('cred.never')}</Table.Td>
              <Table.Td>
                <Button
                  size="compact-xs"
                  color="red"
                  variant="outline"
                  aria-label={t('cred.endLabel', { id: name ?? id.slice(0, 8) })}
                  onClick={() => setAsked(credential)}
                >
                  {t('cred.end')}
                </Button>
              </Table.Td>
            </Table.Tr>
          );
        }}
      />
      <Confirm
        opened={asked !== undefined}
        onClose={() => {
          setAsked(undefined);
          ending.reset();
        }}
        onConfirm={() => asked && ending.mutate(asked)}
        title={t('cred.end')}
        text={one ? t(`cred.endAsk.${kind}`, { user: one.user }) : t('cred.endAllAsk', { user })}
        button={t('cred.end')}
        running={ending.isPending}
        error={ending.error}
      />
    </Stack>
  );
}
