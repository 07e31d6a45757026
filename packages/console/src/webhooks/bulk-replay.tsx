import { Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { App } from '../api/apps.ts';
import { countReplays, deliveriesPath, replayAll, useAutomations } from '../api/deliveries.ts';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';

/** Sends failed deliveries of an app again; says before how many that will be. */
export function BulkReplay({ apps, app }: { apps: readonly App[]; app: string }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsking(true)}>
        {t('delivery.bulk')}
      </Button>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('delivery.bulkTitle')}
        closeButtonProps={{ 'aria-label': t('cancel') }}
      >
        <Choice apps={apps} app={app} onEnd={() => setAsking(false)} />
      </Modal>
    </>
  );
}

function Choice({ apps, app: given, onEnd }: { apps: readonly App[]; app: string; onEnd(): void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [app, setApp] = useState(given === '' ? String(apps[0]!.id) : given);
  const [automation, setAutomation] = useState('');
  const [from, setFrom] = useState('');
  const automations = useAutomations(app);
  const choice = {
    app,
    ...(automation !== '' && { automation }),
    ...(from !== '' && { from: new Date(from).toISOString() }),
  };
  const counting = useQuery({
    queryKey: [deliveriesPath, 'replays', choice],
    queryFn: () => countReplays(choice),
    staleTime: 0,
  });
  const replaying = useMutation({
    mutationFn: () => replayAll(choice),
    onSuccess(count) {
      tell(t('delivery.replayed', { count }));
      onEnd();
      return queries.invalidateQueries({ queryKey: [deliveriesPath] });
    },
  });
  const count = counting.data ?? 0;

  return (
    <Stack>
      <NativeSelect
        label={t('delivery.app')}
        value={app}
        data={apps.map(({ id, name }) => ({ value: String(id), label: name }))}
        onChange={({ currentTarget }) => {
          setApp(currentTarget.value);
          setAutomation('');
        }}
      />
      <NativeSelect
        label={t('delivery.automation')}
        value={automation}
        data={[
          { value: '', label: t('all') },
          ...(automations.data?.items ?? []).map(({ title }) => ({ value: title, label: title })),
        ]}
        onChange={({ currentTarget }) => setAutomation(currentTarget.value)}
      />
      <TextInput
        label={t('log.from')}
        type="datetime-local"
        value={from}
        onChange={({ currentTarget }) => setFrom(currentTarget.value)}
      />
      {counting.error && <Problem error={counting.error} retry={() => counting.refetch()} />}
      {counting.data !== undefined && (
        <Text role="status">{count === 0 ? t('delivery.bulkNone') : t('delivery.bulkCount', { count })}</Text>
      )}
      {replaying.error && <Problem error={replaying.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onEnd}>
          {t('cancel')}
        </Button>
        <Button onClick={() => replaying.mutate()} loading={replaying.isPending} disabled={count === 0}>
          {t('delivery.bulkDo', { count })}
        </Button>
      </Group>
    </Stack>
  );
}
