import {
  Alert,
  Anchor,
  Button,
  Checkbox,
  Group,
  List,
  Loader,
  Stack,
  Text,
  Textarea,
  Title,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { applyWorkspace, type Change, planWorkspace, readWorkspace } from '../api/workspace.ts';
import { Confirm } from '../frame/confirm.tsx';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';
import { ChangeList } from './change-list.tsx';
import { type LineFault, readYaml } from './read-yaml.ts';

/** The workspace file: what runs, to be edited, compared and applied. */
export function WorkspacePage() {
  const { t } = useTranslation();
  const running = useQuery({
    queryKey: ['workspace', 'file'],
    queryFn: ({ signal }) => readWorkspace(signal),
    staleTime: Number.POSITIVE_INFINITY, // what is being edited is not replaced
  });

  if (running.error) return <Problem error={running.error} retry={() => running.refetch()} />;
  if (running.data === undefined) return <Loader aria-label={t('loading')} />;
  const { text, revision } = running.data;
  return <Editor key={running.dataUpdatedAt} exported={text} revision={revision} />;
}

type Outcome = { changes: Change[]; faults: LineFault[] };

function Editor({ exported, revision }: { exported: string; revision: number }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [text, setText] = useState(exported);
  const [prune, setPrune] = useState(false);
  const [asking, setAsking] = useState(false);
  const editor = useRef<HTMLTextAreaElement>(null);

  const checking = useMutation({
    async mutationFn(): Promise<Outcome> {
      const { file, faults, place } = readYaml(text);
      if (faults.length > 0) return { changes: [], faults };
      const planned = await planWorkspace(file, prune);
      const changes = planned.changes.filter(({ action }) => action !== 'keep');
      return { changes, faults: planned.faults.map(place) };
    },
  });
  const applying = useMutation({
    mutationFn: () => applyWorkspace(readYaml(text).file, { prune, revision }),
    async onSuccess({ faults }) {
      setAsking(false);
      if (faults.length > 0) {
        checking.mutate(); // somebody changed something in between: show what is wrong now
        return;
      }
      checking.reset();
      tell(t('workspace.applied'));
      await queries.invalidateQueries();
    },
  });

  /** Puts the cursor to a mistake, and its line in sight. */
  function show({ offset, line }: LineFault) {
    const input = editor.current;
    if (!input) return;
    const end = text.indexOf('\n', offset);
    input.focus();
    input.setSelectionRange(offset, end < 0 ? text.length : end);
    input.scrollTop = (line - 3) * (input.scrollHeight / text.split('\n').length);
  }

  function edit(to: string) {
    setText(to);
    checking.reset();
  }

  const outcome = checking.data;
  const removed = (outcome?.changes ?? []).filter(({ action }) => action === 'remove');
  const ready = outcome !== undefined && outcome.faults.length === 0 && outcome.changes.length > 0;

  return (
    <Stack>
      <title>{`${t('frame.workspace')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('frame.workspace')}
      </Title>
      <Text size="sm">{t('workspace.about')}</Text>
      <Textarea
        ref={editor}
        label={t('workspace.file')}
        value={text}
        onChange={({ currentTarget }) => edit(currentTarget.value)}
        autosize
        minRows={12}
        maxRows={28}
        spellCheck={false}
        classNames={{ input: 'mono' }}
      />
      <Group>
        <Checkbox
          label={t('workspace.prune')}
          checked={prune}
          onChange={({ currentTarget }) => {
            setPrune(currentTarget.checked);
            checking.reset();
          }}
        />
        <Button variant="default" onClick={() => checking.mutate()} loading={checking.isPending}>
          {t('workspace.check')}
        </Button>
        <Button
          onClick={() => (removed.length > 0 ? setAsking(true) : applying.mutate())}
          loading={applying.isPending}
          disabled={!ready}
        >
          {t('workspace.apply')}
        </Button>
        <Anchor
          href={`data:application/yaml;charset=utf-8,${encodeURIComponent(exported)}`}
          download="workspace.yaml"
          size="sm"
        >
          {t('workspace.download')}
        </Anchor>
      </Group>
      {checking.error && <Problem error={checking.error} />}
      {applying.error && !asking && <Problem error={applying.error} />}
      {outcome && outcome.faults.length > 0 && <Faults faults={outcome.faults} onChoose={show} />}
      {outcome && outcome.faults.length === 0 && <ChangeList changes={outcome.changes} />}
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => applying.mutate()}
        title={t('workspace.apply')}
        text={t('workspace.removesTitle')}
        button={t('workspace.apply')}
        running={applying.isPending}
        error={applying.error}
      >
        <List size="sm" className="code">
          {removed.map(({ kind, id }) => (
            <List.Item key={`${kind} ${id}`}>{`${kind} ${id}`}</List.Item>
          ))}
        </List>
      </Confirm>
    </Stack>
  );
}

function Faults({
  faults,
  onChoose,
}: {
  faults: readonly LineFault[];
  /** Shows the place of a mistake in the text. */
  onChoose(fault: LineFault): void;
}) {
  const { t } = useTranslation();
  return (
    <Alert role="alert" color="red" title={t('workspace.faults', { count: faults.length })}>
      <Stack gap={4} align="flex-start">
        {faults.map((fault) => (
          <Anchor
            component="button"
            type="button"
            size="sm"
            ta="left"
            c="inherit"
            underline="always"
            key={`${fault.line} ${fault.column} ${fault.message}`}
            onClick={() => onChoose(fault)}
          >
            {t('workspace.place', fault)}
          </Anchor>
        ))}
      </Stack>
    </Alert>
  );
}
