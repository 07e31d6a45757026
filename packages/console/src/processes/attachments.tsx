import { ActionIcon, Anchor, Button, FileButton, Group, Loader, Stack, Table, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Attachment, addAttachment, attachmentsPath } from '../api/processes.ts';
import { type Page, request } from '../api/request.ts';
import { Confirm } from '../frame/confirm.tsx';
import { Problem } from '../frame/problem.tsx';
import { instantText } from '../records/value-text.ts';

/** Files that belong to a process as a whole. */
export function AttachmentList({ type, id, mayChange }: { type: string; id: string; mayChange: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const path = attachmentsPath(type, id);
  const list = useQuery({
    queryKey: ['attachments', path],
    queryFn: ({ signal }) => request<Page<Attachment>>('GET', path, { signal }),
  });
  const adding = useMutation({
    async mutationFn(files: File[]) {
      for (const file of files) await addAttachment(type, id, file); // in the order in which they were chosen
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['attachments', path] }),
  });

  const [asked, setAsked] = useState<{ n: number; name: string }>();
  const removing = useMutation({
    mutationFn: (n: number) => request<void>('DELETE', `${path}/${n}`),
    async onSuccess() {
      setAsked(undefined);
      await queries.invalidateQueries({ queryKey: ['attachments', path] });
    },
  });

  if (list.error) return <Problem error={list.error} retry={() => list.refetch()} />;
  if (!list.data) return <Loader aria-label={t('loading')} />;
  return (
    <Stack align="flex-start">
      {list.data.items.length === 0 && <Text>{t('attachments.none')}</Text>}
      {list.data.items.length > 0 && (
        <Table>
          <Table.Tbody>
            {list.data.items.map(({ n, name, size, addedAt, addedBy }) => (
              <Table.Tr key={n}>
                <Table.Td>
                  <Anchor href={`${path}/${n}`} download={name} size="sm">
                    {name}
                  </Anchor>
                </Table.Td>
                <Table.Td>{t('bytes', { count: size })}</Table.Td>
                <Table.Td>{addedBy}</Table.Td>
                <Table.Td>{instantText(addedAt)}</Table.Td>
                {mayChange && (
                  <Table.Td>
                    <ActionIcon
                      variant="subtle"
                      color="red"
                      aria-label={t('attachments.remove', { name })}
                      onClick={() => setAsked({ n, name })}
                    >
                      <IconTrash size={16} aria-hidden />
                    </ActionIcon>
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {adding.error && <Problem error={adding.error} />}
      {mayChange && (
        <Group>
          <FileButton multiple onChange={(files) => adding.mutate(files)}>
            {(button) => (
              <Button {...button} size="xs" variant="default" loading={adding.isPending}>
                {t('attachments.add')}
              </Button>
            )}
          </FileButton>
        </Group>
      )}
      <Confirm
        opened={asked !== undefined}
        onClose={() => setAsked(undefined)}
        onConfirm={() => asked && removing.mutate(asked.n)}
        title={t('attachments.remove', { name: asked?.name })}
        text={t('attachments.removeAsk', { name: asked?.name })}
        button={t('attachments.removeButton')}
        running={removing.isPending}
        error={removing.error}
      />
    </Stack>
  );
}
