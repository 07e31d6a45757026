import { readFile } from 'node:fs/promises';
import { readSsmwebapiConf } from '../config/ssmwebapi-conf.ts';
import { AppError, type Locale } from '../platform/errors.ts';

export type ImportConfStreams = {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
  locale?: Locale;
};

/** Larger than any settings file; keeps a wrong path from filling the memory. */
const largestFile = 1_048_576;

/**
 * `renkei import-conf PATH`: prints the settings that a Python-syntax `ssmwebapi.conf` stands for as `KEY=value`
 * lines, and remarks on the other stream. The file is never executed. Returns the exit status: 0, or 1 when the file
 * is missing or refused; then nothing is printed on standard output.
 */
export async function importConf(path: string, streams: ImportConfStreams): Promise<number> {
  const { stdout, stderr, locale = 'en' } = streams;
  try {
    const file = await readFile(path);
    if (file.length > largestFile) throw new Error(`larger than ${largestFile} bytes`);
    const { settings, remarks } = readSsmwebapiConf(file, locale);
    stdout.write(settings.map(([key, value]) => `${key}=${value}\n`).join(''));
    stderr.write(remarks.map((remark) => `${remark}\n`).join(''));
    return 0;
  } catch (error) {
    stderr.write(`${path}: ${error instanceof AppError ? error.text(locale) : (error as Error).message}\n`);
    return 1;
  }
}
