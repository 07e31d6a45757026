import type { Cell, Column, Row } from '../cursor.ts';

/** Turns rows into text piece by piece, so that no result has to fit into memory. */
export interface Format {
  begin(columns: readonly Column[]): string;
  row(row: Row): string;
  end(): string;
}

export const formatNames = ['table', 'csv', 'json', 'ndjson'] as const;
export type FormatName = (typeof formatNames)[number];

export function createFormat(name: FormatName): Format {
  return { table, csv, json: () => jsonRows('[', ',', ']\n'), ndjson: () => jsonRows('', '', '') }[name]();
}

const plain = (cell: Cell): string => {
  if (cell === null) return '';
  return cell instanceof Uint8Array ? Buffer.from(cell).toString('base64') : String(cell);
};

/** RFC 4180. */
function csv(): Format {
  const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (cells: string[]) => `${cells.map(field).join(',')}\r\n`;
  return {
    begin: (columns) => line(columns.map(({ name }) => name)),
    row: (row) => line(row.map(plain)),
    end: () => '',
  };
}

/** Objects; integers beyond 2^53 are written digit by digit. */
function jsonRows(open: string, separator: string, close: string): Format {
  let names: string[] = [];
  let first = true;
  const value = (cell: Cell) =>
    typeof cell === 'bigint' ? String(cell) : JSON.stringify(cell instanceof Uint8Array ? plain(cell) : cell);
  return {
    begin(columns) {
      names = columns.map(({ name }) => JSON.stringify(name));
      return open;
    },
    row(row) {
      const text = `{${row.map((cell, i) => `${names[i]}:${value(cell)}`).join(',')}}`;
      const before = first ? '' : separator;
      first = false;
      return separator === '' ? `${text}\n` : `${before}\n${text}`;
    },
    end: () => (separator === '' ? '' : `\n${close}`),
  };
}

/** Rows looked at for the width of columns before the first is written. */
const sample = 200;
const widest = 60;

function table(): Format {
  let columns: readonly Column[] = [];
  let waiting: string[][] | undefined = [];
  let widths: number[] = [];
  let count = 0;
  const line = (cells: string[]) =>
    `${cells
      .map((cell, i) => {
        const space = ' '.repeat(Math.max(0, widths[i]! - width(cell)));
        return columns[i]!.type === 'Integer' || columns[i]!.type === 'Double' ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd()}\n`;
  const flush = () => {
    if (!waiting) return '';
    const rows = waiting;
    waiting = undefined;
    widths = columns.map(({ name }, i) =>
      Math.min(widest, Math.max(width(name), ...rows.map((row) => width(row[i]!)))),
    );
    const head = line(columns.map(({ name }) => name)) + line(widths.map((size) => '-'.repeat(size)));
    return head + rows.map(line).join('');
  };
  return {
    begin(given) {
      columns = given;
      return '';
    },
    row(row) {
      count += 1;
      const cells = row.map((cell) => (cell === null ? 'NULL' : plain(cell).replace(/\s+/g, ' ')));
      if (!waiting) return line(cells);
      waiting.push(cells);
      return waiting.length < sample ? '' : flush();
    },
    end: () => `${flush()}(${count} ${count === 1 ? 'row' : 'rows'})\n`,
  };
}

/** Columns a text takes on a terminal: characters of East Asian scripts take two. */
function width(text: string): number {
  let sum = 0;
  for (const character of text) sum += /[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹏＀-｠￠-￦]/u.test(character) ? 2 : 1;
  return sum;
}
