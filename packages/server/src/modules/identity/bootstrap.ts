import { hashPassword } from '../../platform/crypto/passwords.ts';
import { randomToken } from '../../platform/crypto/random-token.ts';
import type { Database } from '../../platform/database/database.ts';
import { adminExists, insertAdmin } from './store/maintenance.ts';

/**
 * Makes the user `admin` at the first start. Gives the password that was made up, once, to the process that stored
 * it; undefined when the password was given or `admin` was there already.
 */
export async function bootstrapAdmin(
  database: Database,
  sealDigest: (login: string, password: string) => string,
  given: string | undefined,
): Promise<{ madeUpPassword: string } | undefined> {
  if (await adminExists(database)) return undefined;
  const password = given ?? randomToken(12);
  const passwordHash = await hashPassword(password);
  const made = await insertAdmin(database, { passwordHash, digestSecret: sealDigest('admin', password) });
  return made && given === undefined ? { madeUpPassword: password } : undefined;
}
