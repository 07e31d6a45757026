import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { createWindows31jDecoder, type StreamDecoder } from '../../platform/text/windows31j.ts';
import { errors } from './errors.ts';

export const encodings = ['utf-8', 'windows-31j'] as const;
export type Encoding = (typeof encodings)[number];

/** A line of the file: where it stands (1 is the first), and its cells. */
export type CsvLine = { line: number; cells: string[] };

/** Longest line that is taken, in characters. */
const maxLine = 64 * 1024 * 1024;

/** The lines of a CSV file one by one, whatever its size. @throws AppError `encoding`, `csv` */
export async function* readCsv(content: Readable, encoding: Encoding): AsyncGenerator<CsvLine> {
  const parser = parse({
    info: true,
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxLine,
  });
  const decoded = decoding(encoding);
  content.on('error', (error) => parser.destroy(error));
  decoded.on('error', (error) => parser.destroy(error));
  content.pipe(decoded).pipe(parser);
  let last = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      last = info.lines;
      yield { line: last - lineBreaks(record), cells: record };
    }
  } catch (error) {
    if (error instanceof CsvError) throw errors.csv({ reason: error.message }, `/lines/${last + 1}`);
    throw error;
  } finally {
    content.unpipe(decoded);
    parser.destroy();
  }
}

/** Cells may hold line breaks; the parser tells the line on which the last of them ends. */
function lineBreaks(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) {
    for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) count += 1;
  }
  return count;
}

function decoding(encoding: Encoding): Transform {
  const decoder: StreamDecoder =
    encoding === 'windows-31j' ? createWindows31jDecoder() : new TextDecoder('utf-8', { fatal: true });
  const step = (next: TransformCallback, chunk?: Buffer) => {
    try {
      next(null, chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode());
    } catch {
      next(errors.encoding({ encoding }));
    }
  };
  return new Transform({
    transform: (chunk: Buffer, _encoding, next) => step(next, chunk),
    flush: (next) => step(next),
  });
}
