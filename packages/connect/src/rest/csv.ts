import { parse } from 'csv-parse/sync';
import type { Reader } from './description.ts';

/** The lines of a CSV text but for the first ones, as rows whose cells are found by their number, from 1. */
export function csvRows(text: string, skip: number): Reader[] {
  const records = parse(text, { relax_column_count: true, skip_empty_lines: true, trim: true });
  return records.slice(skip).map((record) => ({
    cell: (path) => record[Number(path) - 1],
    parts: () => [],
  }));
}
