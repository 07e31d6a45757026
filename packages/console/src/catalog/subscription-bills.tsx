import { Box, Group, Loader, NativeSelect, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Subscription } from '../api/catalog.ts';
import { type Page, request } from '../api/request.ts';
import { Problem } from '../frame/problem.tsx';
import { type Bill, billParts, monthText } from './bill.ts';
import { BillDownload } from './bill-download.tsx';
import { moneyText } from './price-text.ts';

const BillsChart = lazy(() => import('./bills-chart.tsx'));

const path = '/v1/catalog/bills';

/** What a subscription costs, month by month: chart, table, XML and CSV. */
export function SubscriptionBills({ subscription: { key } }: { subscription: Subscription }) {
  const { t } = useTranslation();
  const [months, setMonths] = useState(12);
  const query = { subscription: key, ...lastMonths(months), each: 'month' };
  const bills = useQuery({
    queryKey: [path, key, months],
    queryFn: ({ signal }) => request<Page<Bill>>('GET', path, { query, signal }),
  });
  const items = bills.data?.items ?? [];
  return (
    <Stack>
      <Group align="flex-end">
        <NativeSelect
          size="xs"
          label={t('bill.months')}
          value={String(months)}
          data={['3', '12', '24']}
          onChange={({ currentTarget }) => setMonths(Number(currentTarget.value))}
        />
        <BillDownload
          path={path}
          label={t('downloadCsv')}
          accept="text/csv"
          query={query}
          name={`bills-${key}.csv`}
        />
        <BillDownload
          path={path}
          label={t('bill.xml')}
          accept="application/xml"
          query={query}
          name={`bills-${key}.xml`}
        />
      </Group>
      {bills.error && <Problem error={bills.error} />}
      {bills.isPending && <Loader aria-label={t('loading')} />}
      {bills.data && items.length === 0 && <Text>{t('bill.none')}</Text>}
      {items.length > 0 && (
        <>
          <Suspense fallback={<Loader aria-label={t('loading')} />}>
            <BillsChart bills={items} />
          </Suspense>
          <BillsTable bills={items} />
        </>
      )}
    </Stack>
  );
}

function BillsTable({ bills }: { bills: readonly Bill[] }) {
  const { t } = useTranslation();
  return (
    <Box className="sideways" role="region" aria-label={t('sub.bills')} tabIndex={0}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('bill.month')}</Table.Th>
            {[...billParts, 'total' as const].map((part) => (
              <Table.Th key={part}>{t(`bill.${part}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {bills.map((bill) => (
            <Table.Tr key={bill.from}>
              <Table.Td>{monthText(bill.from)}</Table.Td>
              {[...billParts, 'total' as const].map((part) => (
                <Table.Td key={part} className="amount">
                  {moneyText(bill[part], bill.currency)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}

/** From the beginning of the month so many months back to the end of this one, in the browser's time zone. */
function lastMonths(count: number): { from: string; to: string } {
  const now = new Date();
  const start = (later: number) => withOffset(new Date(now.getFullYear(), now.getMonth() + later, 1));
  return { from: start(1 - count), to: start(1) };
}

/** RFC 3339 with the browser's offset: months are those of the reader. */
function withOffset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0');
  const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, 19);
  return `${local}${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
