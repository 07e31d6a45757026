import { Anchor, Breadcrumbs, Button, Card, Code, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { type Attempt, deliveriesPath, replay, useDelivery } from '../api/deliveries.ts';
import { pretty } from '../frame/pretty.ts';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';
import { instantText } from '../records/value-text.ts';
import { StateBadge } from './state-badge.tsx';

const ended = new Set(['done', 'failed', 'cancelled']);

/** One delivery: what was sent, and what came back each time. */
export function DeliveryPage() {
  const { t } = useTranslation();
  const { delivery: id = '' } = useParams();
  const queries = useQueryClient();
  const delivery = useDelivery(id);
  const replaying = useMutation({
    mutationFn: () => replay(Number(id)),
    async onSuccess() {
      tell(t('delivery.replayed', { count: 1 }));
      await Promise.all(
        [['delivery', id], [deliveriesPath]].map((queryKey) => queries.invalidateQueries({ queryKey })),
      );
    },
  });

  if (delivery.error) return <Problem error={delivery.error} retry={() => delivery.refetch()} />;
  if (!delivery.data) return <Loader aria-label={t('loading')} />;
  const { automation, app, record, state, body, attempts, at, nextAttemptAt } = delivery.data;
  const title = t('delivery.title', { id, automation });

  return (
    <Stack>
      <title>{`${title} - Renkei`}</title>
      <Breadcrumbs aria-label={t('frame.trail')}>
        <Anchor component={Link} to="/webhooks">
          {t('frame.webhooks')}
        </Anchor>
        <Anchor component={Link} to={`/apps/${app}/records/${record}`}>
          {t('record.title', { id: record })}
        </Anchor>
      </Breadcrumbs>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {title}
        </Title>
        <Button onClick={() => replaying.mutate()} loading={replaying.isPending} disabled={!ended.has(state)}>
          {t('delivery.replay')}
        </Button>
      </Group>
      <Group>
        <StateBadge state={state} />
        <Text size="sm">{instantText(at)}</Text>
        {nextAttemptAt !== null && (
          <Text size="sm">{t('delivery.next', { at: instantText(nextAttemptAt) })}</Text>
        )}
      </Group>
      {replaying.error && <Problem error={replaying.error} />}
      <Title order={2} size="h4">
        {t('delivery.request')}
      </Title>
      <Code block className="code" tabIndex={0}>
        {body === null ? t('delivery.notShown') : pretty(body)}
      </Code>
      <Title order={2} size="h4">
        {t('delivery.attempts', { count: attempts.length })}
      </Title>
      {attempts.map((attempt) => (
        <AttemptCard key={attempt.at} attempt={attempt} />
      ))}
    </Stack>
  );
}

function AttemptCard({
  attempt: { at, durationMs, status, error, request, response },
}: {
  attempt: Attempt;
}) {
  const { t } = useTranslation();
  return (
    <Card withBorder>
      <Text size="sm" fw={600}>
        {t('delivery.attempt', { at: instantText(at), status: status ?? '-', ms: durationMs })}
      </Text>
      {error !== null && <Text size="sm">{error}</Text>}
      {request !== null && (
        <details>
          <summary>{t('delivery.headers')}</summary>
          <Code block className="code" tabIndex={0}>
            {[
              `POST ${request.url}`,
              ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
            ].join('\n')}
          </Code>
        </details>
      )}
      {response !== null && (
        <Code block className="code" mt="xs" tabIndex={0}>
          {pretty(response)}
        </Code>
      )}
    </Card>
  );
}
