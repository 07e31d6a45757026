import type { Column } from '../cursor.ts';
import type { PlainSelect } from '../sql/plain-select.ts';
import type { Batch } from './messages.ts';
import type { Row, Source, TableShape } from './shape.ts';

/** A table and the columns of it that a SELECT gives, in order. */
export interface Projection {
  source: Source;
  table: TableShape;
  plan: number;
  picks: number[];
  columns: Column[];
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/**
 * What a plain SELECT means, or undefined where only SQLite can tell: an unknown name, a pseudo-column, a table that
 * needs conditions.
 */
export async function projectionOf(
  select: PlainSelect,
  sources: Readonly<Record<string, Source>>,
  signal: AbortSignal,
): Promise<Projection | undefined> {
  const schema = Object.keys(sources).find((name) => same(name, select.schema ?? 'main'));
  const source = schema === undefined ? undefined : sources[schema]!;
  const find = () => source?.tables().find(({ name }) => same(name, select.table));
  let table = find();
  if (!source || !table) return undefined;
  const plan = table.plans.findIndex(({ uses }) => uses.length === 0);
  if (plan < 0) return undefined;
  // A `*` stands for the columns that only the service knows as well.
  if (!select.columns && table.incomplete) {
    await source.complete?.([table.name], signal);
    table = find()!;
  }
  const picks: number[] = [];
  const columns: Column[] = [];
  const wanted =
    select.columns ??
    table.columns.filter(({ hidden }) => !hidden).map(({ name }) => ({ name, as: undefined }));
  for (const { name, as } of wanted) {
    const at = table.columns.findIndex((column) => same(column.name, name));
    const column = table.columns[at];
    if (!column || column.hidden) return undefined;
    picks.push(at);
    columns.push({ name: as ?? column.name, type: column.type, nullable: !column.required });
  }
  return { source, table, plan, picks, columns };
}

/**
 * The rows of a projection, page by page as they are asked for. A plain SELECT takes this way past SQLite, as passing
 * each cell into it and out again, and each row through two threads, costs twice what reading the answer costs.
 */
export async function* projectedRows(
  { source, table, plan, picks }: Projection,
  limit: number,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const used = new Set(picks.map((at) => table.columns[at]!.name));
  // By their keys the source knows rows that come twice.
  if (table.key !== undefined) used.add(table.key);
  const rows = source.scan({ table: table.name, plan, conditions: [], columns: [...used] }, signal);
  const whole = picks.length === table.columns.length && picks.every((at, i) => at === i);
  let skip = offset;
  let left = limit;
  try {
    while (left > 0) {
      const page = await rows.next();
      if (page.done) return;
      const shown = skip > 0 || page.value.length > left ? page.value.slice(skip, skip + left) : page.value;
      skip = Math.max(0, skip - page.value.length);
      left -= shown.length;
      if (shown.length === 0) continue;
      yield { rows: whole ? shown : shown.map((row): Row => picks.map((at) => row[at]!)), done: left <= 0 };
    }
  } finally {
    await rows.return?.();
  }
}
