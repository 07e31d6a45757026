import { Card, Stack, Table, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Offer, Period, Prices } from '../api/catalog.ts';
import { estimate, moneyText, priceLines } from './price-text.ts';

const periods: readonly Period[] = ['month', 'week', 'day', 'hour'];

/** What is chosen would cost: once, and for every period. */
export function CostPreview({
  prices,
  offer,
  users,
  values,
}: {
  prices: Prices | undefined;
  offer: Offer;
  users: readonly { role?: string }[];
  values: Readonly<Record<string, string>>;
}) {
  const { t } = useTranslation();
  return (
    <Card withBorder component="section" aria-label={t('price.preview')}>
      <Stack gap="xs">
        <Title order={2} size="h4">
          {t('price.preview')}
        </Title>
        {prices === undefined ? (
          <Text size="sm">{t('price.free')}</Text>
        ) : (
          <Sums prices={prices} offer={offer} users={users} values={values} />
        )}
      </Stack>
    </Card>
  );
}

function Sums({
  prices,
  offer,
  users,
  values,
}: {
  prices: Prices;
  offer: Offer;
  users: readonly { role?: string }[];
  values: Readonly<Record<string, string>>;
}) {
  const { t } = useTranslation();
  const { once, every } = estimate(prices, users, values, offer.parameters);
  const money = (amount: number) => moneyText(amount, prices.currency);
  const { currency, events, freePeriod } = prices;
  const byUse = events ? priceLines({ currency, events }, offer) : [];
  return (
    <>
      <Table withRowBorders={false}>
        <Table.Tbody>
          <Table.Tr>
            <Table.Th scope="row">{t('price.preview.once')}</Table.Th>
            <Table.Td className="amount">{money(once)}</Table.Td>
          </Table.Tr>
          {periods.map((period) => {
            const amount = every[period];
            return (
              amount !== undefined && (
                <Table.Tr key={period}>
                  <Table.Th scope="row">{t(`price.preview.${period}`)}</Table.Th>
                  <Table.Td className="amount">{money(amount)}</Table.Td>
                </Table.Tr>
              )
            );
          })}
        </Table.Tbody>
      </Table>
      {byUse.length > 0 && <Text size="sm">{`${t('price.preview.events')}: ${byUse.join(', ')}`}</Text>}
      {freePeriod !== undefined && freePeriod > 0 && (
        <Text size="sm">{t('price.freeDays', { count: freePeriod })}</Text>
      )}
      <Text size="xs" c="dimmed">
        {t('price.preview.hint')}
      </Text>
    </>
  );
}
