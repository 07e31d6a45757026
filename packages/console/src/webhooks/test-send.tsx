import { Alert, Button, Code, Modal, NumberInput, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Outcome, testSend } from '../api/deliveries.ts';
import { pretty } from '../frame/pretty.ts';
import { Problem } from '../frame/problem.tsx';
import { instantText } from '../records/value-text.ts';

/** Sends one record's payload to the receiver of a webhook and shows what comes back. */
export function TestSend(props: { app: string; title: string; opened: boolean; onClose(): void }) {
  const { t } = useTranslation();
  const { app, title, opened, onClose } = props;
  const [record, setRecord] = useState<number | string>(1);
  const sending = useMutation({ mutationFn: () => testSend(app, title, Number(record)) });
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('hook.testTitle', { title })}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          sending.mutate();
        }}
      >
        <Stack>
          <Text size="sm">{t('hook.testAbout')}</Text>
          <NumberInput
            label={t('hook.testRecord')}
            min={1}
            allowDecimal={false}
            hideControls
            value={record}
            onChange={setRecord}
            data-autofocus
          />
          {sending.error && <Problem error={sending.error} />}
          {sending.data && <Result outcome={sending.data} />}
          <Button type="submit" loading={sending.isPending} disabled={!(Number(record) >= 1)}>
            {t('hook.testSend')}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}

function Result({ outcome: { at, ms, status, error, response } }: { outcome: Outcome }) {
  const { t } = useTranslation();
  return (
    <Alert
      role="status"
      color={error === null ? 'green' : 'red'}
      title={error === null ? t('hook.testWell') : t('hook.testFailed', { error })}
    >
      <Text size="sm">{t('delivery.attempt', { at: instantText(at), status: status ?? '-', ms })}</Text>
      {response !== null && (
        <Code block className="code" tabIndex={0}>
          {pretty(response)}
        </Code>
      )}
    </Alert>
  );
}
