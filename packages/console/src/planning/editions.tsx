import { Button, Group, Loader, NativeSelect, Stack, Table, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deriveEdition, type Edition, type EditionStep, stepEdition, useEditions } from '../api/planning.ts';
import { useMe } from '../api/session.ts';
import { Confirm } from '../frame/confirm.tsx';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';
import { instantText } from '../records/value-text.ts';

/** What may be done with each kind; what a process writes into belongs to the process. */
const steps: Record<Edition['kind'], readonly EditionStep[]> = {
  public: [],
  workspace: ['publish', 'clear'],
  derived: ['publish', 'clear', 'discard'],
  process: [],
};

/** The versions of the figures: the public one that everybody reads, and those that are worked on. */
export function Editions({ application }: { application: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const me = useMe();
  const editions = useEditions(application);
  const [asked, setAsked] = useState<{ key: string; step: EditionStep }>();
  const may = (me.data?.roles ?? []).some((role) => role === 'admin' || role === 'designer');
  const stepping = useMutation({
    mutationFn: ({ key, step }: { key: string; step: EditionStep }) => stepEdition(application, key, step),
    async onSuccess(_, { key, step }) {
      setAsked(undefined);
      tell(t(`edition.done.${step}`, { key }));
      await queries.invalidateQueries({ queryKey: ['planning'] });
    },
  });

  if (editions.error) return <Problem error={editions.error} retry={() => editions.refetch()} />;
  if (!editions.data) return <Loader aria-label={t('loading')} />;
  const { items } = editions.data;
  return (
    <Stack>
      <Text size="sm">{t('edition.about')}</Text>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('planning.edition')}</Table.Th>
            <Table.Th>{t('edition.kind')}</Table.Th>
            <Table.Th>{t('edition.changed')}</Table.Th>
            <Table.Th>{t('edition.changedBy')}</Table.Th>
            {may && <Table.Th>{t('edition.steps')}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map(({ key, kind, changedAt, changedBy }) => (
            <Table.Tr key={key}>
              <Table.Th scope="row">{key}</Table.Th>
              <Table.Td>{t(`edition.${kind}`)}</Table.Td>
              <Table.Td>{changedAt === null ? '-' : instantText(changedAt)}</Table.Td>
              <Table.Td>{changedBy ?? '-'}</Table.Td>
              {may && (
                <Table.Td>
                  <Group gap="xs">
                    {steps[kind].map((step) => (
                      <Button
                        key={step}
                        size="compact-xs"
                        variant={step === 'publish' ? 'filled' : 'outline'}
                        color={step === 'publish' ? 'blue' : 'red'}
                        aria-label={`${t(`edition.${step}`)}: ${key}`}
                        onClick={() => {
                          stepping.reset();
                          setAsked({ key, step });
                        }}
                      >
                        {t(`edition.${step}`)}
                      </Button>
                    ))}
                  </Group>
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {may && <Derive application={application} editions={items} />}
      <Confirm
        opened={asked !== undefined}
        onClose={() => setAsked(undefined)}
        onConfirm={() => asked && stepping.mutate(asked)}
        title={asked ? `${t(`edition.${asked.step}`)}: ${asked.key}` : ''}
        text={asked ? t(`edition.ask.${asked.step}`, { key: asked.key, application }) : ''}
        button={asked ? t(`edition.${asked.step}`) : ''}
        running={stepping.isPending}
        error={stepping.error}
      />
    </Stack>
  );
}

function Derive({ application, editions }: { application: string; editions: readonly Edition[] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [key, setKey] = useState('');
  const [source, setSource] = useState('WORKSPACE');
  const deriving = useMutation({
    mutationFn: () => deriveEdition(application, key, source),
    async onSuccess() {
      setKey('');
      await queries.invalidateQueries({ queryKey: ['planning'] });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        deriving.mutate();
      }}
    >
      <Stack gap="xs">
        <Group align="flex-end">
          <TextInput
            label={t('edition.newKey')}
            value={key}
            onChange={({ currentTarget }) => setKey(currentTarget.value)}
            required
          />
          <NativeSelect
            label={t('edition.source')}
            value={source}
            data={editions.map((one) => one.key)}
            onChange={({ currentTarget }) => setSource(currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={deriving.isPending}>
            {t('edition.derive')}
          </Button>
        </Group>
        {deriving.error && <Problem error={deriving.error} />}
      </Stack>
    </form>
  );
}
