import { ActionIcon, Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { IconFilter, IconSearch, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { App } from '../api/apps.ts';
import type { Comparison, RecordQuery } from '../api/records.ts';
import { operators, takesValue } from './operators.ts';

/** Search text and conditions; all of them hold. Applied on Enter or by the button, for every change asks the server. */
export function FilterBar({
  app,
  query,
  onChange,
}: {
  app: App;
  query: RecordQuery;
  onChange(query: RecordQuery): void;
}) {
  const { t } = useTranslation();
  const [q, setQ] = useState(query.q);
  const [draft, setDraft] = useState<Comparison[]>([...query.filter]);
  const fields = app.fields.filter(({ type }) => type !== 'files' && type !== 'table');

  function change(at: number, part: Partial<Comparison>) {
    setDraft(draft.map((one, index) => (index === at ? { ...one, ...part } : one)));
  }

  function apply() {
    const filter = draft.map(({ field, op, value = '' }) =>
      takesValue(op) ? { field, op, value } : { field, op },
    );
    onChange({ ...query, q, filter });
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <Stack gap="xs">
        <Group gap="xs">
          <TextInput
            type="search"
            size="xs"
            aria-label={t('filter.text')}
            placeholder={t('filter.text')}
            value={q}
            onChange={({ currentTarget }) => setQ(currentTarget.value)}
          />
          <Button
            size="xs"
            variant="default"
            leftSection={<IconFilter size={14} aria-hidden />}
            onClick={() => setDraft([...draft, { field: fields[0]?.name ?? '', op: '=', value: '' }])}
            disabled={fields.length === 0}
          >
            {t('filter.add')}
          </Button>
          <Button size="xs" type="submit" leftSection={<IconSearch size={14} aria-hidden />}>
            {t('filter.apply')}
          </Button>
        </Group>
        {draft.map(({ field, op, value = '' }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no identity but their place
          <Group key={index} gap="xs" role="group" aria-label={t('filter.condition', { number: index + 1 })}>
            <NativeSelect
              size="xs"
              aria-label={t('filter.field')}
              value={field}
              data={fields.map(({ name }) => name)}
              onChange={({ currentTarget }) => change(index, { field: currentTarget.value })}
            />
            <NativeSelect
              size="xs"
              aria-label={t('filter.operator')}
              value={op}
              data={operators.map((one) => ({ value: one, label: t(`op.${one}`) }))}
              onChange={({ currentTarget }) => change(index, { op: currentTarget.value })}
            />
            {takesValue(op) && (
              <TextInput
                size="xs"
                aria-label={t('filter.value')}
                value={value}
                onChange={({ currentTarget }) => change(index, { value: currentTarget.value })}
              />
            )}
            <ActionIcon
              variant="subtle"
              color="red"
              aria-label={t('filter.remove')}
              onClick={() => setDraft(draft.filter((_, other) => other !== index))}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
      </Stack>
    </form>
  );
}
