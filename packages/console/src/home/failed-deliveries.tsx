import { Anchor, List, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { type Delivery, deliveriesPath } from '../api/deliveries.ts';
import { usePages } from '../api/pages.ts';
import { Problem } from '../frame/problem.tsx';
import { instantText } from '../records/value-text.ts';

/** At most so many are named; the page of webhooks has them all. */
const named = 5;

/** Webhooks that did not arrive, the newest first. */
export function FailedDeliveries() {
  const { t } = useTranslation();
  const list = usePages<Delivery>(deliveriesPath, { state: 'failed' }, { live: 'deliveries' });
  const items = list.data?.pages[0]?.items ?? [];
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {t('home.failed')}
      </Title>
      {list.error && <Problem error={list.error} retry={() => list.refetch()} />}
      {list.data && items.length === 0 && <Text>{t('home.noneFailed')}</Text>}
      {items.length > 0 && (
        <List>
          {items.slice(0, named).map(({ id, at, automation }) => (
            <List.Item key={id}>
              <Anchor component={Link} to={`/webhooks/${id}`}>
                {automation}
              </Anchor>{' '}
              {instantText(at)}
            </List.Item>
          ))}
        </List>
      )}
      {items.length > named && (
        <Anchor component={Link} to="/webhooks?state=failed">
          {t('home.allFailed')}
        </Anchor>
      )}
    </Stack>
  );
}
