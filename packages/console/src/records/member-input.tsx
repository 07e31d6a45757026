import { MultiSelect } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Member, Value } from '../api/records.ts';
import { type Page, request } from '../api/request.ts';

/** Users or groups, found by a part of their id or name. */
export function MemberInput({
  kind,
  shared,
  value,
  onChange,
}: {
  kind: 'users' | 'groups';
  shared: object;
  value: readonly Member[];
  onChange(value: Value): void;
}) {
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text, 200);
  const found = useQuery({
    queryKey: [kind, q],
    queryFn: ({ signal }) => request<Page<Member>>('GET', `/v1/${kind}`, { query: { q, limit: 30 }, signal }),
  });
  const known = new Map([...value, ...(found.data?.items ?? [])].map((member) => [member.id, member]));

  return (
    <MultiSelect
      {...shared}
      searchable
      searchValue={text}
      onSearchChange={setText}
      data={[...known.values()].map(({ id, name }) => ({ value: id, label: name }))}
      filter={({ options }) => options} // the server has searched
      value={value.map(({ id }) => id)}
      onChange={(ids) => onChange(ids.flatMap((id) => known.get(id) ?? []))}
    />
  );
}
