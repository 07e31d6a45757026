import {
  ActionIcon,
  Anchor,
  Button,
  FileButton,
  Group,
  MultiSelect,
  NativeSelect,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Field } from '../api/apps.ts';
import { type FileValue, fileAddress, type Member, uploadFile, type Value } from '../api/records.ts';
import { Problem } from '../frame/problem.tsx';
import { MemberInput } from './member-input.tsx';
import { ReferenceInput } from './reference-input.tsx';
import { TableInput } from './table-input.tsx';

export type FieldInputProps = {
  app: number;
  field: Field;
  value: Value;
  /** Called with what the API takes for this field. */
  onChange(value: Value): void;
  /** Fault of this field. */
  error?: string | undefined;
  /** In a cell of the grid: no label to see, the focus at once. */
  inline?: boolean;
};

/** The input that fits a field's type; text stays text so that no digit of a number is lost. */
export function FieldInput(props: FieldInputProps) {
  const { field, value, onChange, error, inline = false, app } = props;
  const name = inline ? { 'aria-label': field.name, autoFocus: true } : { label: field.name };
  const shared = {
    ...name,
    error,
    required: field.required === true,
    ...(inline && { size: 'xs' as const }),
  };
  const text = value === null || typeof value === 'object' ? '' : String(value);
  const take = (given: string) => onChange(given === '' ? null : given);

  switch (field.type) {
    case 'number':
      return (
        <TextInput
          {...shared}
          inputMode="decimal"
          value={text}
          onChange={({ currentTarget }) => take(currentTarget.value)}
        />
      );
    case 'date':
      return (
        <TextInput
          {...shared}
          type="date"
          value={text}
          onChange={({ currentTarget }) => take(currentTarget.value)}
        />
      );
    case 'time':
      return (
        <TextInput
          {...shared}
          type="time"
          step={1}
          value={text}
          onChange={({ currentTarget }) => take(currentTarget.value)}
        />
      );
    case 'dateTime':
      return (
        <TextInput
          {...shared}
          type="datetime-local"
          step={1}
          value={localInstant(text)}
          onChange={({ currentTarget }) =>
            onChange(currentTarget.value === '' ? null : new Date(currentTarget.value).toISOString())
          }
        />
      );
    case 'select':
      return (
        <NativeSelect
          {...shared}
          value={text}
          data={['', ...(field.options ?? [])]}
          onChange={({ currentTarget }) => take(currentTarget.value)}
        />
      );
    case 'multiSelect':
      return (
        <MultiSelect
          {...shared}
          value={(value ?? []) as string[]}
          data={field.options ?? []}
          onChange={onChange}
          searchable
        />
      );
    case 'textarea':
    case 'richText':
      return (
        <Textarea
          {...shared}
          autosize
          minRows={inline ? 1 : 3}
          maxRows={20}
          value={text}
          onChange={({ currentTarget }) => take(currentTarget.value)}
        />
      );
    case 'users':
    case 'groups':
      return (
        <MemberInput
          kind={field.type}
          shared={shared}
          value={(value ?? []) as Member[]}
          onChange={onChange}
        />
      );
    case 'files':
      return (
        <FilesInput
          app={app}
          field={field}
          value={(value ?? []) as FileValue[]}
          onChange={onChange}
          error={error}
        />
      );
    case 'reference':
      return <ReferenceInput field={field} shared={shared} value={text} onChange={onChange} />;
    case 'table':
      return <TableInput {...props} />;
    default:
      return (
        <TextInput {...shared} value={text} onChange={({ currentTarget }) => take(currentTarget.value)} />
      );
  }
}

/** What an input of type datetime-local shows: the browser's own time. */
function localInstant(iso: string): string {
  const date = new Date(iso);
  if (iso === '' || Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function FilesInput({
  app,
  field,
  value,
  onChange,
  error,
}: {
  app: number;
  field: Field;
  value: FileValue[];
  onChange(value: Value): void;
  error: string | undefined;
}) {
  const { t } = useTranslation();
  const [failure, setFailure] = useState<Error>();
  const [busy, setBusy] = useState(false);

  async function add(files: File[]) {
    setBusy(true);
    setFailure(undefined);
    try {
      const uploaded = await Promise.all(files.map((file) => uploadFile(app, file)));
      onChange([...value, ...uploaded]);
    } catch (thrown) {
      setFailure(thrown as Error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Stack gap={4} align="flex-start" role="group" aria-label={field.name}>
      <Text size="sm" fw={500}>
        {field.name}
      </Text>
      {value.map((file) => (
        <Group key={file.id} gap="xs">
          <Anchor href={fileAddress(app, file.id)} download={file.name} size="sm">
            {file.name}
          </Anchor>
          <Text size="xs">{t('bytes', { count: file.size })}</Text>
          <ActionIcon
            variant="subtle"
            color="red"
            size="sm"
            aria-label={t('field.removeFile', { name: file.name })}
            onClick={() => onChange(value.filter(({ id }) => id !== file.id))}
          >
            <IconTrash size={14} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      <FileButton multiple onChange={add}>
        {(button) => (
          <Button {...button} size="xs" variant="default" loading={busy}>
            {t('field.addFile')}
          </Button>
        )}
      </FileButton>
      {error !== undefined && (
        <Text size="xs" c="red">
          {error}
        </Text>
      )}
      {failure && <Problem error={failure} />}
    </Stack>
  );
}
