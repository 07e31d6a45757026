import { Button, Group, Stack, TextInput, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { Credentials } from './credentials.tsx';

/** Everybody's sessions, keys and tokens, for administrators. */
export function KeysPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const user = search.get('user') ?? '';
  return (
    <Stack>
      <title>{`${t('people.signedIn')} - Renkei`}</title>
      <Title order={1} size="h2">
        {t('people.signedIn')}
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const given = String(new FormData(event.currentTarget).get('user') ?? '').trim();
          setSearch(given === '' ? {} : { user: given });
        }}
      >
        <Group align="flex-end">
          <TextInput
            key={user}
            name="user"
            size="xs"
            miw={280}
            label={t('cred.ofUser')}
            defaultValue={user}
          />
          <Button type="submit" size="xs" variant="default">
            {t('cred.show')}
          </Button>
        </Group>
      </form>
      <Credentials key={user} user={user === '' ? undefined : user} />
    </Stack>
  );
}
