import { Badge, Button, Card, Group, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/request.ts';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';
import { instantText } from '../records/value-text.ts';
import { language } from '../text/language.ts';

type HealthAnswer = {
  version: string;
  node: string;
  startedAt: string;
  database: { ok: boolean; version?: string; answerMs?: number; sizeBytes?: number };
  worker: { here: boolean; waiting?: number; failed?: number };
  mail: { ok: boolean; reason?: string };
};
/** How often the server is asked whether it is well, in milliseconds. */
const everyMs = 10_000;

/** Database, background work and mail: what works, and what to do where it does not. */
export function Health() {
  const { t } = useTranslation();
  const health = useQuery({
    queryKey: ['/v1/health'],
    queryFn: ({ signal }) => request<HealthAnswer>('GET', '/v1/health', { signal }),
    refetchInterval: everyMs,
  });
  if (health.error) return <Problem error={health.error} retry={() => health.refetch()} />;
  if (!health.data) return null;
  const { version, node, startedAt, database, worker, mail } = health.data;
  const { waiting, failed } = worker;
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        {t('settings.health')}
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Part title={t('settings.database')} ok={database.ok}>
          {database.ok && (
            <Text size="sm">
              {t('settings.databaseDetail', {
                version: database.version,
                ms: database.answerMs,
                size: sizeText(database.sizeBytes ?? 0),
              })}
            </Text>
          )}
        </Part>
        <Part title={t('settings.worker')} ok={waiting !== undefined && failed === 0}>
          <Text size="sm">{t(worker.here ? 'settings.workerHere' : 'settings.workerElsewhere')}</Text>
          {waiting !== undefined && <Text size="sm">{t('settings.jobs', { waiting, failed })}</Text>}
        </Part>
        <Part title={t('settings.mail')} ok={mail.ok}>
          <Text size="sm">
            {mail.ok ? t('settings.mailOn') : t('settings.mailOff', { reason: mail.reason })}
          </Text>
          {mail.ok && <TestMail />}
        </Part>
      </SimpleGrid>
      <Text size="sm" mt="xs">
        {`${t('settings.version')}: Renkei ${version}. ${t('settings.up', { at: instantText(startedAt), node })}`}
      </Text>
    </section>
  );
}

function Part({ title, ok, children }: { title: string; ok: boolean; children: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <Card withBorder>
      <Stack gap="xs" align="flex-start">
        <Group>
          <Title order={3} size="h5">
            {title}
          </Title>
          <Badge variant="dot" color={ok ? 'green' : 'red'} tt="none">
            {t(ok ? 'settings.ok' : 'settings.notOk')}
          </Badge>
        </Group>
        {children}
      </Stack>
    </Card>
  );
}

function TestMail() {
  const { t } = useTranslation();
  const [to, setTo] = useState('');
  const sending = useMutation({
    mutationFn: () => request('POST', '/v1/health/mail', { body: { to } }),
    onSuccess: () => tell(t('settings.mailSent', { to })),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        sending.mutate();
      }}
    >
      <Group align="flex-end">
        <TextInput
          size="xs"
          type="email"
          label={t('settings.mailTo')}
          value={to}
          onChange={({ currentTarget }) => setTo(currentTarget.value)}
          required
        />
        <Button type="submit" size="xs" variant="default" loading={sending.isPending}>
          {t('settings.mailSend')}
        </Button>
      </Group>
      {sending.error && <Problem error={sending.error} />}
    </form>
  );
}

function sizeText(bytes: number): string {
  const style = { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(language(), style).format(bytes / 1e6);
}
