import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Subscription, subscriptionsPath } from '../api/catalog.ts';
import { request } from '../api/request.ts';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';

/** Ends a subscription: says what is destroyed, and wants the name written, because nothing brings it back. */
export function EndSubscription({ subscription }: { subscription: Subscription }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { key, id, instance, users } = subscription;
  const [asking, setAsking] = useState(false);
  const [written, setWritten] = useState('');
  const ending = useMutation({
    mutationFn: () => request('DELETE', `${subscriptionsPath}/${key}`),
    async onSuccess() {
      setAsking(false);
      tell(t('sub.hasEnded', { id }));
      await queries.invalidateQueries({ queryKey: [subscriptionsPath] });
    },
  });
  const close = () => {
    setAsking(false);
    setWritten('');
    ending.reset();
  };
  return (
    <>
      <Button color="red" variant="outline" onClick={() => setAsking(true)}>
        {t('sub.end')}
      </Button>
      <Modal
        opened={asking}
        onClose={close}
        title={t('sub.end')}
        closeButtonProps={{ 'aria-label': t('cancel') }}
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            ending.mutate();
          }}
        >
          <Stack>
            <Text>{t('sub.endAsk', { id, instance: instance?.instanceId ?? '-', count: users.length })}</Text>
            <TextInput
              label={t('sub.endConfirm')}
              placeholder={id}
              value={written}
              onChange={({ currentTarget }) => setWritten(currentTarget.value)}
              data-autofocus
            />
            {ending.error && <Problem error={ending.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                {t('cancel')}
              </Button>
              <Button type="submit" color="red" disabled={written !== id} loading={ending.isPending}>
                {t('sub.end')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
