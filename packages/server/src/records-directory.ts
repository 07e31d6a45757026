import type { Identity } from './modules/identity/index.ts';
import type { Directory } from './modules/records/index.ts';
import type { Database } from './platform/database/database.ts';

type Members = Map<string | number, number>;

/** What records need of the users: numbers for what values name, be it a login name or a number in whatever form. */
export function createRecordsDirectory(directory: Identity['directory'], database: Database): Directory {
  async function numbers(
    references: readonly (string | number)[],
    byName: (db: Database, names: readonly string[]) => Promise<Map<string, number>>,
    byNumber: (numbers: Iterable<number>) => Promise<Map<number, { removed: boolean }>>,
  ): Promise<Members> {
    const names = references.filter((one) => typeof one === 'string');
    const found: Members = new Map(names.length > 0 ? await byName(database, names) : []);
    const rest = references.filter((one) => !found.has(one) && /^\d{1,9}$/.test(String(one)));
    const known =
      rest.length > 0 ? await byNumber(rest.map(Number)) : new Map<number, { removed: boolean }>();
    for (const reference of rest) {
      const number = Number(reference);
      if (known.get(number)?.removed === false) found.set(reference, number);
    }
    return found;
  }
  return {
    userNumbers: (references) => numbers(references, directory.numbersOfLogins, directory.usersByNumber),
    groupNumbers: (references) => numbers(references, directory.numbersOfGroups, directory.groupsByNumber),
  };
}
