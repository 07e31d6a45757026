import { Alert, Button, FileInput, Group, Modal, NativeSelect, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type App, isComputed } from '../api/apps.ts';
import { type ImportReport, importCsv } from '../api/imports.ts';
import { recordsKey } from '../api/records.ts';
import { Problem } from '../frame/problem.tsx';
import { saveFile } from '../frame/save-file.ts';
import { ColumnMapping, differing, recordId, targetOf } from './column-mapping.tsx';
import { ImportRunning } from './import-running.tsx';
import { beginningOf, csvText, decoded, type Encoding, firstRows } from './read-csv.ts';

const previewRows = 6;
/** Errors that are shown; all of them are in the download. */
const shownErrors = 50;
/** Types by whose values lines find their records. */
const keyTypes = new Set(['text', 'number', 'date', 'select']);

type Beginning = { bytes: ArrayBuffer; encoding: Encoding };

/** Adds or changes records from a CSV file, after a look at its first rows and at which column goes where. */
export function ImportDialog({ app, onClose }: { app: App; onClose(): void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [beginning, setBeginning] = useState<Beginning>();
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({});
  const [key, setKey] = useState('');
  const [running, setRunning] = useState<string>();

  const [headings = [], ...rows] = beginning
    ? firstRows(decoded(beginning.bytes, beginning.encoding), previewRows)
    : [];
  const columns = Object.fromEntries(
    headings.map((heading) => [heading, chosen[heading] ?? targetOf(app, heading)]),
  );
  const targets = Object.values(columns);
  const keys = [
    recordId,
    ...app.fields.filter((field) => keyTypes.has(field.type) && !isComputed(field)).map(({ name }) => name),
  ].filter((name) => targets.includes(name));
  const usedKey = keys.includes(key) ? key : '';
  const twice = targets.filter((name, index) => name !== '' && targets.indexOf(name) !== index);

  const importing = useMutation({
    mutationFn: (id: string) =>
      importCsv(app.id, file!, {
        id,
        encoding: beginning!.encoding,
        key: usedKey,
        columns: differing(app, columns),
      }),
    onMutate: setRunning,
    onSettled() {
      setRunning(undefined);
      return queries.invalidateQueries({ queryKey: recordsKey(app.id) });
    },
  });

  async function choose(given: File | null) {
    setFile(given);
    setChosen({});
    importing.reset();
    setBeginning(given ? await beginningOf(given) : undefined);
  }

  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={t('import.title', { app: app.name })}
      closeButtonProps={{ 'aria-label': t('close') }}
      // closing would not stop it, and its report would be lost
      closeOnEscape={running === undefined}
      closeOnClickOutside={false}
      withCloseButton={running === undefined}
    >
      <Stack>
        <FileInput
          label={t('import.file')}
          accept=".csv,text/csv"
          value={file}
          onChange={choose}
          disabled={running !== undefined}
        />
        {beginning && !importing.data && (
          <>
            <Group align="flex-start">
              <NativeSelect
                label={t('import.encoding')}
                value={beginning.encoding}
                data={[
                  { value: 'utf-8', label: 'UTF-8' },
                  { value: 'windows-31j', label: 'Shift_JIS (Windows-31J)' },
                ]}
                onChange={({ currentTarget }) => {
                  setBeginning({ ...beginning, encoding: currentTarget.value as Encoding });
                  setChosen({});
                }}
              />
              <NativeSelect
                label={t('import.key')}
                description={t('import.keyHint')}
                value={usedKey}
                data={[{ value: '', label: t('import.noKey') }, ...keys]}
                onChange={({ currentTarget }) => setKey(currentTarget.value)}
              />
            </Group>
            <ColumnMapping
              app={app}
              headings={headings}
              rows={rows}
              columns={columns}
              onChange={(heading, name) => setChosen({ ...chosen, [heading]: name })}
            />
            {twice.length > 0 && <Text c="red">{t('import.twice', { field: twice.join(', ') })}</Text>}
          </>
        )}
        {running !== undefined && <ImportRunning id={running} />}
        {importing.error && <Problem error={importing.error} />}
        {importing.data && <Outcome report={importing.data} app={app} />}
        <Group justify="flex-end">
          {running === undefined && (
            <Button variant="default" onClick={onClose}>
              {t('close')}
            </Button>
          )}
          {!importing.data && (
            <Button
              onClick={() => importing.mutate(crypto.randomUUID())}
              loading={running !== undefined}
              disabled={!beginning || twice.length > 0 || targets.every((name) => name === '')}
            >
              {t('import.button')}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Outcome({ report, app }: { report: ImportReport; app: App }) {
  const { t } = useTranslation();
  const { inserted, updated, failed, errors, stopped } = report;

  function download() {
    const heads = [t('import.line'), t('filter.field'), t('import.message')];
    const rows = errors.map(({ line, field, message }) => [line, field ?? '', message]);
    saveFile(new Blob([csvText([heads, ...rows])], { type: 'text/csv' }), `${app.name}-errors.csv`);
  }

  return (
    <Alert
      role="status"
      color={failed > 0 || stopped ? 'yellow' : 'green'}
      title={t(stopped ? 'import.stopped' : 'import.done', { inserted, updated, failed })}
    >
      <Stack gap="xs" align="flex-start">
        {errors.slice(0, shownErrors).map(({ line, field, message }) => (
          <Text size="sm" key={`${line} ${field} ${message}`}>
            {t('workspace.line', { line, message })}
          </Text>
        ))}
        {errors.length > shownErrors && (
          <Text size="sm">{t('import.more', { count: failed - shownErrors })}</Text>
        )}
        {errors.length > 0 && (
          <Button size="xs" variant="default" onClick={download}>
            {t('import.errors')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
