import { Card, Stack, Table, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Offer, type Prices, servicePath } from '../api/catalog.ts';
import { request } from '../api/request.ts';
import { type BillPart, billParts } from './bill.ts';
import { moneyText, priceLines } from './price-text.ts';

type Preview = Record<BillPart | 'total', string> & { currency?: string };

/** What is chosen would cost over a month, as the server computes it, and what comes besides. */
export function CostPreview({
  prices,
  offer,
  users,
  values,
}: {
  prices: Prices | undefined;
  offer: Offer;
  users: readonly { role?: string }[];
  /** What the customer chose. */
  values: Readonly<Record<string, string>>;
}) {
  const { t } = useTranslation();
  const given = JSON.stringify({
    parameters: Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '')),
    users: users.map(({ role }) => (role === undefined ? {} : { role })),
  });
  const [body] = useDebouncedValue(given, 200);
  const path = `${servicePath(offer.service)}/price`;
  const preview = useQuery({
    queryKey: [path, body],
    queryFn: ({ signal }) => request<Preview>('POST', path, { body: JSON.parse(body) as object, signal }),
    enabled: prices !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const { currency } = prices ?? {};
  const byUse = prices?.events ? priceLines({ currency: prices.currency, events: prices.events }, offer) : [];

  return (
    <Card withBorder component="section" aria-label={t('price.preview')}>
      <Stack gap="xs">
        <Title order={2} size="h4">
          {t('price.preview')}
        </Title>
        {prices === undefined && <Text size="sm">{t('price.free')}</Text>}
        {preview.data && !preview.error && currency !== undefined && (
          <Sums preview={preview.data} currency={currency} />
        )}
        {byUse.length > 0 && <Text size="sm">{`${t('price.preview.events')}: ${byUse.join(', ')}`}</Text>}
        {prices !== undefined && (
          <Text size="xs" c="dimmed">
            {t('price.preview.hint')}
          </Text>
        )}
      </Stack>
    </Card>
  );
}

function Sums({ preview, currency }: { preview: Preview; currency: string }) {
  const { t } = useTranslation();
  const shown = billParts.filter((part) => Number(preview[part]) > 0);
  return (
    <Table withRowBorders={false}>
      <Table.Tbody>
        {[...shown, 'total' as const].map((part) => (
          <Table.Tr key={part}>
            <Table.Th scope="row">{t(part === 'total' ? 'price.preview.total' : `bill.${part}`)}</Table.Th>
            <Table.Td className="amount">{moneyText(preview[part], currency)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
