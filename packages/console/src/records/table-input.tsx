import { ActionIcon, Button, Fieldset, Group, Stack } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Field } from '../api/apps.ts';
import type { Value } from '../api/records.ts';
import { FieldInput, type FieldInputProps } from './field-input.tsx';

/** The rows of a table field, each with an input per column. */
export function TableInput({ app, field, value, onChange, error }: FieldInputProps) {
  const { t } = useTranslation();
  const rows = (value ?? []) as Record<string, Value>[];
  const columns = field.fields ?? [];

  function change(at: number, column: Field, given: Value) {
    onChange(rows.map((row, index) => (index === at ? { ...row, [column.name]: given } : row)));
  }

  return (
    <Fieldset legend={field.name}>
      <Stack gap="xs" align="flex-start">
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
          <Group key={index} align="flex-end" gap="xs">
            {columns.map((column) => (
              <FieldInput
                key={column.id}
                app={app}
                field={column}
                value={row[column.name] ?? null}
                onChange={(given) => change(index, column, given)}
              />
            ))}
            <ActionIcon
              variant="subtle"
              color="red"
              aria-label={t('field.removeRow', { row: index + 1 })}
              onClick={() => onChange(rows.filter((_, other) => other !== index))}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Button size="xs" variant="default" onClick={() => onChange([...rows, {}])}>
          {t('field.addRow')}
        </Button>
        {error}
      </Stack>
    </Fieldset>
  );
}
