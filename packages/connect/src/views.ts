import { readFile } from 'node:fs/promises';
import { ProgrammingError } from './errors.ts';

/**
 * Reads the file of `UserDefinedViews`: `{"Name": {"query": "SELECT …"}}` (connector §3.5).
 *
 * @throws ProgrammingError when the file cannot be read or has another form.
 */
export async function readViews(file: string): Promise<Map<string, string>> {
  if (file === '') return new Map();
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new ProgrammingError(`UserDefinedViews ${file}: ${(error as Error).message}`);
  }
  if (content === null || typeof content !== 'object' || Array.isArray(content)) {
    throw new ProgrammingError(`UserDefinedViews ${file}: not an object of views`);
  }
  return new Map(
    Object.entries(content).map(([name, view]): [string, string] => {
      const query = (view as { query?: unknown } | null)?.query;
      if (typeof query !== 'string')
        throw new ProgrammingError(`UserDefinedViews ${file}: ${name} has no query`);
      return [name, query];
    }),
  );
}
