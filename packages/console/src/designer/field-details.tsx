import { Checkbox, Group, MultiSelect, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { numberOrText, withPart } from './change.ts';
import { type AppDeclaration, type FieldDeclaration, formulaResults, has } from './declaration.ts';
import { FieldsEditor } from './fields-editor.tsx';
import { LinesInput } from './lines-input.tsx';

/** What a field has beyond its name and type. */
export function FieldDetails({
  field,
  stored,
  apps,
  onChange,
}: {
  field: FieldDeclaration;
  stored: FieldDeclaration | undefined;
  apps: readonly AppDeclaration[];
  onChange(field: FieldDeclaration): void;
}) {
  const { t } = useTranslation();
  const { type } = field;

  const limit = (key: 'maxLength' | 'min' | 'max' | 'digits') =>
    has(type, key) && (
      <TextInput
        key={key}
        label={t(`designer.${key}`)}
        inputMode="decimal"
        value={field[key] ?? ''}
        onChange={({ currentTarget }) => onChange(withPart(field, key, numberOrText(currentTarget.value)))}
      />
    );

  return (
    <Stack gap="xs">
      {has(type, 'options') && (
        <LinesInput
          label={t('designer.options')}
          value={field.options ?? []}
          onChange={(options) => onChange({ ...field, options })}
        />
      )}
      {has(type, 'expression') && (
        <Group grow align="flex-start">
          <TextInput
            label={t('designer.expression')}
            description={t('designer.expressionHint')}
            value={field.expression ?? ''}
            onChange={({ currentTarget }) => onChange({ ...field, expression: currentTarget.value })}
          />
          <NativeSelect
            label={t('designer.result')}
            description={t('designer.resultHint')}
            value={field.result ?? 'number'}
            data={formulaResults.map((one) => ({ value: one, label: t(`type.${one}`) }))}
            onChange={({ currentTarget }) => onChange({ ...field, result: currentTarget.value })}
          />
        </Group>
      )}
      {type === 'reference' && <ReferenceTarget field={field} apps={apps} onChange={onChange} />}
      <Group align="flex-end">
        <TextInput
          label={t('designer.fieldAlias')}
          value={field.alias ?? ''}
          onChange={({ currentTarget }) =>
            onChange(withPart(field, 'alias', currentTarget.value || undefined))
          }
        />
        {limit('maxLength')}
        {limit('min')}
        {limit('max')}
        {has(type, 'prefix') && (
          <TextInput
            label={t('designer.prefix')}
            value={field.prefix ?? ''}
            onChange={({ currentTarget }) =>
              onChange(withPart(field, 'prefix', currentTarget.value || undefined))
            }
          />
        )}
        {limit('digits')}
        {has(type, 'default') && <DefaultInput field={field} onChange={onChange} />}
        {has(type, 'unique') && (
          <Checkbox
            mb={8}
            label={t('designer.unique')}
            checked={field.unique === true}
            onChange={({ currentTarget }) =>
              onChange(withPart(field, 'unique', currentTarget.checked || undefined))
            }
          />
        )}
        {has(type, 'multiple') && (
          <Checkbox
            mb={8}
            label={t('designer.multiple')}
            checked={field.multiple !== false}
            onChange={({ currentTarget }) =>
              onChange(withPart(field, 'multiple', currentTarget.checked ? undefined : false))
            }
          />
        )}
      </Group>
      {type === 'table' && (
        <FieldsEditor
          inTable
          fields={field.fields ?? []}
          stored={stored?.fields ?? []}
          apps={apps}
          onChange={(fields) => onChange({ ...field, fields })}
        />
      )}
    </Stack>
  );
}

type Part = { field: FieldDeclaration; onChange(field: FieldDeclaration): void };

function ReferenceTarget({ field, apps, onChange }: Part & { apps: readonly AppDeclaration[] }) {
  const { t } = useTranslation();
  const target = apps.find(
    ({ id, alias }) => id === field.app || (alias !== undefined && alias === field.app),
  );
  const names = (target?.fields ?? [])
    .filter(({ type }) => !['reference', 'table', 'files'].includes(type))
    .map(({ name }) => name);
  return (
    <Group>
      <NativeSelect
        label={t('designer.referenceApp')}
        value={target ? String(target.id) : ''}
        data={[{ value: '', label: '' }, ...apps.map(({ id, name }) => ({ value: String(id), label: name }))]}
        onChange={({ currentTarget }) => {
          const chosen = apps.find(({ id }) => String(id) === currentTarget.value);
          const { app: _, field: __, ...rest } = field;
          onChange(chosen ? { ...rest, app: chosen.alias ?? chosen.id } : rest);
        }}
      />
      <NativeSelect
        label={t('designer.referenceField')}
        value={field.field ?? ''}
        data={['', ...names]}
        onChange={({ currentTarget }) => onChange(withPart(field, 'field', currentTarget.value || undefined))}
      />
    </Group>
  );
}

function DefaultInput({ field, onChange }: Part) {
  const { t } = useTranslation();
  const label = t('designer.default');
  const take = (value: unknown) => onChange(withPart(field, 'default', value));
  const text = field.default === undefined ? '' : String(field.default);
  switch (field.type) {
    case 'select':
      return (
        <NativeSelect
          label={label}
          value={text}
          data={['', ...(field.options ?? [])]}
          onChange={({ currentTarget }) => take(currentTarget.value || undefined)}
        />
      );
    case 'multiSelect':
      return (
        <MultiSelect
          label={label}
          value={(field.default ?? []) as string[]}
          data={[...new Set(field.options)]}
          onChange={(chosen) => take(chosen.length > 0 ? chosen : undefined)}
        />
      );
    case 'users':
      return (
        <Checkbox
          mb={8}
          label={t('designer.defaultSelf')}
          checked={field.default === 'LOGINUSER()'}
          onChange={({ currentTarget }) => take(currentTarget.checked ? 'LOGINUSER()' : undefined)}
        />
      );
    case 'number':
      return (
        <TextInput
          label={label}
          inputMode="decimal"
          value={text}
          onChange={({ currentTarget }) => take(numberOrText(currentTarget.value))}
        />
      );
    default:
      return (
        <TextInput
          label={label}
          placeholder={/^(date|time)/.test(field.type) ? t('designer.defaultNow') : ''}
          value={text}
          onChange={({ currentTarget }) => take(currentTarget.value || undefined)}
        />
      );
  }
}
