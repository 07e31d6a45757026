import type { Batch, Page } from './messages.ts';
import type { Row } from './shape.ts';

/** Packs a page for the worker; columns that hold nothing but null are left out. */
export function packPage(rows: Row[], done: boolean): Page {
  const width = rows[0]?.length ?? 0;
  const columns: Page['columns'] = [];
  for (let at = 0; at < width; at += 1) {
    if (rows.some((row) => row[at] !== null)) columns.push([at, rows.map((row) => row[at]!)]);
  }
  return { count: rows.length, width, columns, done };
}

export function unpackPage({ count, width, columns, done }: Page): Batch {
  const rows: Row[] = [];
  for (let i = 0; i < count; i += 1) {
    const row: Row = new Array(width).fill(null);
    for (const [at, cells] of columns) row[at] = cells[i]!;
    rows.push(row);
  }
  return { rows, done };
}
