import type { ScanRequest, Value, WriteRequest } from '../engine/shape.ts';
import { IntegrityError } from '../errors.ts';
import type { AreaDescription } from './description.ts';
import type { RestTable } from './tables.ts';

/** What writing an area needs of its source. */
export interface AreaAccess {
  scan(request: ScanRequest, signal: AbortSignal): AsyncIterable<Value[][]>;
  /** Sends an area's rows, as CSV text, in place of all that it has. */
  replace(
    area: AreaDescription,
    where: Record<string, Value>,
    rows: string,
    signal: AbortSignal,
  ): Promise<void>;
  checked(kind: 'insert' | 'update', values: Record<string, Value>): Record<string, Value>;
}

type Cells = Record<string, Value>;

/**
 * Does all that a statement writes to a table whose service takes only whole areas (the values of a form at a point of
 * view): each area is read, changed here and sent back. What somebody else writes between the two is lost.
 */
export async function writeAreas(
  table: RestTable,
  area: AreaDescription,
  requests: readonly WriteRequest[],
  access: AreaAccess,
  signal: AbortSignal,
): Promise<Value[]> {
  const names = table.columns.map(({ name }) => name);
  const keyOf = (cells: Cells) => JSON.stringify(area.key.map((name) => String(cells[name])));
  const areaOf = (cells: Cells) => JSON.stringify(area.where.map((name) => String(cells[name])));
  const areas = new Map<string, { where: Cells; rows: Map<string, Cells> }>();

  async function areaWith(cells: Cells) {
    const id = areaOf(cells);
    const known = areas.get(id);
    if (known) return known.rows;
    const where = Object.fromEntries(area.where.map((name) => [name, cells[name]!]));
    const plan = table.description.routes.findIndex(
      (route) => Object.keys(route.where ?? {}).join() === area.where.join(),
    );
    const conditions = area.where.map((column) => ({
      column,
      operator: '=' as const,
      value: cells[column]!,
    }));
    const rows = new Map<string, Cells>();
    for await (const page of access.scan({ table: table.description.name, plan, conditions }, signal)) {
      for (const row of page) {
        const found = Object.fromEntries(names.map((name, i) => [name, row[i]!]));
        rows.set(keyOf(found), found);
      }
    }
    areas.set(id, { where, rows });
    return rows;
  }

  const keys: Value[] = [];
  for (const request of requests) {
    let cells: Cells;
    if (request.kind === 'insert') cells = access.checked('insert', request.values);
    else {
      const parts = JSON.parse(String(request.key)) as string[];
      const before = Object.fromEntries(area.key.map((name, i) => [name, parts[i]!]));
      const rows = await areaWith(before);
      cells = { ...rows.get(String(request.key)) };
      rows.delete(String(request.key));
      keys.push(request.key);
      if (request.kind === 'delete') continue;
      Object.assign(cells, access.checked('update', request.values));
    }
    const rows = await areaWith(cells);
    const key = keyOf(cells);
    if (rows.has(key)) throw new IntegrityError(`${table.description.name} has a row ${key} already`);
    rows.set(key, cells);
    if (request.kind === 'insert') keys.push(key);
  }
  for (const { where, rows } of areas.values()) {
    const lines = [...rows.values()].map((cells) => area.columns.map((name) => field(cells[name])).join(','));
    await access.replace(area, where, lines.join('\n'), signal);
  }
  return keys;
}

const field = (value: Value | undefined) => `"${String(value ?? '').replaceAll('"', '""')}"`;
