import type { Row, Value } from '../engine/shape.ts';
import { DataError, InternalError } from '../errors.ts';
import type { HttpAnswer } from '../http/client.ts';
import type { Log } from '../log.ts';
import { type Converter, converters } from './cells.ts';
import { csvRows } from './csv.ts';
import type { Cell, ColumnDescription, Reader, RouteDescription } from './description.ts';
import { parseJson } from './json.ts';
import { pathOf, type RestTable } from './tables.ts';
import { parseXml, parseXmlRows, rowsOfXml } from './xml.ts';

/** Reads answers in a service's format. */
export function createRowReader(format: 'xml' | 'json', log: Log) {
  /** @throws InternalError that names the address of an answer which is not well-formed. */
  function readable<T>(answer: HttpAnswer, parse: (text: string) => T): T {
    try {
      return parse(answer.body);
    } catch (error) {
      const what = log.masked((error as Error).message.split('\n')[0]!);
      throw new InternalError(`${answer.url}: the answer is not readable ${format.toUpperCase()}: ${what}`);
    }
  }

  const read = (answer: HttpAnswer): Reader => readable(answer, format === 'xml' ? parseXml : parseJson);

  /**
   * Reads the rows of answers; columns that nobody looks at stay null. XML whose wanted columns are all
   * given by paths is read without building a tree.
   */
  function rowsReader(
    table: RestTable,
    where: string,
    { single, csv }: Pick<RouteDescription, 'single' | 'csv'>,
    echoed: ReadonlyMap<number, Value>,
    needed: ReadonlySet<string> | undefined,
  ): (answer: HttpAnswer) => { rows: Row[]; body: Reader | undefined } {
    const width = table.columns.length;
    const { area, key } = table.description;
    const keyAt = area ? table.positions.get(key!)! : -1;
    const keyParts = area?.key.map((name) => table.positions.get(name)!) ?? [];
    const wanted = table.columns.flatMap((column, at) => {
      if (echoed.has(at) || at === keyAt) return [];
      if (needed && !needed.has(column.name) && !keyParts.includes(at)) return [];
      return [{ at, column, path: pathOf(column, format), convert: converterOf(column) }];
    });
    const rowOf = (cells: readonly Cell[], place: string): Row => {
      const row: Row = new Array(width).fill(null);
      for (const [at, value] of echoed) row[at] = value;
      for (let slot = 0; slot < wanted.length; slot += 1) {
        const { at, column, convert } = wanted[slot]!;
        const value = convert(cells[slot]);
        if (value === undefined) {
          const what = log.masked(String(cells[slot]));
          throw new DataError(
            `${place}: ${column.name} of ${table.description.name} is no ${column.type}: "${what}"`,
          );
        }
        row[at] = value;
      }
      if (keyAt >= 0) row[keyAt] = JSON.stringify(keyParts.map((at) => String(row[at])));
      return row;
    };
    const simple = wanted.every(({ column, path }) => !column.read && path !== null && !path.endsWith('[]'));
    if (format === 'xml' && simple && !csv) {
      const paths = wanted.map(({ path }) => path!);
      return (answer) => {
        const found = readable(answer, (text) => parseXmlRows(text, where, paths));
        const cells = single ? found.slice(0, 1) : found;
        return { rows: cells.map((own) => rowOf(own, answer.url)), body: undefined };
      };
    }
    return (answer) => {
      const body = read(answer);
      const readers = csv
        ? readable(answer, () => csvRows(String(body.cell(where) ?? ''), csv.skip))
        : format === 'xml'
          ? readable(answer, () => rowsOfXml(body, where))
          : body.parts(where);
      const rows = (single ? readers.slice(0, 1) : readers).map((reader) =>
        rowOf(
          wanted.map(({ column, path }) =>
            column.read ? column.read(reader) : path === null ? null : reader.cell(path),
          ),
          answer.url,
        ),
      );
      return { rows, body };
    };
  }

  return { read, rowsReader };
}

/** The converter of a column's type, after the service's words for its values were put into ours. */
function converterOf({ type, values }: ColumnDescription): Converter {
  const convert = converters[type];
  const words = values?.read;
  if (!words) return convert;
  return (cell) => convert(typeof cell === 'string' ? (words[cell] ?? cell) : cell);
}
