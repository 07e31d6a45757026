import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setAutomationEnabled } from '../api/deliveries.ts';
import { Confirm } from '../frame/confirm.tsx';
import { tell, tellProblem } from '../frame/tell.tsx';

/** Switches an automation on, or off after a question: what waits of it is lost then. */
export function SwitchAutomation(props: {
  app: { id: number | string; name: string };
  title: string;
  enabled: boolean;
}) {
  const { t } = useTranslation();
  const { app, title, enabled } = props;
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const switching = useMutation({
    mutationFn: () => setAutomationEnabled(app.id, title, !enabled),
    async onSuccess() {
      setAsking(false);
      tell(t(enabled ? 'hook.disabled' : 'hook.enabled', { title }));
      await Promise.all(
        [['automations'], ['loops']].map((queryKey) => queries.invalidateQueries({ queryKey })),
      );
    },
    onError: (error) => enabled || tellProblem(error),
  });
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        aria-label={t(enabled ? 'hook.disableLabel' : 'hook.enableLabel', { title })}
        onClick={() => (enabled ? setAsking(true) : switching.mutate())}
        loading={switching.isPending && !asking}
      >
        {t(enabled ? 'hook.disable' : 'hook.enable')}
      </Button>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => switching.mutate()}
        title={t('hook.disableLabel', { title })}
        text={t('hook.disableAsk', { title, app: app.name })}
        button={t('hook.disable')}
        running={switching.isPending}
        error={switching.error}
      />
    </>
  );
}
