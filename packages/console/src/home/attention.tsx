import { Anchor, List, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useApps } from '../api/apps.ts';
import { type Delivery, deliveriesPath, useLoops, usePauses } from '../api/deliveries.ts';
import { usePages } from '../api/pages.ts';
import { Problem } from '../frame/problem.tsx';
import { instantText } from '../records/value-text.ts';

/** At most so many are named; the pages they lead to have them all. */
const named = 5;

/** What fails, the newest first, with what to do about it. */
export function Attention() {
  const { t } = useTranslation();
  const failed = usePages<Delivery>(deliveriesPath, { state: 'failed' }, { live: 'deliveries' });
  const pauses = usePauses();
  const loops = useLoops();
  const apps = useApps();
  const nameOf = (id: number) => apps.data?.items.find((app) => app.id === id)?.name ?? String(id);
  const items = failed.data?.pages[0]?.items ?? [];
  const error = failed.error ?? pauses.error ?? loops.error;
  const known = failed.data && pauses.data && loops.data;
  const nothing = items.length === 0 && pauses.data?.items.length === 0 && loops.data?.items.length === 0;

  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {t('home.attention')}
      </Title>
      {error && <Problem error={error} retry={() => failed.refetch()} />}
      {known && nothing && <Text>{t('home.allWell')}</Text>}
      {items.length > 0 && (
        <section aria-label={t('home.failed')}>
          <Text fw={600}>{t('home.failed')}</Text>
          <Text size="sm">{t('home.failedNext')}</Text>
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
          {items.length > named && (
            <Anchor component={Link} to="/webhooks?state=failed">
              {t('home.allFailed')}
            </Anchor>
          )}
        </section>
      )}
      {(pauses.data?.items.length ?? 0) > 0 && (
        <section aria-label={t('home.paused')}>
          <Text fw={600}>{t('home.paused')}</Text>
          <Text size="sm">{t('home.pausedNext')}</Text>
          <List>
            {pauses.data!.items.slice(0, named).map(({ app, automation, reason }) => (
              <List.Item key={`${app} ${automation}`}>
                <Anchor component={Link} to={`/webhooks?tab=automations&app=${app}`}>
                  {nameOf(app)}: {automation}
                </Anchor>{' '}
                {reason}
              </List.Item>
            ))}
          </List>
        </section>
      )}
      {(loops.data?.items.length ?? 0) > 0 && (
        <section aria-label={t('loop.title')}>
          <Text fw={600}>{t('loop.title')}</Text>
          <Anchor component={Link} to="/webhooks?tab=loops">
            {t('home.loopsNext', { count: loops.data!.items.length })}
          </Anchor>
        </section>
      )}
    </Stack>
  );
}
