import { Stack, Tabs, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../api/session.ts';
import { useServerSettings } from '../api/settings.ts';
import { Groups } from './groups.tsx';
import { Users } from './users.tsx';

/** Users and groups: who there is, and for administrators and user managers, changing it. */
export function PeoplePage() {
  const { t } = useTranslation();
  const roles = useMe().data?.roles ?? [];
  const editable = roles.includes('admin') || roles.includes('userManager');
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text, 200);

  return (
    <Stack>
      <title>{`${t('frame.people')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('frame.people')}
      </Title>
      {editable && <Text size="sm">{t('people.about2')}</Text>}
      {roles.includes('admin') && <FileHint />}
      <TextInput
        type="search"
        size="xs"
        maw={320}
        label={t('people.search')}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Tabs defaultValue="users" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="users">{t('type.users')}</Tabs.Tab>
          <Tabs.Tab value="groups">{t('type.groups')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users" pt="md">
          <Users q={q} editable={editable} />
        </Tabs.Panel>
        <Tabs.Panel value="groups" pt="md">
          <Groups q={q} editable={editable} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

/** A workspace file that is applied at every start has the last word on those it mentions. */
function FileHint() {
  const { t } = useTranslation();
  const settings = useServerSettings();
  const file = settings.data?.settings.find(({ key }) => key === 'RENKEI_WORKSPACE')?.value;
  return file ? <Text size="sm">{t('people.fileHint', { file })}</Text> : null;
}
