import { Button, Group, Modal, Stack, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { decideProcess, type ProcessType } from '../api/processes.ts';
import type { RecordJson } from '../api/records.ts';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';

/** Approves or rejects, with a comment. */
export function Decide({
  type,
  process,
  onDone,
}: {
  type: ProcessType;
  process: RecordJson;
  onDone(): unknown;
}) {
  const { t } = useTranslation();
  const [action, setAction] = useState<'approve' | 'reject'>();
  const [comment, setComment] = useState('');
  const deciding = useMutation({
    mutationFn: () => decideProcess(type, process, action!, comment),
    onSuccess() {
      setAction(undefined);
      tell(t(action === 'approve' ? 'process.approved' : 'process.rejected', { id: process.processId }));
      onDone();
    },
  });

  return (
    <Group gap={4} mt={4}>
      <Button size="compact-xs" onClick={() => setAction('approve')}>
        {t('process.approve')}
      </Button>
      <Button size="compact-xs" color="red" variant="outline" onClick={() => setAction('reject')}>
        {t('process.reject')}
      </Button>
      <Modal
        opened={action !== undefined}
        onClose={() => setAction(undefined)}
        title={`${process.processId}: ${t(action === 'reject' ? 'process.reject' : 'process.approve')}`}
        closeButtonProps={{ 'aria-label': t('cancel') }}
      >
        <Stack>
          <Textarea
            label={t('process.comment')}
            value={comment}
            onChange={({ currentTarget }) => setComment(currentTarget.value)}
            data-autofocus
          />
          {deciding.error && <Problem error={deciding.error} />}
          <Group justify="flex-end">
            <Button
              color={action === 'reject' ? 'red' : 'blue'}
              onClick={() => deciding.mutate()}
              loading={deciding.isPending}
            >
              {t(action === 'reject' ? 'process.reject' : 'process.approve')}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Group>
  );
}
