import { Alert, Box, Loader, Stack, Table, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { type FormTable, type PlanningForm, useFormTable } from '../api/planning.ts';
import { Problem } from '../frame/problem.tsx';
import { amountText, nameOf } from './name-of.ts';

const TotalsChart = lazy(() => import('./totals-chart.tsx'));

/** The form as a table with totals by account, and the totals as a chart. */
export function FormView({
  application,
  form,
  povs,
  participant,
}: {
  application: string;
  form: PlanningForm;
  povs: Readonly<Record<string, string>>;
  participant: string;
}) {
  const { t } = useTranslation();
  const table = useFormTable(application, form.label, povs, participant);
  if (table.error) return <Problem error={table.error} retry={() => table.refetch()} />;
  if (!table.data) return <Loader aria-label={t('loading')} />;
  const { rows, columns, totals, truncated } = table.data;
  if (rows.length === 0) return <Text>{t('planning.empty')}</Text>;
  return (
    <Stack>
      {truncated && <Alert color="yellow">{t('planning.truncated', { count: rows.length })}</Alert>}
      <Cells table={table.data} label={nameOf(form)} />
      {totals.length > 0 && columns.length > 1 && (
        <Suspense fallback={<Loader aria-label={t('loading')} />}>
          <TotalsChart table={table.data} />
        </Suspense>
      )}
    </Stack>
  );
}

function Cells({ table: { dimensions, columns, rows, totals }, label }: { table: FormTable; label: string }) {
  const { t } = useTranslation();
  const keyed = rows.map((row) => ({ ...row, key: row.members.map((member) => member.label).join('/') }));
  return (
    <Box className="sideways" role="region" aria-label={label} tabIndex={0}>
      <Table withColumnBorders striped stickyHeader>
        <Table.Thead>
          <Table.Tr>
            {dimensions.map((dimension) => (
              <Table.Th key={dimension.label}>{nameOf(dimension)}</Table.Th>
            ))}
            {columns.map((column) => (
              <Table.Th key={column.label} ta="right">
                {nameOf(column)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {keyed.map(({ key, members, cells }) => (
            <Table.Tr key={key}>
              {members.map((member, index) => (
                <Table.Th key={dimensions[index]?.label ?? index} scope="row" fw={400}>
                  {nameOf(member)}
                </Table.Th>
              ))}
              <Amounts columns={columns} cells={cells} />
            </Table.Tr>
          ))}
        </Table.Tbody>
        {totals.length > 0 && (
          <Table.Tfoot>
            {totals.map(({ account, cells }) => (
              <Table.Tr key={account.label}>
                <Table.Th scope="row" colSpan={dimensions.length}>
                  {t('planning.total', { account: nameOf(account) })}
                </Table.Th>
                <Amounts columns={columns} cells={cells} />
              </Table.Tr>
            ))}
          </Table.Tfoot>
        )}
      </Table>
    </Box>
  );
}

function Amounts({ columns, cells }: { columns: FormTable['columns']; cells: (string | null)[] }) {
  return cells.map((cell, index) => (
    <Table.Td key={columns[index]?.label ?? index} ta="right" className="amount">
      {amountText(cell)}
    </Table.Td>
  ));
}
