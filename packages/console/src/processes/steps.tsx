import { Button, Group, Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { App } from '../api/apps.ts';
import { followers, moveProcess, type ProcessType } from '../api/processes.ts';
import type { RecordJson } from '../api/records.ts';
import { tell, tellProblem } from '../frame/tell.tsx';
import { Decide } from './decide.tsx';

/** Takes a process to another state and says so. */
export function useMove(type: ProcessType, onDone: () => unknown) {
  const { t } = useTranslation();
  return useMutation({
    mutationFn: ({ process, to }: { process: RecordJson; to: string }) => moveProcess(type, process, to),
    onSuccess: (_, { process, to }) => tell(t('process.moved', { id: process.processId, state: to })),
    onError: tellProblem,
    onSettled: onDone,
  });
}

/** What may be done with a process next: a decision where one is awaited, else the states that may follow. */
export function Steps({
  app,
  type,
  process,
  onDone,
}: {
  app: App;
  type: ProcessType;
  process: RecordJson;
  onDone(): unknown;
}) {
  const { t } = useTranslation();
  const moving = useMove(type, onDone);
  const states = followers(type, process.state ?? '');
  if (process.state === type.approval?.state) return <Decide type={type} process={process} onDone={onDone} />;
  if (states.length === 0 || !app.allowed.includes('change')) return null;
  return (
    <Group mt={4}>
      <Menu>
        <Menu.Target>
          <Button
            size="compact-xs"
            variant="default"
            aria-label={t('process.moveLabel', { id: process.processId })}
            loading={moving.isPending}
          >
            {t('process.move')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {states.map((to) => (
            <Menu.Item key={to} onClick={() => moving.mutate({ process, to })}>
              {to}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
