import { Anchor, Button, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { usePages } from '../api/pages.ts';
import { PagedTable } from '../frame/paged-table.tsx';
import type { Bill } from './bill.ts';
import { billParts } from './bill.ts';
import { BillDownload } from './bill-download.tsx';
import { moneyText } from './price-text.ts';

type MonthlyBill = Bill & {
  subscription: string;
  /** `2026-04`. */
  month: string;
  subscriptionId: string;
  service: string;
  organization: string;
  supplier: string;
};
const path = '/v1/catalog/monthly-bills';

/** The bills that were made when their month was over: those one pays or is paid. */
export function MonthlyBills() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const month = search.get('month') ?? '';
  const list = usePages<MonthlyBill>(path, { month }, { live: 'subscriptions' });
  const query = { ...(month !== '' && { month }), limit: '500' };
  return (
    <Stack>
      <Text size="sm">{t('bill.about')}</Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const given = String(new FormData(event.currentTarget).get('month') ?? '');
          setSearch(given === '' ? {} : { month: given });
        }}
      >
        <Group align="flex-end">
          <TextInput
            size="xs"
            name="month"
            label={t('bill.month')}
            placeholder="2026-04"
            pattern="[1-9][0-9]{3}-(0[1-9]|1[0-2])"
            defaultValue={month}
          />
          <Button size="xs" type="submit" variant="default">
            {t('filter.apply')}
          </Button>
          <BillDownload
            label={t('downloadCsv')}
            accept="text/csv"
            path={path}
            query={query}
            name="bills.csv"
          />
          <BillDownload
            label={t('bill.xml')}
            accept="application/xml"
            path={path}
            query={query}
            name="bills.xml"
          />
        </Group>
      </form>
      <PagedTable
        label={t('catalog.bills')}
        list={list}
        empty={t('bill.noneMade')}
        heads={[
          t('bill.month'),
          t('catalog.customer'),
          t('catalog.id'),
          t('catalog.service'),
          t('catalog.supplier'),
          ...[...billParts, 'total' as const].map((part) => t(`bill.${part}`)),
        ]}
        row={(bill) => (
          <Table.Tr key={`${bill.subscription} ${bill.month}`}>
            <Table.Td>{bill.month}</Table.Td>
            <Table.Td>{bill.organization}</Table.Td>
            <Table.Td>
              <Anchor component={Link} to={`/catalog/subscriptions/${bill.subscription}`} size="sm">
                {bill.subscriptionId}
              </Anchor>
            </Table.Td>
            <Table.Td>{bill.service}</Table.Td>
            <Table.Td>{bill.supplier}</Table.Td>
            {[...billParts, 'total' as const].map((part) => (
              <Table.Td key={part} className="amount">
                {moneyText(bill[part], bill.currency)}
              </Table.Td>
            ))}
          </Table.Tr>
        )}
      />
    </Stack>
  );
}
