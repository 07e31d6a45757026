import { Box, Button, Group, Input, Stack, Text } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type App, type Field, isComputed } from '../api/apps.ts';
import type { RecordJson, Value } from '../api/records.ts';
import { ApiError } from '../api/request.ts';
import { Problem } from '../frame/problem.tsx';
import { FieldInput } from '../records/field-input.tsx';
import { RichText } from '../records/rich-text.tsx';
import { valueText } from '../records/value-text.ts';

type Values = Readonly<Record<string, Value>>;

/** The values of a record, to be changed where the caller may; only what was changed is sent. */
export function RecordForm({
  app,
  values,
  mayWrite,
  saving,
}: {
  app: App;
  values: Values;
  mayWrite: boolean;
  saving: UseMutationResult<RecordJson, Error, Record<string, unknown>>;
}) {
  const { t } = useTranslation();
  const [changes, setChanges] = useState<Values>({});
  const isNew = Object.keys(values).length === 0;
  const faults = saving.error instanceof ApiError ? saving.error.faults : [];

  function faultOf({ name }: Field): string | undefined {
    return faults.find(({ pointer }) => pointer === `/fields/${pointerStep(name)}`)?.detail;
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        saving.mutate(changes);
      }}
      noValidate // the server's sentences say more, in the language of the page
    >
      <Stack maw={760}>
        {app.fields.map((field) => {
          const value = changes[field.name] ?? (field.name in changes ? null : (values[field.name] ?? null));
          const writable = mayWrite && !field.readOnly && !isComputed(field);
          if (!writable) return <ReadOnly key={field.id} field={field} value={value} />;
          return (
            <Box key={field.id}>
              <FieldInput
                app={app.id}
                field={field}
                value={value}
                error={faultOf(field)}
                onChange={(given) => setChanges({ ...changes, [field.name]: given })}
              />
              {field.type === 'richText' && value !== null && (
                <Box mt={4} aria-label={t('record.preview', { field: field.name })} role="group">
                  <RichText html={String(value)} />
                </Box>
              )}
            </Box>
          );
        })}
        {saving.error && <Problem error={saving.error} />}
        {mayWrite && (
          <Group>
            <Button
              type="submit"
              loading={saving.isPending}
              disabled={!isNew && Object.keys(changes).length === 0}
            >
              {t('save')}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}

function ReadOnly({ field, value }: { field: Field; value: Value }) {
  return (
    <Box>
      <Input.Label labelElement="div">{field.name}</Input.Label>
      {field.type === 'richText' && value !== null ? (
        <RichText html={String(value)} />
      ) : (
        <Text size="sm">{valueText(field, value) || '-'}</Text>
      )}
    </Box>
  );
}

/** A name as a step of a JSON pointer (RFC 6901). */
function pointerStep(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
