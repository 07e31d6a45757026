import { Alert, Button, Group, Loader, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { stringify } from 'yaml';
import { ApiError } from '../api/request.ts';
import { applyApps, type Change, planApps } from '../api/workspace.ts';
import { Problem } from '../frame/problem.tsx';
import { TextDiff } from '../workspace/text-diff.tsx';
import type { AppDeclaration } from './declaration.ts';
import { DraftFaults } from './draft-faults.tsx';

/** The changed file against the running one, and what saving destroys; then it is saved. */
export function ReviewDialog({
  before,
  changed,
  revision,
  reload,
  onClose,
  onSaved,
}: {
  before: readonly AppDeclaration[];
  changed: readonly AppDeclaration[];
  revision: number;
  reload(): Promise<unknown>;
  onClose(): void;
  onSaved(): void;
}) {
  const { t } = useTranslation();
  const ids = new Set(changed.map(({ id }) => id));
  const text = stringify({ renkei: 1, apps: changed });
  const running = stringify({ renkei: 1, apps: before.filter(({ id }) => ids.has(id)) });
  const planned = useQuery({
    queryKey: ['workspace', 'plan', revision, text],
    queryFn: () => planApps(changed),
    gcTime: 0,
  });
  const saving = useMutation({
    mutationFn: () => applyApps(changed, revision),
    onSuccess({ faults }) {
      if (faults.length === 0) onSaved();
    },
  });
  const faults = saving.data?.faults ?? planned.data?.faults ?? [];
  const removed = (planned.data?.changes ?? []).filter(({ action }) => action === 'remove');
  const stale = saving.error instanceof ApiError && saving.error.status === 412;

  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={t('designer.review')}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack>
        <TextDiff before={running} after={text} label={t('designer.diff')} />
        {planned.isPending && <Loader size="sm" aria-label={t('loading')} />}
        {planned.error && <Problem error={planned.error} retry={() => planned.refetch()} />}
        <DraftFaults faults={faults} text={text} />
        {removed.length > 0 && <Destroyed changes={removed} />}
        {saving.error && <Problem error={saving.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('cancel')}
          </Button>
          {stale ? (
            <Button onClick={() => reload().then(() => saving.reset())}>{t('designer.takeIn')}</Button>
          ) : (
            <Button
              color={removed.length > 0 ? 'red' : 'blue'}
              onClick={() => saving.mutate()}
              loading={saving.isPending}
              disabled={!planned.data || faults.length > 0 || changed.length === 0}
            >
              {t(removed.length > 0 ? 'designer.saveAndDestroy' : 'save')}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

/** Fields that go, and of how many records the values. */
function Destroyed({ changes }: { changes: readonly Change[] }) {
  const { t } = useTranslation();
  return (
    <Alert role="alert" color="red" title={t('designer.destroys')}>
      {changes.map(({ kind, id, details = [], records = 0 }) => (
        <Text size="sm" key={`${kind} ${id}`}>
          {t(records === 0 ? 'designer.destroysEmpty' : 'designer.destroysField', {
            field: details[0],
            count: records,
          })}
        </Text>
      ))}
    </Alert>
  );
}
