import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProgrammingError } from './errors.ts';
import { highrise } from './highrise/highrise.ts';
import type { SourceDescription } from './rest/description.ts';
import { readYamlDescription } from './yaml/read.ts';

const builtIn = new Map([[highrise.name, highrise]]);

/**
 * The description that a connection string's `Driver` names: a built-in source, a YAML file, or NAME.yaml
 * in the folder `Location`.
 */
export async function loadDescription(pairs: [name: string, value: string][]): Promise<SourceDescription> {
  const value = (wanted: string) => pairs.findLast(([name]) => name.toLowerCase() === wanted)?.[1] ?? '';
  const driver = value('driver') || highrise.name;
  const known = builtIn.get(driver.toLowerCase());
  if (known) return known;
  const isFile = /\.(ya?ml|json)$/i.test(driver);
  const location = value('location');
  if (!isFile && !location) {
    throw new ProgrammingError(
      `Driver "${driver}" is not one of ${[...builtIn.keys()].join(', ')}, nor the path of a YAML file`,
    );
  }
  const file = isFile ? driver : join(location, `${driver}.yaml`);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ProgrammingError(`Driver ${file}: ${(error as Error).message}`);
  }
  return readYamlDescription(text, file);
}
