import { ProgrammingError } from '../errors.ts';
import type { SourceDescription } from '../rest/description.ts';
export function readYamlDescription(_text: string, file: string): SourceDescription {
  throw new ProgrammingError(`${file}: not yet`);
}
