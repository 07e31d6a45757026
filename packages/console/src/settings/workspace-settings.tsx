import { Button, Group, NativeSelect, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { settingsPath } from '../api/settings.ts';
import { applyWorkspace, type WorkspaceFault } from '../api/workspace.ts';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';
import { timeZones } from '../text/time-zone.ts';

const paths = [
  'timezone',
  'locale',
  'accessUrls.internal',
  'accessUrls.external',
  'passwordExpiry.serviceDesk',
  'passwordExpiry.endUser',
  'richText.disallowedTags',
  'mail.security',
  'mail.from',
] as const;
type Path = (typeof paths)[number];

/** The `settings` of the workspace file as a form; only what was changed is applied. */
export function WorkspaceSettings({ stored }: { stored: Record<string, string> }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [values, setValues] = useState(stored);
  const changed = paths.filter((path) => values[path] !== stored[path]);
  const applying = useMutation({
    mutationFn: () => {
      const settings = nested(changed.map((path) => [path, values[path] ?? '']));
      return applyWorkspace({ renkei: 1, settings });
    },
    async onSuccess({ faults }) {
      if (faults.length > 0) return;
      tell(t('settings.applied'));
      await queries.invalidateQueries({ queryKey: [settingsPath] });
      await queries.invalidateQueries({ queryKey: ['workspace'] });
    },
  });
  const faults: readonly WorkspaceFault[] = applying.data?.faults ?? [];
  const choices = useChoices();

  return (
    <section>
      <Title order={2} size="h4">
        {t('settings.workspace')}
      </Title>
      <Text size="sm" mb="xs">
        {t('settings.workspaceHint')}
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          applying.mutate();
        }}
      >
        <Stack>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            {paths.map((path) => {
              const shared = {
                label: t(`settings.w.${path}`),
                value: values[path] ?? '',
                error: faults.find(({ pointer }) => pointer === `/settings/${path.replace('.', '/')}`)
                  ?.message,
                onChange: ({ currentTarget }: { currentTarget: { value: string } }) => {
                  setValues({ ...values, [path]: currentTarget.value });
                  applying.reset();
                },
              };
              const data = choices[path];
              return data ? (
                <NativeSelect key={path} {...shared} data={data} />
              ) : (
                <TextInput key={path} {...shared} />
              );
            })}
          </SimpleGrid>
          {applying.error && <Problem error={applying.error} />}
          <Group>
            <Button type="submit" loading={applying.isPending} disabled={changed.length === 0}>
              {t('settings.apply')}
            </Button>
          </Group>
        </Stack>
      </form>
    </section>
  );
}

type Choice = { value: string; label: string };

function useChoices(): Partial<Record<Path, (string | Choice)[]>> {
  const { t } = useTranslation();
  const words = (names: readonly ('login' | 'deny' | 'change' | 'sanitize' | 'reject')[]) =>
    names.map((value) => ({ value, label: t(`settings.choice.${value}`) }));
  const expiry = words(['login', 'deny', 'change']);
  return {
    timezone: timeZones(),
    locale: [
      { value: 'ja', label: '日本語' },
      { value: 'en', label: 'English' },
    ],
    'passwordExpiry.serviceDesk': expiry,
    'passwordExpiry.endUser': expiry,
    'richText.disallowedTags': words(['sanitize', 'reject']),
    'mail.security': ['smtp', 'smtps', 'starttls'],
  };
}

/** `mail.from` as `{mail: {from}}`. */
function nested(entries: readonly (readonly [Path, string])[]): object {
  const result: Record<string, unknown> = {};
  for (const [path, value] of entries) {
    const [key, name] = path.split('.') as [string, string?];
    if (name === undefined) result[key] = value;
    else result[key] = { ...(result[key] as object | undefined), [name]: value };
  }
  return result;
}
