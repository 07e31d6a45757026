import { Anchor, Breadcrumbs, Button, Group, List, Loader, Stack, Table, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { type OfferParameter, servicePath, useCatalogRoles, useOffer, useService } from '../api/catalog.ts';
import { Problem } from '../frame/problem.tsx';
import { PricesList } from './prices-list.tsx';

/** All that is to be known of a service before one subscribes to it. */
export function ServicePage() {
  const { t } = useTranslation();
  const { service: id = '' } = useParams();
  const service = useService(id);
  const offer = useOffer(servicePath(id));
  const { customer } = useCatalogRoles();

  const error = service.error ?? offer.error;
  if (error) return <Problem error={error} />;
  if (!service.data || !offer.data) return <Loader aria-label={t('loading')} />;
  const { title, supplier, prices, active } = service.data;
  const { description, license, accessType, accessInfo, parameters, roles, operations } = offer.data;

  return (
    <Stack>
      <title>{`${title} - Renkei`}</title>
      <Breadcrumbs aria-label={t('frame.trail')}>
        <Anchor component={Link} to="/catalog">
          {t('catalog.services')}
        </Anchor>
      </Breadcrumbs>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {title}
        </Title>
        {customer && active && (
          <Button component={Link} to="subscribe">
            {t('catalog.subscribe')}
          </Button>
        )}
      </Group>
      <Text size="sm">
        {supplier} · {t(`catalog.access.${accessType}`)}
      </Text>
      {description !== undefined && <Text className="lines">{description}</Text>}
      {accessInfo !== undefined && (
        <Part title={t('catalog.accessInfo')}>
          <Text size="sm" className="lines">
            {accessInfo}
          </Text>
        </Part>
      )}
      <Part title={t('catalog.prices')}>
        <PricesList {...(prices && { prices })} offer={offer.data} />
      </Part>
      <Part title={t('catalog.parameters')}>
        {parameters.length === 0 ? (
          <Text size="sm">{t('catalog.noParameters')}</Text>
        ) : (
          <Parameters of={parameters} />
        )}
      </Part>
      {roles.length > 0 && (
        <Part title={t('catalog.roles')}>
          <Named items={roles} />
        </Part>
      )}
      {operations.length > 0 && (
        <Part title={t('catalog.operations')}>
          <Named items={operations} />
        </Part>
      )}
      {license !== undefined && (
        <Part title={t('catalog.license')}>
          <Text size="sm" className="lines">
            {license}
          </Text>
        </Part>
      )}
    </Stack>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <Title order={2} size="h4" mb={4}>
        {title}
      </Title>
      {children}
    </section>
  );
}

function Named({ items }: { items: readonly { id: string; name: string; description?: string }[] }) {
  return (
    <List size="sm">
      {items.map(({ id, name, description }) => (
        <List.Item key={id}>
          {name}
          {description !== undefined && `: ${description}`}
        </List.Item>
      ))}
    </List>
  );
}

function Parameters({ of }: { of: readonly OfferParameter[] }) {
  const { t } = useTranslation();
  return (
    <Table withRowBorders={false}>
      <Table.Tbody>
        {of.map((parameter) => (
          <Table.Tr key={parameter.id}>
            <Table.Th scope="row" w="50%">
              {parameter.label}
            </Table.Th>
            <Table.Td>{valueText(parameter)}</Table.Td>
            <Table.Td>{parameter.configurable ? t('sell.configurable') : t('subscribe.fixed')}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** The value that holds, in words. */
export function valueText({ value, options, isSet }: OfferParameter): string {
  if (isSet) return '••••';
  return options.find(({ id }) => id === value)?.name ?? value ?? '';
}
