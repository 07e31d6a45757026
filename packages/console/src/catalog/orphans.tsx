import { Button, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePages } from '../api/pages.ts';
import { request } from '../api/request.ts';
import { Confirm } from '../frame/confirm.tsx';
import { PagedTable } from '../frame/paged-table.tsx';
import { instantText } from '../records/value-text.ts';

type Orphan = {
  id: number;
  at: string;
  provider: string;
  technicalServiceId: string;
  organization: string;
  subscriptionId: string;
  instanceId: string | null;
  reason: string;
  lastError: string | null;
  nextTryAt: string | null;
  tries: number;
  state: 'open' | 'deleted' | 'givenUp';
};
type Action = 'delete' | 'retry' | 'giveUp';
const path = '/v1/catalog/orphans';

/** Instances that may be left at applications: delete again, have it retried, or give up. */
export function Orphans() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const list = usePages<Orphan>(path, {}, { live: 'subscriptions' });
  const [asked, setAsked] = useState<{ orphan: Orphan; action: Action }>();
  const [instance, setInstance] = useState('');
  const settling = useMutation({
    mutationFn: ({ orphan, action }: { orphan: Orphan; action: Action }) =>
      request('POST', `${path}/${orphan.id}/${action}`, {
        body:
          action !== 'giveUp' && orphan.instanceId === null && instance !== ''
            ? { instanceId: instance }
            : {},
      }),
    onSuccess: close,
    onSettled: () => queries.invalidateQueries({ queryKey: [path] }),
  });

  function close() {
    setAsked(undefined);
    setInstance('');
    settling.reset();
  }
  const action = asked?.action ?? 'delete';

  return (
    <Stack>
      <Text size="sm">{t('orphan.about')}</Text>
      <PagedTable
        label={t('catalog.orphans')}
        list={list}
        empty={t('orphan.none')}
        heads={[
          t('delivery.at'),
          t('catalog.definition'),
          t('catalog.customer'),
          t('orphan.instance'),
          t('orphan.reason'),
          t('orphan.tries'),
          t('delivery.state'),
          '',
        ]}
        row={(orphan) => (
          <Table.Tr key={orphan.id}>
            <Table.Td>{instantText(orphan.at)}</Table.Td>
            <Table.Td>{orphan.technicalServiceId}</Table.Td>
            <Table.Td>
              {orphan.organization}: {orphan.subscriptionId}
            </Table.Td>
            <Table.Td>{orphan.instanceId ?? '?'}</Table.Td>
            <Table.Td>
              {orphan.reason}
              {orphan.lastError !== null && <Text size="xs">{orphan.lastError}</Text>}
            </Table.Td>
            <Table.Td>
              {orphan.tries}
              {orphan.nextTryAt !== null && (
                <Text size="xs">{t('orphan.next', { at: instantText(orphan.nextTryAt) })}</Text>
              )}
            </Table.Td>
            <Table.Td>{t(`orphan.state.${orphan.state}`)}</Table.Td>
            <Table.Td>
              {orphan.state !== 'deleted' && (
                <Group gap={4} wrap="nowrap">
                  <Button
                    size="compact-xs"
                    color="red"
                    variant="outline"
                    aria-label={t('orphan.deleteLabel', { id: orphan.subscriptionId })}
                    onClick={() => setAsked({ orphan, action: 'delete' })}
                  >
                    {t('orphan.delete')}
                  </Button>
                  {orphan.nextTryAt === null && (
                    <Button
                      size="compact-xs"
                      variant="default"
                      aria-label={t('orphan.retryLabel', { id: orphan.subscriptionId })}
                      onClick={() => setAsked({ orphan, action: 'retry' })}
                    >
                      {t('orphan.retry')}
                    </Button>
                  )}
                  {orphan.state === 'open' && (
                    <Button
                      size="compact-xs"
                      variant="default"
                      aria-label={t('orphan.giveUpLabel', { id: orphan.subscriptionId })}
                      onClick={() => setAsked({ orphan, action: 'giveUp' })}
                    >
                      {t('orphan.giveUp')}
                    </Button>
                  )}
                </Group>
              )}
            </Table.Td>
          </Table.Tr>
        )}
      />
      <Confirm
        opened={asked !== undefined}
        onClose={close}
        onConfirm={() => asked && settling.mutate(asked)}
        title={t(`orphan.${action}`)}
        text={t(`orphan.${action}Ask`)}
        button={t(`orphan.${action}`)}
        running={settling.isPending}
        error={settling.error}
      >
        {action !== 'giveUp' && asked?.orphan.instanceId === null && (
          <TextInput
            label={t('orphan.instance')}
            value={instance}
            onChange={({ currentTarget }) => setInstance(currentTarget.value)}
          />
        )}
      </Confirm>
    </Stack>
  );
}
