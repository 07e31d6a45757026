import { Alert, Box, Button, Group, NativeSelect, Stack, Table, Text } from '@mantine/core';
import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FormPlace, FormTable } from '../api/planning.ts';
import { Problem } from '../frame/problem.tsx';
import { EntryCell } from './entry-cell.tsx';
import { amountText, nameOf } from './name-of.ts';
import { amountOf, readBlock } from './paste.ts';
import { type Entry, type EntryRow, useEntry } from './use-entry.ts';

type Place = { row: number; column: number };

/**
 * The form as a sheet: arrows move, typing or Enter edits, Enter and Tab store, Delete empties, Escape gives up, and a
 * block of a spreadsheet is pasted from the cell on.
 */
export function EntryTable({ place, table, label }: { place: FormPlace; table: FormTable; label: string }) {
  const { t } = useTranslation();
  const [added, setAdded] = useState<EntryRow[]>([]);
  const known = new Set(table.rows.map(keyOf));
  const rows = [...table.rows, ...added.filter((row) => !known.has(keyOf(row)))];
  const entry = useEntry(place, table, rows);
  const [active, setActive] = useState<Place>({ row: 0, column: 0 });
  const [editing, setEditing] = useState<string>();
  const [pasted, setPasted] = useState('');
  const body = useRef<HTMLTableSectionElement>(null);
  const moved = useRef(false);

  useEffect(() => {
    if (!moved.current || editing !== undefined) return;
    moved.current = false;
    body.current?.querySelector<HTMLElement>(`[data-cell="${active.row}:${active.column}"]`)?.focus();
  });

  function move(row: number, column: number) {
    moved.current = true;
    setActive({
      row: Math.max(0, Math.min(rows.length - 1, row)),
      column: Math.max(0, Math.min(table.columns.length - 1, column)),
    });
  }

  function store(text: string) {
    setEditing(undefined);
    const { row, column } = active;
    const shown = entry.trial(row, column)?.text ?? rows[row]!.cells[column] ?? '';
    if (amountOf(text) !== shown) entry.write([{ row, column, text: amountOf(text) }]);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { row, column } = active;
    const text = editing;
    if (text !== undefined) {
      if (event.key === 'Escape') {
        moved.current = true;
        setEditing(undefined);
      } else if ((event.key === 'Enter' || event.key === 'Tab') && !event.nativeEvent.isComposing) {
        event.preventDefault();
        store(text);
        if (event.key === 'Enter') move(row + 1, column);
        else move(row, column + (event.shiftKey ? -1 : 1));
      }
      return;
    }
    const to = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (to) {
      event.preventDefault();
      move(row + to[0]!, column + to[1]!);
    } else if (!entry.open(row, column)) {
      // nothing to enter here
    } else if (event.key === 'Enter' || event.key === 'F2') {
      event.preventDefault();
      setEditing(entry.trial(row, column)?.text ?? rows[row]!.cells[column] ?? '');
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      entry.write([{ ...active, text: '' }]);
    } else if (event.key.length === 1) {
      event.preventDefault();
      setEditing(event.key);
    }
  }

  function onPaste(event: ClipboardEvent) {
    const block = readBlock(event.clipboardData.getData('text/plain'));
    const single = block.length === 1 && block[0]!.length === 1;
    if (editing !== undefined && single) return; // a part of what is being typed
    event.preventDefault();
    setEditing(undefined);
    const cells = block.flatMap((line, down) =>
      line.map((text, right): Entry => ({ row: active.row + down, column: active.column + right, text })),
    );
    const inside = cells.filter(({ row, column }) => row < rows.length && column < table.columns.length);
    const open = inside.filter(({ row, column }) => entry.open(row, column));
    const left = cells.length - open.length;
    setPasted(t(left > 0 ? 'entry.pastedPart' : 'entry.pasted', { count: open.length, left }));
    entry.write(open);
  }

  return (
    <Stack>
      <Text size="sm">{t('entry.about')}</Text>
      {entry.writing.error && <Problem error={entry.writing.error} />}
      {entry.refusals > 0 && (
        <Alert role="alert" color="red" title={t('entry.refused', { count: entry.refusals })}>
          <Refusals entry={entry} rows={rows} table={table} />
        </Alert>
      )}
      <Text size="sm" role="status">
        {entry.writing.isPending ? t('entry.writing') : pasted}
      </Text>
      <Box className="sideways" role="region" aria-label={label} tabIndex={0}>
        <Table withColumnBorders stickyHeader role="grid" aria-label={label}>
          <Table.Thead>
            <Table.Tr>
              {table.dimensions.map((dimension) => (
                <Table.Th key={dimension.label}>{nameOf(dimension)}</Table.Th>
              ))}
              {table.columns.map((column) => (
                <Table.Th key={column.label} ta="right">
                  {nameOf(column)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody ref={body} onKeyDown={onKeyDown} onPaste={onPaste}>
            {rows.map((row, index) => (
              <Table.Tr key={keyOf(row)}>
                {row.members.map((member, at) => (
                  <Table.Th key={table.dimensions[at]?.label ?? at} scope="row" fw={400}>
                    {nameOf(member)}
                  </Table.Th>
                ))}
                {table.columns.map((column, at) => {
                  const isActive = active.row === index && active.column === at;
                  const trial = entry.trial(index, at);
                  return (
                    <EntryCell
                      key={column.label}
                      place={`${index}:${at}`}
                      text={trial?.text ?? row.cells[at] ?? ''}
                      message={trial?.message}
                      open={entry.open(index, at)}
                      active={isActive}
                      editing={isActive ? editing : undefined}
                      label={`${row.members.map(nameOf).join(' ')} ${nameOf(column)}`}
                      onActivate={() => setActive({ row: index, column: at })}
                      onEdit={() => setEditing(trial?.text ?? row.cells[at] ?? '')}
                      onChange={setEditing}
                      onLeave={store}
                    />
                  );
                })}
              </Table.Tr>
            ))}
          </Table.Tbody>
          <Table.Tfoot>
            {table.totals.map(({ account, cells }) => (
              <Table.Tr key={account.label}>
                <Table.Th scope="row" colSpan={table.dimensions.length}>
                  {t('planning.total', { account: nameOf(account) })}
                </Table.Th>
                {table.columns.map((column, at) => (
                  <Table.Td key={column.label} ta="right" className="amount">
                    {amountText(cells[at] ?? null)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tfoot>
        </Table>
      </Box>
      <AddRow
        table={table}
        taken={new Set(rows.map(keyOf))}
        onAdd={(row) => {
          setAdded([...added, row]);
          moved.current = true;
          setActive({ row: rows.length, column: 0 });
        }}
      />
    </Stack>
  );
}

/** Refusals that are shown; the cells show all of them. */
const shownRefusals = 20;

function Refusals({
  entry,
  rows,
  table,
}: {
  entry: ReturnType<typeof useEntry>;
  rows: readonly EntryRow[];
  table: FormTable;
}) {
  const refused = rows.flatMap((row, index) =>
    table.columns.flatMap((column, at) => {
      const trial = entry.trial(index, at);
      if (trial?.message === undefined) return [];
      return [`${row.members.map(nameOf).join(' ')} ${nameOf(column)} (${trial.text}): ${trial.message}`];
    }),
  );
  return refused.slice(0, shownRefusals).map((text) => (
    <Text size="sm" key={text}>
      {text}
    </Text>
  ));
}

/** A row that has no figure yet, made of a leaf member of each dimension. */
function AddRow({
  table,
  taken,
  onAdd,
}: {
  table: FormTable;
  taken: ReadonlySet<string>;
  onAdd(row: EntryRow): void;
}) {
  const { t } = useTranslation();
  const choices = table.choices ?? [];
  const [chosen, setChosen] = useState<Readonly<Record<number, string>>>({});
  const members = choices.flatMap((list, index) => {
    const member = list.find(({ label }) => label === chosen[index]) ?? list[0];
    return member ? [{ ...member, leaf: true }] : [];
  });
  const row = { members, cells: table.columns.map(() => null) };
  if (members.length === 0) return null;
  return (
    <Group align="flex-end" role="group" aria-label={t('entry.newRow')}>
      {table.dimensions.map((dimension, index) => (
        <NativeSelect
          key={dimension.label}
          size="xs"
          label={nameOf(dimension)}
          value={members[index]?.label ?? ''}
          data={(choices[index] ?? []).map((member) => ({ value: member.label, label: nameOf(member) }))}
          onChange={({ currentTarget }) => setChosen({ ...chosen, [index]: currentTarget.value })}
        />
      ))}
      <Button size="xs" variant="default" disabled={taken.has(keyOf(row))} onClick={() => onAdd(row)}>
        {t('entry.addRow')}
      </Button>
    </Group>
  );
}

function keyOf({ members }: EntryRow): string {
  return members.map(({ label }) => label).join('\n');
}
