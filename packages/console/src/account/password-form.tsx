import { Button, PasswordInput, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, request } from '../api/request.ts';
import { Problem } from '../frame/problem.tsx';
import { tell } from '../frame/tell.tsx';

const empty = { current: '', next: '', again: '' };

/** One's own password, for who knows the present one. */
export function PasswordForm() {
  const { t } = useTranslation();
  const [values, setValues] = useState(empty);
  const { current, next, again } = values;
  const changing = useMutation({
    mutationFn: () => request('POST', '/v1/me/password', { body: { current, password: next } }),
    onSuccess() {
      setValues(empty);
      tell(t('account.passwordChanged'));
    },
  });
  const wrong =
    changing.error instanceof ApiError && changing.error.faults.find((one) => one.pointer === '/current');
  const input = (key: keyof typeof empty, label: string, autoComplete: string, error?: string | false) => (
    <PasswordInput
      label={label}
      autoComplete={autoComplete}
      value={values[key]}
      onChange={({ currentTarget }) => setValues({ ...values, [key]: currentTarget.value })}
      error={error}
      required
    />
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        changing.mutate();
      }}
    >
      <Stack maw={360}>
        {input('current', t('account.passwordCurrent'), 'current-password', wrong ? wrong.detail : false)}
        {input('next', t('account.passwordNew'), 'new-password')}
        {input(
          'again',
          t('account.passwordRepeat'),
          'new-password',
          again !== '' && again !== next && t('account.passwordDiffers'),
        )}
        {changing.error && !wrong && <Problem error={changing.error} />}
        <Button type="submit" loading={changing.isPending} disabled={next === '' || next !== again}>
          {t('account.passwordChange')}
        </Button>
      </Stack>
    </form>
  );
}
