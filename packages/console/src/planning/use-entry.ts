import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type CellWrite, type FormPlace, type FormTable, writeCells } from '../api/planning.ts';

export type EntryRow = FormTable['rows'][number];
/** What stands in a cell that is being written, or was refused. */
type Trial = { text: string; message?: string };
export type Entry = { row: number; column: number; text: string };

/** Writes what is entered or pasted, and keeps what the server refuses in sight until it is entered anew. */
export function useEntry(place: FormPlace, table: FormTable, rows: readonly EntryRow[]) {
  const queries = useQueryClient();
  const [trials, setTrials] = useState<ReadonlyMap<string, Trial>>(new Map());
  const keyOf = (row: number, column: number) =>
    `${rows[row]!.members.map(({ label }) => label).join('\n')}\t${table.columns[column]!.label}`;

  const writing = useMutation({
    async mutationFn(entries: readonly Entry[]) {
      const keys = entries.map(({ row, column }) => keyOf(row, column));
      setTrials(
        (before) => new Map([...before, ...entries.map(({ text }, at) => [keys[at]!, { text }] as const)]),
      );
      try {
        const refused = await writeCells(place, entries.map(cellOf));
        // the new totals and aggregates come with the table; until then what was entered stays in its cells
        await queries.invalidateQueries({ queryKey: ['planning'] });
        forget(keys, new Map(refused.map(({ index, message }) => [keys[index]!, message])));
        return { written: entries.length - refused.length, refused: refused.length };
      } catch (error) {
        forget(keys, new Map());
        throw error;
      }
    },
  });

  function forget(keys: readonly string[], refused: ReadonlyMap<string, string>) {
    setTrials((before) => {
      const after = new Map(before);
      for (const key of keys) {
        const message = refused.get(key);
        if (message === undefined) after.delete(key);
        else after.set(key, { text: before.get(key)?.text ?? '', message });
      }
      return after;
    });
  }

  function cellOf({ row, column, text }: Entry): CellWrite {
    const { dimensions, columnDimension, columns } = table;
    const { members } = rows[row]!;
    return {
      members: {
        ...Object.fromEntries(dimensions.map(({ label }, index) => [label, members[index]!.label])),
        ...(columnDimension && { [columnDimension.label]: columns[column]!.label }),
      },
      value: text === '' ? null : text,
    };
  }

  return {
    /** Whether a value may be entered: cells of aggregates are computed. */
    open: (row: number, column: number) =>
      table.columns[column]!.leaf && rows[row]!.members.every(({ leaf }) => leaf),
    trial: (row: number, column: number) => trials.get(keyOf(row, column)),
    refusals: [...trials.values()].filter(({ message }) => message !== undefined).length,
    write: (entries: readonly Entry[]) => {
      if (entries.length > 0) writing.mutate(entries);
    },
    writing,
  };
}
