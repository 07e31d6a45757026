import { Anchor, Button, Code, Modal, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePages } from '../api/pages.ts';
import { importsPath, type PlanningImport, type RefusedRecord } from '../api/planning.ts';
import { PagedTable } from '../frame/paged-table.tsx';
import { instantText } from '../records/value-text.ts';

/** Imports of the last 90 days; the records that one refused, with the reasons. */
export function ImportLog({ application }: { application: string }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<PlanningImport>();
  const list = usePages<PlanningImport>(importsPath(application), {});
  return (
    <>
      <PagedTable
        label={t('planning.imports')}
        list={list}
        empty={t('planning.noImports')}
        heads={[
          t('planning.at'),
          t('log.user'),
          t('planning.form'),
          t('planning.pov'),
          t('planning.edition'),
          t('planning.records'),
          t('planning.refused'),
        ]}
        row={(one) => (
          <Table.Tr key={one.id}>
            <Table.Td>{instantText(one.at)}</Table.Td>
            <Table.Td>{one.by}</Table.Td>
            <Table.Td>{one.form}</Table.Td>
            <Table.Td>
              {Object.entries(one.pov)
                .map(([dimension, member]) => `${dimension}=${member}`)
                .join(', ')}
            </Table.Td>
            <Table.Td>{one.edition}</Table.Td>
            <Table.Td ta="right">{one.records}</Table.Td>
            <Table.Td ta="right">
              {one.refused === 0 ? (
                0
              ) : (
                <Anchor component="button" size="sm" onClick={() => setChosen(one)}>
                  {t('planning.showRefused', { count: one.refused })}
                </Anchor>
              )}
            </Table.Td>
          </Table.Tr>
        )}
      />
      {chosen && (
        <RefusedRecords application={application} of={chosen} onClose={() => setChosen(undefined)} />
      )}
    </>
  );
}

function RefusedRecords({
  application,
  of,
  onClose,
}: {
  application: string;
  of: PlanningImport;
  onClose(): void;
}) {
  const { t } = useTranslation();
  const list = usePages<RefusedRecord>(`${importsPath(application)}/${of.id}/refusals`, {});
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={t('planning.refusedOf', { at: instantText(of.at), form: of.form })}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack>
        <PagedTable
          label={t('planning.refused')}
          list={list}
          empty={t('planning.noImports')}
          heads={[t('planning.record'), t('planning.cell'), t('planning.value'), t('import.message')]}
          row={({ record, valueField, fields, value, message }) => (
            <Table.Tr key={`${record} ${valueField}`}>
              <Table.Td>{record}</Table.Td>
              <Table.Td>
                <Text size="sm">
                  {Object.entries(fields)
                    .map(([label, text]) => `${label}=${text}`)
                    .join(', ')}
                </Text>
              </Table.Td>
              <Table.Td>
                <Code>{value}</Code>
              </Table.Td>
              <Table.Td>{message}</Table.Td>
            </Table.Tr>
          )}
        />
        <Button variant="default" onClick={onClose} style={{ alignSelf: 'flex-end' }}>
          {t('close')}
        </Button>
      </Stack>
    </Modal>
  );
}
