import { errors } from '../errors.ts';

/** What `trim` takes off. */
const blanks = /[^\S\n]/;

/** One row of line-oriented contents: where it begins (lines count from 1) and its fields. */
export type CsvRow = { line: number; fields: string[] };

/** Longest row that is read, in characters; what a value may hold has no limit in the product (§4.2). */
const longestRow = 16 * 1024 * 1024;

/**
 * Reads contents as fusion_place §3.1 describes them, piece by piece: LF, CR, CR LF or LF CR end a line; blanks round
 * commas do not count; values may be quoted, a doubled quote being one and line breaks belonging to the value; blank
 * lines are skipped. Lines without a quote, nearly all there ever are, take a short way.
 */
export function createCsvReader(onRow: (row: CsvRow) => void): {
  push(text: string): void;
  /** @throws planning.openQuote */
  end(): void;
} {
  let rest = '';
  let line = 1;
  let pairedWith = '';
  let quoted: QuotedRow | undefined;
  /** No field of the text at hand has blanks round it. */
  let bare = false;

  function take(text: string): void {
    const from = text.indexOf('"');
    if (from < 0) {
      plainRow(text);
      return;
    }
    quoted = createQuotedRow(line);
    continueQuoted(`${text}\n`);
  }

  function plainRow(text: string): void {
    const fields = text.split(',');
    if (bare && text !== '') {
      onRow({ line, fields });
      line += 1;
      return;
    }
    let blank = fields.length === 1;
    for (let index = 0; index < fields.length; index++) {
      const field = fields[index]!.trim();
      fields[index] = field;
      if (field !== '') blank = false;
    }
    if (!blank) onRow({ line, fields });
    line += 1;
  }

  /** Feeds a whole line (with its end) to the row that is open. */
  function continueQuoted(text: string): void {
    const row = quoted!;
    row.push(text);
    line += 1;
    if (row.length() > longestRow) throw errors.openQuote({ line: row.line });
    if (!row.done()) return;
    quoted = undefined;
    onRow({ line: row.line, fields: row.fields() });
  }

  return {
    push(text) {
      const [unified, last] = unifyLineEnds(text, pairedWith);
      pairedWith = last;
      const hadBlanks = !bare && rest !== '';
      bare = !hadBlanks && !blanks.test(unified);
      let from = 0;
      for (;;) {
        const end = unified.indexOf('\n', from);
        if (end < 0) break;
        const whole = rest === '' ? unified.slice(from, end) : rest + unified.slice(from, end);
        rest = '';
        if (quoted) continueQuoted(`${whole}\n`);
        else take(whole);
        from = end + 1;
      }
      rest += unified.slice(from);
      if (rest.length > longestRow) throw errors.openQuote({ line });
    },
    end() {
      if (rest !== '') {
        if (quoted) continueQuoted(`${rest}\n`);
        else take(rest);
      }
      rest = '';
      if (quoted) throw errors.openQuote({ line: quoted.line });
    },
  };
}

/** All line ends as LF. `before` is a line-end character that ended the last piece, whose partner may come first. */
function unifyLineEnds(text: string, before: string): [text: string, last: string] {
  if (text === '') return [text, before];
  const paired = (before === '\r' && text[0] === '\n') || (before === '\n' && text[0] === '\r');
  const own = paired ? text.slice(1) : text;
  const end = own.at(-1);
  const last = end === '\r' || end === '\n' ? end : '';
  if (!own.includes('\r')) return [own, last];
  return [own.replace(/\r\n|\n\r|\r/g, '\n'), /(?:\r\n|\n\r)$/.test(own) ? '' : last];
}

type QuotedRow = {
  line: number;
  push(text: string): void;
  done(): boolean;
  length(): number;
  fields(): string[];
};

/** A row with quotes, whose values may go on over several lines. */
function createQuotedRow(line: number): QuotedRow {
  const fields: string[] = [];
  const value: string[] = [];
  let state: 'start' | 'plain' | 'quoted' | 'after' | 'done' = 'start';
  let length = 0;

  function close(): void {
    const text = value.join('');
    fields.push(state === 'after' ? text : text.trim());
    value.length = 0;
  }

  function step(text: string, at: number): number {
    if (state === 'quoted') {
      const quote = text.indexOf('"', at);
      value.push(text.slice(at, quote < 0 ? text.length : quote));
      if (quote < 0) return text.length;
      if (text[quote + 1] === '"') {
        value.push('"');
        return quote + 2;
      }
      state = 'after';
      return quote + 1;
    }
    const character = text[at]!;
    if (character === ',' || character === '\n') {
      close();
      state = character === ',' ? 'start' : 'done';
    } else if (character === '"' && state === 'start') {
      value.length = 0;
      state = 'quoted';
    } else if (state !== 'after') {
      value.push(character);
      if (state === 'start' && character.trim() !== '') state = 'plain';
    } // blanks after the closing quote do not count
    return at + 1;
  }

  return {
    line,
    push(text) {
      length += text.length;
      for (let at = 0; at < text.length && state !== 'done'; ) at = step(text, at);
    },
    done: () => state === 'done',
    length: () => length,
    fields: () => fields,
  };
}

/** A value as it stands in a CSV row of ours: quoted only when it must be. */
export function csvField(text: string): string {
  return /[",\n\r]|^[ \t]|[ \t]$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
