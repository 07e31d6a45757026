import { Accordion, Badge, Code, Group, Loader, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Subscription, subscriptionsPath } from '../api/catalog.ts';
import { type Page, request } from '../api/request.ts';
import { Problem } from '../frame/problem.tsx';
import { useLive } from '../live/use-live.ts';
import { instantText } from '../records/value-text.ts';

type Call = {
  id: number;
  at: string;
  operation: string;
  url: string;
  request: string;
  status: number | null;
  answer: string | null;
  error: string | null;
  durationMs: number;
};

/** What was sent to the application and what it answered; the server has masked the secrets. */
export function SubscriptionCalls({ subscription: { key } }: { subscription: Subscription }) {
  const { t } = useTranslation();
  const path = `${subscriptionsPath}/${key}/calls`;
  const calls = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => request<Page<Call>>('GET', path, { signal }),
    refetchInterval: useLive('subscriptions', [path]),
  });
  if (calls.error) return <Problem error={calls.error} />;
  if (!calls.data) return <Loader aria-label={t('loading')} />;
  const { items } = calls.data;
  if (items.length === 0) return <Text>{t('sub.noCalls')}</Text>;
  return (
    <Stack>
      <Text size="sm">{t('sub.callsHint')}</Text>
      <Accordion order={3} variant="contained">
        {items.map((call) => (
          <CallItem key={call.id} call={call} />
        ))}
      </Accordion>
    </Stack>
  );
}

function CallItem({
  call: { id, at, operation, url, request: sent, status, answer, error, durationMs },
}: {
  call: Call;
}) {
  const { t } = useTranslation();
  const failed = error !== null || (status ?? 500) >= 400;
  return (
    <Accordion.Item value={String(id)}>
      <Accordion.Control>
        <Group>
          <Text size="sm">{t('sub.call', { at: instantText(at), operation })}</Text>
          <Badge variant="dot" color={failed ? 'red' : 'green'} tt="none">
            {t('sub.callStatus', { status: status ?? '-', ms: durationMs })}
          </Badge>
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="xs">
          <Text size="sm">{url}</Text>
          {error !== null && <Text size="sm">{error}</Text>}
          <Text size="sm" fw={600}>
            {t('sub.request')}
          </Text>
          <Code block className="code" tabIndex={0}>
            {sent}
          </Code>
          {answer !== null && (
            <>
              <Text size="sm" fw={600}>
                {t('sub.answer')}
              </Text>
              <Code block className="code" tabIndex={0}>
                {answer}
              </Code>
            </>
          )}
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}
