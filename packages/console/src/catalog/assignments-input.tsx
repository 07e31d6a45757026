import { Button, CloseButton, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Offer } from '../api/catalog.ts';
import type { Member } from '../api/records.ts';
import { MemberInput } from '../records/member-input.tsx';

export type Assigned = { user: string; role?: string };

/** Users with their roles, found among all there are. */
export function AssignmentsInput({
  roles,
  value,
  onChange,
}: {
  roles: Offer['roles'];
  value: readonly Assigned[];
  onChange(value: Assigned[]): void;
}) {
  const { t } = useTranslation();
  const [found, setFound] = useState<Member[]>([]);
  const first = roles[0]?.id;

  function add() {
    const taken = new Set(value.map(({ user }) => user));
    const fresh = found.filter(({ id }) => !taken.has(id));
    onChange([
      ...value,
      ...fresh.map(({ id }) => ({ user: id, ...(first !== undefined && { role: first }) })),
    ]);
    setFound([]);
  }

  return (
    <Stack>
      <Group align="flex-end">
        <MemberInput
          kind="users"
          shared={{ label: t('type.users'), miw: 280 }}
          value={found}
          onChange={(members) => setFound(members as Member[])}
        />
        <Button variant="default" onClick={add} disabled={found.length === 0}>
          {t('sub.addUser')}
        </Button>
      </Group>
      {value.length === 0 && <Text size="sm">{t('subscribe.noUsers')}</Text>}
      {value.map((one, index) => (
        <Group key={one.user}>
          <Text miw={120}>{one.user}</Text>
          {roles.length > 0 && (
            <NativeSelect
              size="xs"
              aria-label={t('catalog.role.of', { user: one.user })}
              value={one.role ?? ''}
              data={roles.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={({ currentTarget }) =>
                onChange(value.with(index, { user: one.user, role: currentTarget.value }))
              }
            />
          )}
          <CloseButton
            aria-label={t('sub.removeUserLabel', { user: one.user })}
            onClick={() => onChange(value.toSpliced(index, 1))}
          />
        </Group>
      ))}
    </Stack>
  );
}
