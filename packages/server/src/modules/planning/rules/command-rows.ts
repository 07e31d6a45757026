import { errors } from '../errors.ts';
import { type CsvRow, createCsvReader } from './csv-rows.ts';

/** A detail row, its fields by the columns of the header before it; a bare command has none. */
export type CommandRow = { line: number; command: string; fields: ReadonlyMap<string, string> };

export type CommandGrammar = {
  /** Commands that come with a header and details. */
  commands: readonly string[];
  /** Commands that stand alone on their line. */
  bare?: readonly string[];
  /** Whether there is such a column; names are in upper case but for the language after `NAME:`. */
  isColumn(name: string): boolean;
};

/**
 * Reads rows of the kind `COMMAND,HDR,…` and `COMMAND,DTL,…` (fusion_place §3.3-3.7): a header first, headers may
 * recur and then name the fields of the rows after them, blank rows do not count.
 * @throws planning.rowHeader, rowCommand, rowKind, rowColumn, rowWidth, openQuote
 */
export function readCommandRows(text: string, grammar: CommandGrammar): CommandRow[] {
  const rows: CommandRow[] = [];
  let header: { command: string; columns: string[] } | undefined;
  const reader = createCsvReader((row) => {
    const { line, fields } = row;
    const command = fields[0]!.toUpperCase();
    if (grammar.bare?.includes(command)) {
      rows.push({ line, command, fields: new Map() });
      return;
    }
    if (!grammar.commands.includes(command)) throw errors.rowCommand({ line, command });
    const kind = fields[1]?.toUpperCase();
    if (kind === 'HDR') {
      header = { command, columns: readHeader(row, grammar) };
    } else if (kind !== 'DTL') {
      throw errors.rowKind({ line });
    } else {
      if (header?.command !== command) throw errors.rowHeader({ line });
      rows.push({ line, command, fields: readDetail(row, header.columns) });
    }
  });
  reader.push(text);
  reader.end();
  return rows;
}

function readHeader({ line, fields }: CsvRow, grammar: CommandGrammar): string[] {
  return fields.slice(2).map((name) => {
    const column = name
      .toUpperCase()
      .replace(/^NAME:(JA|EN)$/, (whole) => `NAME:${whole.slice(5).toLowerCase()}`);
    if (!grammar.isColumn(column)) throw errors.rowColumn({ line, field: name });
    return column;
  });
}

function readDetail({ line, fields }: CsvRow, columns: readonly string[]): Map<string, string> {
  const values = fields.slice(2);
  if (values.slice(columns.length).some((value) => value !== '')) throw errors.rowWidth({ line });
  return new Map(columns.map((column, index) => [column, values[index] ?? '']));
}

/** A field that must have a value. @throws planning.rowMissing */
export function requiredField({ line, fields }: CommandRow, name: string): string {
  const value = fields.get(name);
  if (!value) throw errors.rowMissing({ line, field: name });
  return value;
}

/** TRUE or FALSE in any case; undefined where the column is absent or empty. @throws planning.rowValue */
export function booleanField({ line, fields }: CommandRow, name: string): boolean | undefined {
  const value = fields.get(name) ?? '';
  if (value === '') return undefined;
  if (/^true$/i.test(value)) return true;
  if (/^false$/i.test(value)) return false;
  throw errors.rowValue({ line, field: name, value });
}

/** `NAME:ja` and `NAME:en` laid over what there is; an empty one removes the name. */
export function nameFields<T extends { ja?: string | undefined; en?: string | undefined }>(
  { fields }: CommandRow,
  present: T,
): { ja?: string; en?: string } {
  const name: Record<string, string> = {};
  for (const language of ['ja', 'en'] as const) {
    const value = fields.get(`NAME:${language}`) ?? present[language] ?? '';
    if (value !== '') name[language] = value;
  }
  return name;
}

/** A detail row as it is exported: every value quoted. */
export function detailRow(command: string, values: readonly string[]): string {
  return `${[command, 'DTL', ...values.map((value) => `"${value.replaceAll('"', '""')}"`)].join(',')}\n`;
}

export function headerRow(command: string, columns: readonly string[]): string {
  return `${[command, 'HDR', ...columns].join(',')}\n`;
}
