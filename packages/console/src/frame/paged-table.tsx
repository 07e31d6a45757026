import { Box, Button, Loader, Stack, Table, Text } from '@mantine/core';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Page } from '../api/request.ts';
import { Problem } from './problem.tsx';

/** A list with its further pages; too wide a table scrolls sideways. */
export function PagedTable<T>({
  label,
  list,
  heads,
  row,
  empty,
}: {
  label: string;
  list: UseInfiniteQueryResult<{ pages: Page<T>[] }>;
  heads: readonly string[];
  row(item: T): ReactNode;
  empty: string;
}) {
  const { t } = useTranslation();
  if (list.error) return <Problem error={list.error} retry={() => list.refetch()} />;
  if (!list.data) return <Loader aria-label={t('loading')} />;
  const items = list.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <Text>{empty}</Text>;
  return (
    <Stack>
      <Box className="sideways" role="region" aria-label={label} tabIndex={0}>
        <Table highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              {heads.map((head) => (
                <Table.Th key={head}>{head}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>{items.map(row)}</Table.Tbody>
        </Table>
      </Box>
      {list.hasNextPage && (
        <Button variant="default" onClick={() => list.fetchNextPage()} loading={list.isFetchingNextPage}>
          {t('list.more')}
        </Button>
      )}
    </Stack>
  );
}
