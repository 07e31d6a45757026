import { notifications } from '@mantine/notifications';
import i18next from 'i18next';
import { ApiError } from '../api/request.ts';

/** Says in a corner of the page that something went wrong with what was just done. */
export function tellProblem(error: Error): void {
  const unreachable = error instanceof ApiError && error.status === 0;
  notifications.show({
    role: 'alert',
    color: 'red',
    autoClose: 12_000,
    closeButtonProps: { 'aria-label': i18next.t('close') },
    title: i18next.t('error.title'),
    message: unreachable ? i18next.t('error.unreachable') : error.message,
  });
}

/** Says that something was done. */
export function tell(message: string): void {
  notifications.show({
    color: 'green',
    message,
    closeButtonProps: { 'aria-label': i18next.t('close') },
  });
}
