import { Box, NativeSelect, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type App, isComputed } from '../api/apps.ts';

/** The column by which an export names records; it can only be the key. */
export const recordId = 'データID';

/** Where a column goes by itself: to the field of that name or alias. */
export function targetOf({ fields }: App, heading: string): string {
  if (heading === recordId) return recordId;
  const field = fields.find(({ name }) => name === heading) ?? fields.find(({ alias }) => alias === heading);
  return field && !field.readOnly && !isComputed(field) ? field.name : '';
}

/** The part of a mapping that the server would not find by itself, for an address has not room for hundreds of columns. */
export function differing(
  { fields }: App,
  columns: Readonly<Record<string, string>>,
): Record<string, string> {
  const byItself = (heading: string) => {
    const field = fields.find(({ name, alias }) => name === heading || alias === heading);
    if (!field) return heading === recordId ? recordId : undefined;
    return isComputed(field) ? '' : field.name;
  };
  return Object.fromEntries(Object.entries(columns).filter(([heading, name]) => name !== byItself(heading)));
}

/** The first rows of the file, and over each column the field that it fills. */
export function ColumnMapping({
  app,
  headings,
  rows,
  columns,
  onChange,
}: {
  app: App;
  headings: readonly string[];
  rows: readonly string[][];
  /** Names of fields by heading; empty: left out. */
  columns: Readonly<Record<string, string>>;
  onChange(heading: string, name: string): void;
}) {
  const { t } = useTranslation();
  const names = app.fields.filter((field) => !field.readOnly && !isComputed(field)).map(({ name }) => name);
  const data = [{ value: '', label: t('import.leaveOut') }, recordId, ...names];
  return (
    <Box className="sideways" role="region" aria-label={t('import.preview')} tabIndex={0}>
      <Text size="sm" fw={500}>
        {t('import.preview')}
      </Text>
      <Table withTableBorder>
        <Table.Thead>
          <Table.Tr>
            {headings.map((heading, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have the same heading
              <Table.Th key={index}>
                {heading}
                <NativeSelect
                  size="xs"
                  miw={120}
                  aria-label={t('import.target', { heading })}
                  value={columns[heading] ?? ''}
                  data={data}
                  onChange={({ currentTarget }) => onChange(heading, currentTarget.value)}
                />
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((cells, line) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of a file have no identity but their place
            <Table.Tr key={line}>
              {cells.map((cell, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: nor have the cells of a line
                <Table.Td key={column}>{cell}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}
