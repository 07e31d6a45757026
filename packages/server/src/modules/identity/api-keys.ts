import { randomUUID } from 'node:crypto';
import { type Caller, isAdmin } from '../../platform/caller.ts';
import { randomToken, tokenDigest } from '../../platform/crypto/random-token.ts';
import type { Database } from '../../platform/database/database.ts';
import { type AccessLog, tokenEntry } from './access-log.ts';
import type { Page } from './directory.ts';
import { errors } from './errors.ts';
import type { Notices } from './notices.ts';
import { type ApiKey, insertApiKey, readApiKeys, revokeApiKey } from './store/api-keys.ts';

export const apiKeyPrefix = 'rk_';

/** Keys for programs that use the native API on a user's behalf; they do not expire. */
export type ApiKeys = {
  /** `key` is shown this once; the database keeps its digest. `scopes` absent: everything the user may do. */
  create(
    caller: Caller,
    request: { name: string; scopes?: readonly string[] | undefined },
  ): Promise<{ id: string; key: string }>;
  /** The caller's own. */
  list(caller: Caller, page: Page): Promise<{ items: ApiKey[]; next: string | undefined }>;
  /** The caller's own, as administrator anybody's. @throws unknownApiKey */
  revoke(caller: Caller, id: string): Promise<void>;
};

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function createApiKeys(database: Database, log: AccessLog, notices: Notices): ApiKeys {
  return {
    async create(caller, { name, scopes }) {
      // else a key could make itself a stronger one
      if (caller.scopes !== undefined) throw errors.needsFullAccess();
      const id = randomUUID();
      const key = `${apiKeyPrefix}${randomToken()}`;
      await database.transaction(async (tx) => {
        await insertApiKey(tx, { id, user: caller.user, name, digest: tokenDigest(key), scopes });
        await log.record(tx, { ...tokenEntry('createApiKey', caller.user, caller), record: id });
      });
      return { id, key };
    },

    async list(caller, { limit, cursor }) {
      const after = cursor !== undefined && uuid.test(cursor) ? cursor : undefined;
      const items = await readApiKeys(database, { user: caller.user, limit, after });
      return { items, next: items.length < limit ? undefined : items.at(-1)?.id };
    },

    async revoke(caller, id) {
      if (caller.scopes !== undefined) throw errors.needsFullAccess();
      if (!uuid.test(id)) throw errors.unknownApiKey();
      await database.transaction(async (tx) => {
        const owner = await revokeApiKey(tx, id, isAdmin(caller) ? undefined : caller.user);
        if (owner === undefined) throw errors.unknownApiKey();
        await notices.announce(tx, { apiKey: id });
        await log.record(tx, { ...tokenEntry('revokeApiKey', caller.user, caller), record: id });
      });
    },
  };
}
