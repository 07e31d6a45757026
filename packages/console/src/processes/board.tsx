import { Anchor, Button, Card, Loader, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { App } from '../api/apps.ts';
import { usePages } from '../api/pages.ts';
import { followers, type ProcessType } from '../api/processes.ts';
import type { RecordJson } from '../api/records.ts';
import { Problem } from '../frame/problem.tsx';
import { Steps, useMove } from './steps.tsx';
import { titleOf } from './title-of.ts';

/** A column for each state; a process is taken on by its menu or by dragging it. */
export function Board({ app, type }: { app: App; type: ProcessType }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [dragged, setDragged] = useState<RecordJson>();
  const refresh = () => queries.invalidateQueries({ queryKey: [`/v1/apps/${app.id}/records`] });
  const moving = useMove(type, refresh);

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div className="board" role="group" aria-label={t('process.board')}>
      {type.states.map((state) => (
        <Column
          key={state}
          app={app}
          type={type}
          state={state}
          onDrag={setDragged}
          takes={dragged?.state !== undefined && followers(type, dragged.state).includes(state)}
          onDrop={() => dragged && moving.mutate({ process: dragged, to: state })}
          onDone={refresh}
        />
      ))}
    </div>
  );
}

function Column({
  app,
  type,
  state,
  takes,
  onDrag,
  onDrop,
  onDone,
}: {
  app: App;
  type: ProcessType;
  state: string;
  /** Whether what is being dragged may be dropped here. */
  takes: boolean;
  onDrag(process: RecordJson | undefined): void;
  onDrop(): void;
  onDone(): void;
}) {
  const { t } = useTranslation();
  const filter = JSON.stringify({ field: 'state', op: '=', value: state });
  const list = usePages<RecordJson>(
    `/v1/apps/${app.id}/records`,
    { filter, sort: '-データID' },
    { live: `records:${app.id}` },
  );

  function drop(event: DragEvent) {
    event.preventDefault();
    if (takes) onDrop();
  }

  return (
    <section
      aria-label={state}
      className="board-column"
      onDragOver={(event) => takes && event.preventDefault()}
      onDrop={drop}
    >
      <Title order={2} size="h5" mb="xs">
        {state}
      </Title>
      {list.error && <Problem error={list.error} retry={() => list.refetch()} />}
      {list.isPending && <Loader size="sm" aria-label={t('loading')} />}
      <Stack gap="xs">
        {(list.data?.pages ?? [])
          .flatMap(({ items }) => items)
          .map((process) => (
            <Card
              key={process.id}
              withBorder
              p="xs"
              draggable
              onDragStart={() => onDrag(process)}
              onDragEnd={() => onDrag(undefined)}
            >
              <Anchor component={Link} to={`/apps/${app.id}/records/${process.id}`} size="sm">
                {process.processId}
              </Anchor>
              <Text size="sm">{titleOf(app, process)}</Text>
              <Steps app={app} type={type} process={process} onDone={onDone} />
            </Card>
          ))}
        {list.hasNextPage && (
          <Button size="xs" variant="default" onClick={() => list.fetchNextPage()}>
            {t('list.more')}
          </Button>
        )}
      </Stack>
    </section>
  );
}
