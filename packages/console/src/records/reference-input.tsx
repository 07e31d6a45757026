import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Field } from '../api/apps.ts';
import type { RecordJson, Value } from '../api/records.ts';
import { type Page, request } from '../api/request.ts';

/** A record of the other app, found by text that it holds; written as that record's number. */
export function ReferenceInput({
  field,
  shared,
  value,
  onChange,
}: {
  field: Field;
  shared: object;
  /** What is shown now: the other record's value, or the number that was chosen here. */
  value: string;
  onChange(value: Value): void;
}) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const [q] = useDebouncedValue(text, 200);
  const found = useQuery({
    queryKey: ['records', String(field.app), 'reference', q],
    queryFn: ({ signal }) =>
      request<Page<RecordJson>>('GET', `/v1/apps/${encodeURIComponent(String(field.app))}/records`, {
        query: { q, limit: 30 },
        signal,
      }),
  });
  const data = (found.data?.items ?? []).map(({ id, fields }) => ({
    value: String(id),
    label: `${id}: ${String(fields[field.field ?? ''] ?? '')}`,
  }));

  return (
    <Select
      {...shared}
      searchable
      clearable
      placeholder={value}
      data={data}
      filter={({ options }) => options} // the server has searched
      value={chosen}
      onSearchChange={setText}
      onChange={(id) => {
        setChosen(id);
        onChange(id === null ? null : Number(id));
      }}
    />
  );
}
