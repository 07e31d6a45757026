import {
  ActionIcon,
  Button,
  Checkbox,
  Collapse,
  Fieldset,
  Group,
  NativeSelect,
  Stack,
  TextInput,
} from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { moved, removed, replaced, withPart } from './change.ts';
import {
  type AppDeclaration,
  emptyField,
  type FieldDeclaration,
  type FieldType,
  has,
  possibleTypes,
  withType,
} from './declaration.ts';
import { FieldDetails } from './field-details.tsx';

export type FieldsEditorProps = {
  fields: readonly FieldDeclaration[];
  /** Those that exist already: their types stay. */
  stored: readonly FieldDeclaration[];
  /** The other apps, for references. */
  apps: readonly AppDeclaration[];
  onChange(fields: FieldDeclaration[]): void;
  /** A field has got its new name; not for columns, which nothing refers to. */
  onRename?: (from: string, to: string) => void;
  /** Columns of a table field. */
  inTable?: boolean;
};

/** The fields of an app in their order, each with what its type allows. */
export function FieldsEditor({
  fields,
  stored,
  apps,
  onChange,
  onRename,
  inTable = false,
}: FieldsEditorProps) {
  const { t } = useTranslation();
  return (
    <Stack>
      {fields.map((field, index) => (
        <FieldCard
          key={field.id}
          field={field}
          number={index + 1}
          last={index === fields.length - 1}
          stored={stored.find(({ id }) => id === field.id)}
          apps={apps}
          inTable={inTable}
          onChange={(changed) => onChange(replaced(fields, index, changed))}
          onMove={(by) => onChange(moved(fields, index, by))}
          onRemove={() => onChange(removed(fields, index))}
          onRename={onRename}
        />
      ))}
      <Group>
        <Button
          variant="default"
          size={inTable ? 'xs' : 'sm'}
          leftSection={<IconPlus size={16} aria-hidden />}
          // numbers of removed fields are not given out again: their values would look like its own
          onClick={() => onChange([...fields, emptyField([...fields, ...stored])])}
        >
          {t(inTable ? 'designer.addColumn' : 'designer.addField')}
        </Button>
      </Group>
    </Stack>
  );
}

function FieldCard({
  field,
  number,
  last,
  stored,
  apps,
  inTable,
  onChange,
  onMove,
  onRemove,
  onRename,
}: {
  field: FieldDeclaration;
  number: number;
  last: boolean;
  stored: FieldDeclaration | undefined;
  apps: readonly AppDeclaration[];
  inTable: boolean;
  onChange(field: FieldDeclaration): void;
  onMove(by: -1 | 1): void;
  onRemove(): void;
  onRename: ((from: string, to: string) => void) | undefined;
}) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [nameBefore, setNameBefore] = useState(field.name);
  const details = useId();
  const types = possibleTypes(stored, inTable);
  const needsDetails = ['select', 'multiSelect', 'formula', 'reference', 'table'].includes(field.type);
  const shown = open || (needsDetails && !stored);

  /** Leaving the name: what refers to the field follows. */
  function endNaming() {
    if (stored && nameBefore !== field.name && nameBefore !== '' && field.name !== '') {
      onRename?.(nameBefore, field.name);
    }
  }

  return (
    <Fieldset legend={t(inTable ? 'designer.column' : 'designer.field', { number })}>
      <Group align="flex-end" gap="xs">
        <TextInput
          label={t('designer.fieldName')}
          value={field.name}
          onFocus={() => setNameBefore(field.name)}
          onBlur={endNaming}
          onKeyDown={(event) => {
            // Enter ends naming instead of sending the form with references to the old name
            if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
              event.preventDefault();
              event.currentTarget.blur();
            }
          }}
          onChange={({ currentTarget }) => onChange({ ...field, name: currentTarget.value })}
          required
        />
        <NativeSelect
          label={t('designer.fieldType')}
          value={field.type}
          disabled={types.length === 1}
          data={types.map((type) => ({ value: type, label: t(`type.${type}`) }))}
          onChange={({ currentTarget }) => onChange(withType(field, currentTarget.value as FieldType))}
        />
        {has(field.type, 'required') && (
          <Checkbox
            mb={8}
            label={t('designer.required')}
            checked={field.required === true}
            onChange={({ currentTarget }) =>
              onChange(withPart(field, 'required', currentTarget.checked || undefined))
            }
          />
        )}
        <Button
          variant="subtle"
          size="compact-sm"
          mb={6}
          aria-expanded={shown}
          aria-controls={details}
          onClick={() => setOpen(!shown)}
          disabled={needsDetails && !stored}
        >
          {t('designer.details', { number })}
        </Button>
        <Group gap={2} mb={4}>
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={number === 1}
            aria-label={t('designer.up', { number })}
            onClick={() => onMove(-1)}
          >
            <IconArrowUp size={16} aria-hidden />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={last}
            aria-label={t('designer.down', { number })}
            onClick={() => onMove(1)}
          >
            <IconArrowDown size={16} aria-hidden />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="red"
            aria-label={t('designer.removeField', { number })}
            onClick={onRemove}
          >
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Group>
      </Group>
      <Collapse expanded={shown} id={details} mt="xs">
        {shown && <FieldDetails field={field} stored={stored} apps={apps} onChange={onChange} />}
      </Collapse>
    </Fieldset>
  );
}
