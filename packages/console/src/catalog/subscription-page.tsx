import { Anchor, Breadcrumbs, Button, Group, Loader, Stack, Table, Tabs, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import {
  entryOf,
  isOpenable,
  type Offer,
  type Subscription,
  subscriptionsPath,
  useCatalogRoles,
  useOffer,
  useOrganizations,
  useSubscription,
} from '../api/catalog.ts';
import { useMe } from '../api/session.ts';
import { Problem } from '../frame/problem.tsx';
import { instantText } from '../records/value-text.ts';
import { EndSubscription } from './end-subscription.tsx';
import { SubscriptionBills } from './subscription-bills.tsx';
import { SubscriptionCalls } from './subscription-calls.tsx';
import { SubscriptionOperations } from './subscription-operations.tsx';
import { SubscriptionStateBadge } from './subscription-state.tsx';
import { SubscriptionUsers } from './subscription-users.tsx';
import { SubscriptionValues } from './subscription-values.tsx';

/** One subscription: what state it is in, who uses it, what it is set to, what it does and costs. */
export function SubscriptionPage() {
  const { t } = useTranslation();
  const { key = '' } = useParams();
  const subscription = useSubscription(key);
  const offer = useOffer(`${subscriptionsPath}/${key}`);
  const error = subscription.error ?? offer.error;
  if (error) return <Problem error={error} />;
  if (!subscription.data || !offer.data) return <Loader aria-label={t('loading')} />;
  return <Shown subscription={subscription.data} offer={offer.data} />;
}

function Shown({ subscription, offer }: { subscription: Subscription; offer: Offer }) {
  const { t } = useTranslation();
  const me = useMe().data;
  const { customer, supplier } = useCatalogRoles();
  const organizations = useOrganizations().data?.items ?? [];
  const { id, state } = subscription;
  const acts = (organization: string) => organizations.some((one) => one.id === organization);
  const isCustomer = customer && acts(subscription.organization);
  const isSupplier = acts(subscription.supplier);
  const assigned = subscription.users.some(({ user }) => user === me?.id);
  const over = state === 'DEACTIVATED' || state === 'INVALID';
  const mayEnd = !over && (isCustomer || (supplier && isSupplier));

  return (
    <Stack>
      <title>{`${t('sub.title', { id })} - Renkei`}</title>
      <Breadcrumbs aria-label={t('frame.trail')}>
        <Anchor component={Link} to="/catalog/subscriptions">
          {t('catalog.subscriptions')}
        </Anchor>
      </Breadcrumbs>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {id}
        </Title>
        <Group>
          {assigned && isOpenable(subscription, offer.accessType) && (
            <Button component="a" href={entryOf(subscription)} target="_blank" rel="noreferrer">
              {t('sub.open')}
            </Button>
          )}
          {mayEnd && <EndSubscription subscription={subscription} />}
        </Group>
      </Group>
      <Tabs defaultValue="overview" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="overview">{t('sub.overview')}</Tabs.Tab>
          <Tabs.Tab value="users">{t('sub.users')}</Tabs.Tab>
          <Tabs.Tab value="values">{t('sub.values')}</Tabs.Tab>
          <Tabs.Tab value="operations">{t('sub.operations')}</Tabs.Tab>
          {(isCustomer || isSupplier) && <Tabs.Tab value="bills">{t('sub.bills')}</Tabs.Tab>}
          {isSupplier && <Tabs.Tab value="calls">{t('sub.calls')}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="overview" pt="md">
          <Overview subscription={subscription} offer={offer} />
        </Tabs.Panel>
        <Tabs.Panel value="users" pt="md">
          <SubscriptionUsers subscription={subscription} offer={offer} editable={isCustomer && !over} />
        </Tabs.Panel>
        <Tabs.Panel value="values" pt="md">
          <SubscriptionValues subscription={subscription} offer={offer} editable={isCustomer && !over} />
        </Tabs.Panel>
        <Tabs.Panel value="operations" pt="md">
          <SubscriptionOperations subscription={subscription} offer={offer} usable={assigned && !over} />
        </Tabs.Panel>
        <Tabs.Panel value="bills" pt="md">
          <SubscriptionBills subscription={subscription} />
        </Tabs.Panel>
        <Tabs.Panel value="calls" pt="md">
          <SubscriptionCalls subscription={subscription} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function Overview({ subscription, offer }: { subscription: Subscription; offer: Offer }) {
  const { t } = useTranslation();
  const { state, message, instance, organization, service, supplier, referenceId } = subscription;
  const { createdAt, activatedAt, endedAt } = subscription;
  const accessInfo = instance?.accessInfo ?? offer.accessInfo;
  const facts: [string, React.ReactNode][] = [
    [t('delivery.state'), <SubscriptionStateBadge key="state" state={state} />],
    ...row(t('sub.message'), message),
    [
      t('catalog.service'),
      <Anchor
        key="service"
        component={Link}
        to={`/catalog/services/${encodeURIComponent(service)}`}
        size="sm"
      >
        {offer.title}
      </Anchor>,
    ],
    ...row(t('catalog.supplier'), supplier),
    ...row(t('catalog.customer'), organization),
    ...row(t('subscribe.reference'), referenceId),
    ...row(t('sub.instance'), instance?.instanceId),
    ...row('URL', instance?.baseUrl),
    ...row(t('catalog.accessInfo'), accessInfo),
    ...row(t('keys.created'), instantText(createdAt)),
    ...row(t('sub.activated'), activatedAt && instantText(activatedAt)),
    ...row(t('sub.ended'), endedAt && instantText(endedAt)),
  ];
  return (
    <Table withRowBorders={false} maw={760}>
      <Table.Tbody>
        {facts.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w={220}>
              {name}
            </Table.Th>
            <Table.Td>
              <Text component="div" size="sm" className="lines">
                {value}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function row(name: string, value: string | undefined): [string, string][] {
  return value === undefined || value === '' ? [] : [[name, value]];
}
