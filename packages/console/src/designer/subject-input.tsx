import { Group, NativeSelect, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Member } from '../api/records.ts';
import { type Page, request } from '../api/request.ts';
import type { FieldDeclaration } from './declaration.ts';

export type SubjectKind = 'everyone' | 'user' | 'group' | 'role' | 'field' | 'address';

const roles = ['admin', 'designer', 'userManager', 'technologyProvider', 'supplier', 'customerAdmin'];

/** Who is meant: `everyone`, `user:ID`, `group:ID`, `role:NAME`, `field:NAME`, or for mails an address. */
export function SubjectInput({
  label,
  kinds,
  value,
  fields,
  onChange,
}: {
  label: string;
  kinds: readonly SubjectKind[];
  value: string;
  fields: readonly FieldDeclaration[];
  onChange(value: string): void;
}) {
  const { t } = useTranslation();
  const [kind, name] = splitSubject(value);
  const which = t(`subject.${kind}`);
  const take = (given: string) => onChange(kind === 'address' ? given : `${kind}:${given}`);
  const people = fields.filter(({ type }) => type === 'users' || type === 'groups').map((one) => one.name);

  return (
    <Group gap="xs" align="flex-end">
      <NativeSelect
        label={label}
        value={kind}
        data={kinds.map((one) => ({ value: one, label: t(`subject.${one}`) }))}
        onChange={({ currentTarget }) => onChange(emptySubject(currentTarget.value as SubjectKind, people))}
      />
      {(kind === 'user' || kind === 'group') && (
        <MemberSelect
          key={kind}
          kind={kind === 'user' ? 'users' : 'groups'}
          label={which}
          value={name}
          onChange={take}
        />
      )}
      {kind === 'role' && (
        <NativeSelect
          aria-label={which}
          value={name}
          data={roles}
          onChange={({ currentTarget }) => take(currentTarget.value)}
        />
      )}
      {kind === 'field' && (
        <NativeSelect
          aria-label={which}
          value={name}
          data={[...new Set([...people, '登録者', '更新者', name])].filter((one) => one !== '')}
          onChange={({ currentTarget }) => take(currentTarget.value)}
        />
      )}
      {kind === 'address' && (
        <TextInput
          type="email"
          aria-label={which}
          value={name}
          onChange={({ currentTarget }) => take(currentTarget.value)}
        />
      )}
    </Group>
  );
}

/** One user or group, found by a part of the id or name. */
function MemberSelect({
  kind,
  label,
  value,
  onChange,
}: {
  kind: 'users' | 'groups';
  label: string;
  value: string;
  onChange(id: string): void;
}) {
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text, 200);
  const found = useQuery({
    queryKey: [kind, q],
    queryFn: ({ signal }) => request<Page<Member>>('GET', `/v1/${kind}`, { query: { q, limit: 30 }, signal }),
  });
  const known = (found.data?.items ?? []).map(({ id, name }) => ({ value: id, label: `${name} (${id})` }));
  const data =
    value === '' || known.some((one) => one.value === value) ? known : [{ value, label: value }, ...known];
  return (
    <Select
      aria-label={label}
      searchable
      onSearchChange={(given) => setText(known.some((one) => one.label === given) ? '' : given)}
      filter={({ options }) => options} // the server has searched
      data={data}
      value={value === '' ? null : value}
      onChange={(id) => onChange(id ?? '')}
    />
  );
}

function splitSubject(subject: string): [SubjectKind, string] {
  if (subject === 'everyone') return ['everyone', ''];
  const [, kind, name] = /^(user|group|role|field):(.*)$/s.exec(subject) ?? [];
  return kind === undefined ? ['address', subject] : [kind as SubjectKind, name ?? ''];
}

function emptySubject(kind: SubjectKind, people: readonly string[]): string {
  if (kind === 'everyone') return kind;
  if (kind === 'address') return '';
  return `${kind}:${kind === 'role' ? roles[1] : kind === 'field' ? (people[0] ?? '登録者') : ''}`;
}
