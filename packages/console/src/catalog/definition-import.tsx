import { Alert, Button, FileInput, Group, NativeSelect, Stack, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { definitionsPath, useOrganizations } from '../api/catalog.ts';
import { ApiError, request } from '../api/request.ts';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';
import { FaultyText } from './faulty-text.tsx';

type Imported = { imported: { id: string }[] };

/** Import of a definition file: all of it or nothing; mistakes are shown at their lines in the text. */
export function DefinitionImport() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const organizations = useOrganizations();
  const providers = (organizations.data?.items ?? []).filter(({ roles }) =>
    roles.includes('technologyProvider'),
  );
  const [file, setFile] = useState<File | null>(null);
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<string>();
  const organization = chosen ?? providers[0]?.id ?? '';

  const importing = useMutation({
    mutationFn: (dryRun: boolean) =>
      request<Imported>('POST', definitionsPath, {
        query: { organization, ...(dryRun && { dryRun: 'true' }) },
        headers: { 'content-type': 'application/xml' },
        // the bytes of the file, whose character set the file itself tells
        body: file ?? new Blob([text], { type: 'application/xml' }),
      }),
    async onSuccess({ imported }, dryRun) {
      const ids = imported.map(({ id }) => id).join(', ');
      tell(t(dryRun ? 'catalog.checked' : 'catalog.imported', { ids }));
      await queries.invalidateQueries({ queryKey: [definitionsPath] });
    },
  });
  const faults = importing.error instanceof ApiError ? importing.error.faults : [];
  const placed = faults.flatMap(({ line, detail }) => (line === undefined ? [] : [{ line, detail }]));

  async function choose(given: File | null) {
    setFile(given);
    importing.reset();
    setText(given === null ? '' : await given.text());
  }

  return (
    <Stack>
      <Group align="flex-end">
        <FileInput
          miw={240}
          label={t('catalog.file')}
          accept=".xml,application/xml"
          value={file}
          onChange={choose}
          clearable
          clearButtonProps={{ 'aria-label': t('cancel') }}
        />
        {providers.length > 0 && (
          <NativeSelect
            label={t('catalog.provider')}
            value={organization}
            data={providers.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={({ currentTarget }) => setChosen(currentTarget.value)}
          />
        )}
        <Button variant="default" disabled={text === ''} onClick={() => importing.mutate(true)}>
          {t('workspace.check')}
        </Button>
        <Button disabled={text === ''} loading={importing.isPending} onClick={() => importing.mutate(false)}>
          {t('import.button')}
        </Button>
      </Group>
      <Textarea
        label={t('def.paste')}
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value);
          setFile(null);
          importing.reset();
        }}
        autosize
        minRows={3}
        maxRows={12}
        spellCheck={false}
        classNames={{ input: 'mono' }}
      />
      {importing.error && placed.length === 0 && <Problem error={importing.error} />}
      {placed.length > 0 && (
        <Alert role="alert" color="red" title={t('def.mistakes', { count: placed.length })}>
          <FaultyText text={text} faults={placed} />
        </Alert>
      )}
    </Stack>
  );
}
