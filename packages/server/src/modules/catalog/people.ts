import type { Role } from '../../platform/caller.ts';
import type { Queryable } from '../../platform/database/database.ts';

/** A user as the catalog needs him: to name him, to mail him, to introduce him to an application. */
export type Person = {
  number: number;
  login: string;
  name: string;
  mail: string | undefined;
  roles: ReadonlySet<Role>;
  removed: boolean;
};

/** What the catalog asks the identity module. */
export type People = {
  usersByNumber(numbers: Iterable<number>): Promise<Map<number, Person>>;
  /** As the database (or an unfinished transaction) has them now; unknown logins are left out. */
  numbersOfLogins(db: Queryable, logins: readonly string[]): Promise<Map<string, number>>;
};
