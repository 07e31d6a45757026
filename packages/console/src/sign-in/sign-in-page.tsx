import { Button, Center, Group, Paper, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { signIn } from '../api/session.ts';
import { ColorsButton } from '../frame/colors-button.tsx';
import { LanguageSelect } from '../frame/language-select.tsx';
import { Problem } from '../frame/problem.tsx';

/** Signs in and goes on to where one wanted to go. */
export function SignInPage() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { state } = useLocation() as { state: { from?: string } | null };
  const entering = useMutation({
    mutationFn: ({ username, password }: { username: string; password: string }) =>
      signIn(username, password),
    async onSuccess() {
      queries.clear();
      await navigate(state?.from ?? '/', { replace: true });
    },
  });

  function submit(form: FormData) {
    entering.mutate({ username: String(form.get('username')), password: String(form.get('password')) });
  }

  return (
    <Center mih="100dvh" p="md" component="main">
      <Paper withBorder p="xl" w={380} maw="100%">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            submit(new FormData(event.currentTarget));
          }}
        >
          <Stack>
            <Title order={1} size="h3">
              {t('signIn.title')}
            </Title>
            <TextInput
              name="username"
              label={t('signIn.username')}
              autoComplete="username"
              required
              autoFocus
            />
            <PasswordInput
              name="password"
              label={t('signIn.password')}
              autoComplete="current-password"
              required
            />
            {entering.isError && <Problem error={entering.error} />}
            <Button type="submit" loading={entering.isPending}>
              {t('signIn.button')}
            </Button>
            <Group justify="flex-end" gap="xs">
              <LanguageSelect />
              <ColorsButton />
            </Group>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
