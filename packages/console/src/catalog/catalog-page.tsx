import { Stack, Tabs, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useCatalogRoles } from '../api/catalog.ts';
import { NotFound } from '../frame/not-found.tsx';
import { Definitions } from './definitions.tsx';
import { Marketplace } from './marketplace.tsx';
import { MonthlyBills } from './monthly-bills.tsx';
import { Orphans } from './orphans.tsx';
import { Selling } from './selling.tsx';
import { Subscriptions } from './subscriptions.tsx';

/** What is on sale, what is subscribed to, and what suppliers and providers look after; each at an address of its own. */
export function CatalogPage() {
  const { t } = useTranslation();
  const { tab = 'services' } = useParams();
  const { supplier, provider } = useCatalogRoles();
  const tabs = [
    { id: 'services', to: '/catalog', label: t('catalog.services'), Panel: Marketplace },
    {
      id: 'subscriptions',
      to: '/catalog/subscriptions',
      label: t('catalog.subscriptions'),
      Panel: Subscriptions,
    },
    { id: 'bills', to: '/catalog/bills', label: t('catalog.bills'), Panel: MonthlyBills },
    ...(supplier
      ? [{ id: 'selling', to: '/catalog/selling', label: t('catalog.selling'), Panel: Selling }]
      : []),
    ...(supplier || provider
      ? [
          {
            id: 'definitions',
            to: '/catalog/definitions',
            label: t('catalog.definitions'),
            Panel: Definitions,
          },
        ]
      : []),
    ...(provider
      ? [{ id: 'orphans', to: '/catalog/orphans', label: t('catalog.orphans'), Panel: Orphans }]
      : []),
  ];
  const shown = tabs.find(({ id }) => id === tab);
  if (shown === undefined) return <NotFound />;

  return (
    <Stack>
      <title>{`${shown.label} - ${t('frame.catalog')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('frame.catalog')}
      </Title>
      <Tabs value={shown.id} keepMounted={false}>
        <Tabs.List>
          {tabs.map(({ id, to, label }) => (
            <Tabs.Tab key={id} value={id} renderRoot={(props) => <Link {...props} to={to} />}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={shown.id} pt="md">
          <shown.Panel />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
