import { createHash } from 'node:crypto';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import { type Database, sql } from '../../platform/database/database.ts';
import { storable } from './store/users.ts';

/** The one realm in which HTTP Digest is spoken (fusion_place §5.1). */
export const digestRealm = 'FusionPlace System';

/**
 * What HTTP Digest needs of a password: HA1, MD5(login:realm:password) in hexadecimal, which is as good as the
 * password itself and so is stored encrypted. It also tells at once, without hashing, whether a declared password is
 * the stored one.
 */
export type DigestSecrets = {
  seal(login: string, password: string): string;
  /** Whether `password` is the one that was sealed; false as well when the secret key has changed. */
  matches(sealed: string | null, login: string, password: string): boolean;
  /** The HA1 of a user that may sign in; undefined when there is none. */
  read(login: string): Promise<string | undefined>;
};

export function createDigestSecrets(database: Database, box: SecretBox): DigestSecrets {
  const ha1 = (login: string, password: string) =>
    createHash('md5').update(`${login}:${digestRealm}:${password}`).digest('hex');
  function open(sealed: string | null): string | undefined {
    if (sealed === null) return undefined;
    try {
      return box.open(sealed);
    } catch {
      return undefined;
    }
  }
  return {
    seal: (login, password) => box.seal(ha1(login, password)),
    matches: (sealed, login, password) => open(sealed) === ha1(login, password),
    async read(login) {
      if (!storable(login)) return undefined;
      const row = await database.row<{ digest_secret: string | null }>(
        sql`SELECT digest_secret FROM identity.users WHERE login = ${login} AND removed_at IS NULL
              AND deactivated_at IS NULL`,
      );
      return open(row?.digest_secret ?? null);
    },
  };
}
