import { ActionIcon, Box, Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { operators, takesValue } from '../apps/operators.ts';
import { numberOrText, removed, replaced } from './change.ts';
import type { ComparisonDeclaration, Condition, FieldDeclaration } from './declaration.ts';

type GroupCondition = Exclude<Condition, ComparisonDeclaration>;

/** A condition with groups in groups: all or any of what stands in them. Without one everything is meant. */
export function ConditionEditor({
  label,
  value,
  fields,
  onChange,
}: {
  label: string;
  value: Condition | undefined;
  fields: readonly FieldDeclaration[];
  onChange(value: Condition | undefined): void;
}) {
  const { t } = useTranslation();
  if (value === undefined) {
    return (
      <Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange({ all: [emptyComparison(fields)] })}
        >
          {t('condition.start')}
        </Button>
      </Group>
    );
  }
  return (
    <GroupEditor
      label={label}
      value={'field' in value ? { all: [value] } : value}
      fields={fields}
      onChange={onChange}
      onRemove={() => onChange(undefined)}
    />
  );
}

function GroupEditor({
  label,
  value,
  fields,
  onChange,
  onRemove,
}: {
  label: string;
  value: GroupCondition;
  fields: readonly FieldDeclaration[];
  onChange(value: Condition): void;
  onRemove(): void;
}) {
  const { t } = useTranslation();
  const every = 'all' in value;
  const items = every ? value.all : value.any;
  const change = (list: Condition[]) => onChange(every ? { all: list } : { any: list });

  return (
    <Box className="condition-group" role="group" aria-label={label}>
      <Stack gap="xs">
        <Group gap="xs">
          <NativeSelect
            size="xs"
            aria-label={t('condition.combine')}
            value={every ? 'all' : 'any'}
            data={[
              { value: 'all', label: t('condition.all') },
              { value: 'any', label: t('condition.any') },
            ]}
            onChange={({ currentTarget }) =>
              onChange(currentTarget.value === 'all' ? { all: items } : { any: items })
            }
          />
          <Button size="xs" variant="default" onClick={() => change([...items, emptyComparison(fields)])}>
            {t('filter.add')}
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() => change([...items, { any: [emptyComparison(fields)] }])}
          >
            {t('condition.addGroup')}
          </Button>
          <RemoveButton label={t('condition.removeGroup')} onClick={onRemove} />
        </Group>
        {items.map((item, index) => {
          const name = t('filter.condition', { number: index + 1 });
          const Editor = 'field' in item ? ComparisonEditor : GroupEditor;
          return (
            <Editor
              // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no identity but their place
              key={index}
              label={name}
              value={item as never}
              fields={fields}
              onChange={(changed) => change(replaced(items, index, changed))}
              onRemove={() => change(removed(items, index))}
            />
          );
        })}
      </Stack>
    </Box>
  );
}

function ComparisonEditor({
  label,
  value,
  fields,
  onChange,
  onRemove,
}: {
  label: string;
  value: ComparisonDeclaration;
  fields: readonly FieldDeclaration[];
  onChange(value: Condition): void;
  onRemove(): void;
}) {
  const { t } = useTranslation();
  const { field: name, op } = value;
  const field = fields.find((one) => one.name === name);
  const names = fields.filter(({ type }) => type !== 'table').map((one) => one.name);
  const text = value.value === undefined || value.value === null ? '' : String(value.value);

  function take(given: string) {
    const number = field?.type === 'number' || field?.result === 'number';
    onChange({ field: name, op, value: number ? (numberOrText(given) ?? '') : given });
  }

  return (
    <Group gap="xs" role="group" aria-label={label}>
      <NativeSelect
        size="xs"
        aria-label={t('filter.field')}
        value={name}
        data={names.includes(name) ? names : [name, ...names]}
        onChange={({ currentTarget }) => onChange({ ...value, field: currentTarget.value })}
      />
      <NativeSelect
        size="xs"
        aria-label={t('filter.operator')}
        value={op}
        data={operators.map((one) => ({ value: one, label: t(`op.${one}`) }))}
        onChange={({ currentTarget }) => {
          const to = currentTarget.value;
          onChange(
            takesValue(to) ? { field: name, op: to, value: value.value ?? '' } : { field: name, op: to },
          );
        }}
      />
      {takesValue(op) &&
        (field?.options ? (
          <NativeSelect
            size="xs"
            aria-label={t('filter.value')}
            value={text}
            data={field.options.includes(text) ? field.options : [text, ...field.options]}
            onChange={({ currentTarget }) => take(currentTarget.value)}
          />
        ) : (
          <TextInput
            size="xs"
            aria-label={t('filter.value')}
            type={field?.type === 'date' ? 'date' : 'text'}
            value={text}
            onChange={({ currentTarget }) => take(currentTarget.value)}
          />
        ))}
      <RemoveButton label={t('filter.remove')} onClick={onRemove} />
    </Group>
  );
}

function RemoveButton({ label, onClick }: { label: string; onClick(): void }) {
  return (
    <ActionIcon variant="subtle" color="red" aria-label={label} onClick={onClick}>
      <IconTrash size={16} aria-hidden />
    </ActionIcon>
  );
}

function emptyComparison(fields: readonly FieldDeclaration[]): ComparisonDeclaration {
  return { field: fields[0]?.name ?? '', op: '=', value: '' };
}
