import { Alert, Box, Loader, Stack, Switch, Table, Text } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type FormPlace, type FormTable, type PlanningForm, useFormTable } from '../api/planning.ts';
import { Problem } from '../frame/problem.tsx';
import { EntryTable } from './entry-table.tsx';
import { amountText, nameOf } from './name-of.ts';

const TotalsChart = lazy(() => import('./totals-chart.tsx'));

/** The form as a table with totals by account, to be read or entered, and the totals as a chart. */
export function FormView({ form, place }: { form: PlanningForm; place: FormPlace }) {
  const { t } = useTranslation();
  const [entry, setEntry] = useState(false);
  const table = useFormTable(place, entry);
  return (
    <Stack>
      {form.imports && place.edition !== publicEdition && (
        <Switch
          label={t('entry.switch')}
          checked={entry}
          onChange={({ currentTarget }) => setEntry(currentTarget.checked)}
        />
      )}
      {table.error && <Problem error={table.error} retry={() => table.refetch()} />}
      {table.isPending && <Loader aria-label={t('loading')} />}
      {table.data && <Figures form={form} place={place} table={table.data} />}
    </Stack>
  );
}

/** Everybody reads it; it changes by publishing only. */
const publicEdition = 'PUBLIC';

function Figures({ form, place, table }: { form: PlanningForm; place: FormPlace; table: FormTable }) {
  const { t } = useTranslation();
  const { rows, columns, totals, truncated, choices } = table;
  if (rows.length === 0 && !choices) return <Text>{t('planning.empty')}</Text>;
  return (
    <>
      {truncated && <Alert color="yellow">{t('planning.truncated', { count: rows.length })}</Alert>}
      {choices ? (
        <EntryTable key={JSON.stringify(place)} place={place} table={table} label={nameOf(form)} />
      ) : (
        <Cells table={table} label={nameOf(form)} />
      )}
      {totals.length > 0 && columns.length > 1 && (
        <Suspense fallback={<Loader aria-label={t('loading')} />}>
          <TotalsChart table={table} />
        </Suspense>
      )}
    </>
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
