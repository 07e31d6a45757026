import { List, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Offer, Prices } from '../api/catalog.ts';
import { priceLines } from './price-text.ts';

/** Prices in words. `most`: only so many lines. */
export function PricesList({ prices, offer, most }: { prices?: Prices; offer?: Offer; most?: number }) {
  const { t } = useTranslation();
  const lines = priceLines(prices, offer);
  return (
    <>
      <List size="sm" spacing={2}>
        {lines.slice(0, most).map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
        {most !== undefined && lines.length > most && <List.Item>…</List.Item>}
      </List>
      {most === undefined && prices && (
        <Text size="xs" c="dimmed">
          {t(`price.${prices.type ?? 'PRO_RATA'}`)}
        </Text>
      )}
    </>
  );
}
