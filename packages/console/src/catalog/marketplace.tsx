import { Badge, Button, Card, Group, Loader, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { type Service, servicesPath, useCatalogRoles } from '../api/catalog.ts';
import { usePages } from '../api/pages.ts';
import { Problem } from '../frame/problem.tsx';
import { PricesList } from './prices-list.tsx';

/** The services on sale as cards, found by text and tag. */
export function Marketplace() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const tag = search.get('tag') ?? '';
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text, 200);
  const list = usePages<Service>(servicesPath, { q, tag }, { live: 'workspace' });
  const choose = (next: string) => setSearch(next === '' ? {} : { tag: next }, { replace: true });
  const services = list.data?.pages.flatMap(({ items }) => items).filter(({ active }) => active) ?? [];
  const tags = [
    ...new Set([...services.flatMap((service) => service.tags), ...(tag === '' ? [] : [tag])]),
  ].sort();

  return (
    <Stack>
      <Group align="flex-end">
        <TextInput
          type="search"
          size="xs"
          miw={240}
          label={t('catalog.search')}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        {tags.length > 0 && (
          <Group gap={4} role="group" aria-label={t('catalog.tags')}>
            {['', ...tags].map((one) => (
              <Button
                key={one}
                size="compact-xs"
                variant={one === tag ? 'filled' : 'default'}
                aria-pressed={one === tag}
                onClick={() => choose(one)}
              >
                {one === '' ? t('catalog.allTags') : one}
              </Button>
            ))}
          </Group>
        )}
      </Group>
      {list.error && <Problem error={list.error} retry={() => list.refetch()} />}
      {list.isPending && <Loader aria-label={t('loading')} />}
      {list.data && services.length === 0 && <Text>{t('catalog.noServices')}</Text>}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {services.map((service) => (
          <ServiceCard key={service.id} service={service} />
        ))}
      </SimpleGrid>
      {list.hasNextPage && (
        <Button variant="default" onClick={() => list.fetchNextPage()} loading={list.isFetchingNextPage}>
          {t('list.more')}
        </Button>
      )}
    </Stack>
  );
}

function ServiceCard({ service }: { service: Service }) {
  const { t } = useTranslation();
  const { customer } = useCatalogRoles();
  const { id, title, description, supplier, prices, tags } = service;
  const address = `/catalog/services/${encodeURIComponent(id)}`;
  return (
    <Card withBorder component="article" aria-label={title}>
      <Stack gap="xs" h="100%">
        <Title order={2} size="h4">
          {title}
        </Title>
        <Text size="xs" c="dimmed">
          {supplier}
        </Text>
        {description !== undefined && (
          <Text size="sm" lineClamp={3}>
            {description}
          </Text>
        )}
        <PricesList {...(prices && { prices })} most={3} />
        <Group gap={4}>
          {tags.map((tag) => (
            <Badge key={tag} variant="outline" color="gray" tt="none">
              {tag}
            </Badge>
          ))}
        </Group>
        <Group mt="auto">
          <Button component={Link} to={address} size="xs" variant="default">
            {t('catalog.details')}
          </Button>
          {customer && (
            <Button component={Link} to={`${address}/subscribe`} size="xs">
              {t('catalog.subscribe')}
            </Button>
          )}
        </Group>
      </Stack>
    </Card>
  );
}
