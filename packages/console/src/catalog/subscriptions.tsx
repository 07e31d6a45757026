import { Anchor, NativeSelect, Stack, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { type Subscription, subscriptionStates, subscriptionsPath } from '../api/catalog.ts';
import { usePages } from '../api/pages.ts';
import { PagedTable } from '../frame/paged-table.tsx';
import { instantText } from '../records/value-text.ts';
import { SubscriptionStateBadge } from './subscription-state.tsx';

/** The subscriptions that one may see. */
export function Subscriptions() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const state = search.get('state') ?? '';
  const list = usePages<Subscription>(subscriptionsPath, { state }, { live: 'subscriptions' });
  return (
    <Stack>
      <NativeSelect
        size="xs"
        maw={240}
        label={t('sub.filter')}
        value={state}
        data={[
          { value: '', label: t('all') },
          ...subscriptionStates.map((one) => ({ value: one, label: t(`sub.state.${one}`) })),
        ]}
        onChange={({ currentTarget: { value } }) => setSearch(value === '' ? {} : { state: value })}
      />
      <PagedTable
        label={t('catalog.subscriptions')}
        list={list}
        empty={t('catalog.noSubscriptions')}
        heads={[
          t('catalog.id'),
          t('catalog.customer'),
          t('catalog.service'),
          t('delivery.state'),
          t('sub.instance'),
          t('type.users'),
          t('keys.created'),
        ]}
        row={({ key, id, organization, service, state: now, users, message, instance, createdAt }) => (
          <Table.Tr key={key}>
            <Table.Td>
              <Anchor component={Link} to={`/catalog/subscriptions/${key}`} size="sm">
                {id}
              </Anchor>
            </Table.Td>
            <Table.Td>{organization}</Table.Td>
            <Table.Td>{service}</Table.Td>
            <Table.Td>
              <SubscriptionStateBadge state={now} />
              {message !== undefined && (
                <Text size="xs" lineClamp={2}>
                  {message}
                </Text>
              )}
            </Table.Td>
            <Table.Td>{instance?.instanceId}</Table.Td>
            <Table.Td>{users.length}</Table.Td>
            <Table.Td>{instantText(createdAt)}</Table.Td>
          </Table.Tr>
        )}
      />
    </Stack>
  );
}
