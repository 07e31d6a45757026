import { Anchor, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { ErrorLogItem } from '../api/deliveries.ts';
import { usePages } from '../api/pages.ts';
import { PagedTable } from '../frame/paged-table.tsx';
import { instantText } from '../records/value-text.ts';

/** What the automations of one app met: receivers' own messages, unchanged. */
export function ErrorLog({ app }: { app: string }) {
  const { t } = useTranslation();
  const list = usePages<ErrorLogItem>(
    `/v1/apps/${app}/error-log`,
    {},
    { live: `deliveries:${app}`, enabled: app !== '' },
  );
  if (app === '') return <Text>{t('delivery.chooseApp')}</Text>;
  return (
    <PagedTable
      label={t('delivery.errors')}
      list={list}
      empty={t('delivery.noErrors')}
      heads={[
        t('delivery.at'),
        t('delivery.automation'),
        t('delivery.record'),
        t('delivery.status'),
        t('delivery.message'),
      ]}
      row={({ id, at, automation, record, status, message }) => (
        <Table.Tr key={id}>
          <Table.Td>{instantText(at)}</Table.Td>
          <Table.Td>{automation}</Table.Td>
          <Table.Td>
            {record !== null && (
              <Anchor component={Link} to={`/apps/${app}/records/${record}`}>
                {record}
              </Anchor>
            )}
          </Table.Td>
          <Table.Td>{status ?? '-'}</Table.Td>
          <Table.Td>{message}</Table.Td>
        </Table.Tr>
      )}
    />
  );
}
