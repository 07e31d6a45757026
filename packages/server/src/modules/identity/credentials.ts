import { type Caller, isAdmin } from '../../platform/caller.ts';
import { randomToken, tokenDigest } from '../../platform/crypto/random-token.ts';
import type { Database } from '../../platform/database/database.ts';
import { type AccessLog, type TokenOperation, tokenEntry } from './access-log.ts';
import type { Directory } from './directory.ts';
import { errors } from './errors.ts';
import type { Notices } from './notices.ts';
import {
  type Credential,
  type CredentialKind,
  insertLastingAccessKey,
  readCredentials,
  revokeCredentials,
} from './store/credentials.ts';

/**
 * What people and programs are signed in with: sessions and API keys of the native API, AppSuite access keys, the
 * tokens of the SSM API. Everybody sees and ends his own, administrators everybody's.
 */
export type Credentials = {
  /** The newest first. `user`: a login name; absent: the caller's own, or for administrators everybody's. */
  list(
    caller: Caller,
    kind: CredentialKind,
    page: { user?: string | undefined; limit: number; cursor?: string | undefined },
  ): Promise<{ items: Credential[]; next: string | undefined }>;
  /** Ends one. @throws unknownCredential */
  revoke(caller: Caller, kind: CredentialKind, id: string): Promise<void>;
  /** Ends all of a user (login name), but the session `kept`; says how many. @throws unknownUser, needsAdmin */
  revokeAll(caller: Caller, kind: CredentialKind, user: string, kept: string | undefined): Promise<number>;
  /** A lasting AppSuite access key; `key` is shown this once. Somebody else's: administrators only. */
  makeAccessKey(caller: Caller, user: string): Promise<{ id: string; key: string }>;
};

const operations: Record<CredentialKind, TokenOperation> = {
  session: 'revokeSession',
  apiKey: 'revokeApiKey',
  accessKey: 'revokeAccessKey',
  ssm: 'revokeSsmTokens',
};

export function createCredentials(deps: {
  database: Database;
  directory: Directory;
  notices: Notices;
  log: AccessLog;
}): Credentials {
  const { database, directory, notices, log } = deps;

  /** The number of the user whose credentials the caller may handle; undefined: of everybody. */
  async function owner(caller: Caller, login: string | undefined): Promise<number | undefined> {
    if (login === undefined) return isAdmin(caller) ? undefined : caller.user;
    if (login === caller.login) return caller.user;
    if (!isAdmin(caller)) throw errors.needsAdmin();
    const user = await directory.findUser(login);
    if (user === undefined) throw errors.unknownUser({ user: login });
    return user.number;
  }

  async function end(
    caller: Caller,
    kind: CredentialKind,
    which: { id: string } | { all: true; kept?: string | undefined },
    user: number | undefined,
  ): Promise<number> {
    // else a key with few rights could end what has more
    if (caller.scopes !== undefined) throw errors.needsFullAccess();
    return database.transaction(async (tx) => {
      const ended = await revokeCredentials(tx, kind, which, user);
      if (ended.length === 0) return 0;
      await notices.announce(tx, 'everything');
      for (const id of ended.slice(0, mostLogged)) {
        await log.record(tx, { ...tokenEntry(operations[kind], caller.user, caller), record: id });
      }
      return ended.length;
    });
  }

  return {
    async list(caller, kind, { user, limit, cursor }) {
      const rows = await readCredentials(database, kind, await owner(caller, user), cursor, limit + 1);
      const items = rows.slice(0, limit);
      return {
        items: items.map(({ position: _, ...item }) => item),
        next: rows.length > limit ? items.at(-1)?.position : undefined,
      };
    },
    async revoke(caller, kind, id) {
      const ended = await end(caller, kind, { id }, isAdmin(caller) ? undefined : caller.user);
      if (ended === 0) throw errors.unknownCredential();
    },
    async revokeAll(caller, kind, user, kept) {
      return end(caller, kind, { all: true, kept }, await owner(caller, user));
    },
    async makeAccessKey(caller, user) {
      if (caller.scopes !== undefined) throw errors.needsFullAccess();
      const number = (await owner(caller, user)) as number;
      const key = randomToken();
      const id = await database.transaction(async (tx) => {
        await log.record(tx, tokenEntry('issueAccessKey', number, caller));
        return insertLastingAccessKey(tx, number, tokenDigest(key));
      });
      return { id, key };
    },
  };
}

/** Lines of the access log for one act at most. */
const mostLogged = 100;
