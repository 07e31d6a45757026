import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from './problem.tsx';

/** Asks before something is destroyed, and says what that is. */
export function Confirm(props: {
  opened: boolean;
  onClose(): void;
  onConfirm(): void;
  title: string;
  text: string;
  button: string;
  running: boolean;
  error: Error | null;
  /** What else has to be said first. */
  children?: ReactNode;
}) {
  const { t } = useTranslation();
  const { opened, onClose, onConfirm, title, text, button, running, error, children } = props;
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('cancel') }}>
      <Stack>
        <Text>{text}</Text>
        {children}
        {error && <Problem error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('cancel')}
          </Button>
          <Button color="red" onClick={onConfirm} loading={running}>
            {button}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
