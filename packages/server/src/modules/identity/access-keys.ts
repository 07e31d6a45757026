import { type Caller, isAdmin } from '../../platform/caller.ts';
import { randomToken, tokenDigest } from '../../platform/crypto/random-token.ts';
import type { Database } from '../../platform/database/database.ts';
import { type AccessLog, tokenEntry } from './access-log.ts';
import { type Cache, createCache } from './cache.ts';
import { cacheTtl, type How, toCaller } from './directory.ts';
import { errors } from './errors.ts';
import type { Notices } from './notices.ts';
import type { PasswordCheck, SignInRequest } from './password-check.ts';
import { type AccessKeyPolicy, isAddressOrRange, mayUseKey } from './rules/access-key-policy.ts';
import {
  insertAccessKey,
  type LiveAccessKey,
  readLiveAccessKeys,
  readPolicy,
  writePolicy,
  writeUserPolicy,
} from './store/access-keys.ts';
import type { User } from './store/users.ts';

/** AppSuite access keys (appsuite §2.2, §3.5): declared in the workspace, or issued by the login API. */
export type AccessKeys = {
  /** Undefined for a key that is unknown, expired, or that its owner may not use from there. */
  authenticate(key: string, how: How): Promise<Caller | undefined>;
  /**
   * A key for `ttl` seconds for who signs in.
   * @throws wrongPassword, tooManySignIns, accessKeyRefused
   */
  issue(request: SignInRequest, how: How, ttl: number): Promise<{ key: string; user: User }>;
  policy(): Promise<AccessKeyPolicy>;
  /** Administrators only. @throws needsAdmin, badAddress */
  setPolicy(caller: Caller, policy: AccessKeyPolicy): Promise<void>;
  /** Administrators only. @throws needsAdmin, unknownUser */
  setUserPolicy(caller: Caller, user: number, allowed: boolean): Promise<void>;
};

export type AccessKeysDependencies = {
  database: Database;
  users: Cache<number, User>;
  keys: Cache<string, LiveAccessKey>;
  policies: Cache<'policy', AccessKeyPolicy>;
  passwords: PasswordCheck;
  log: AccessLog;
  notices: Notices;
  /** Passes on a caller who was let in. */
  told: (caller: Caller) => Caller;
};

export function createAccessKeyCaches(database: Database) {
  return {
    keys: createCache<string, LiveAccessKey>({
      ttl: cacheTtl,
      limit: 20_000,
      load: (digests) => readLiveAccessKeys(database, digests),
    }),
    policies: createCache<'policy', AccessKeyPolicy>({
      ttl: cacheTtl,
      limit: 1,
      load: async () => new Map([['policy', await readPolicy(database)] as const]),
    }),
  };
}

const openPolicy: AccessKeyPolicy = { usage: 'allow', addresses: [] };

export function createAccessKeys(dependencies: AccessKeysDependencies): AccessKeys {
  const { database, users, keys, policies, passwords, log, notices, told } = dependencies;
  const policy = async () => policies.peek('policy') ?? (await policies.get('policy')) ?? openPolicy;

  async function allowed(user: User, how: How): Promise<boolean> {
    return mayUseKey(await policy(), { userAllowed: user.accessKeysAllowed, address: how.address });
  }

  return {
    policy,

    async authenticate(key, how) {
      if (key === '' || key.length > 1000) return undefined;
      const digest = tokenDigest(key).toString('hex');
      const live = keys.peek(digest) ?? (await keys.get(digest));
      if (live === undefined || (live.expiresAt !== null && live.expiresAt.getTime() <= Date.now())) {
        return undefined;
      }
      const user = users.peek(live.user) ?? (await users.get(live.user));
      if (user === undefined || user.removed || user.deactivated || !(await allowed(user, how))) {
        return undefined;
      }
      return told(toCaller(user, how));
    },

    async issue(request, how, ttl) {
      const { number } = await passwords.check(request, how, { operation: 'login' });
      const user = await users.get(number);
      if (user === undefined) throw errors.wrongPassword();
      if (!(await allowed(user, how))) {
        log.note(tokenEntry('issueAccessKey', number, how, 'identity.accessKeyRefused'));
        throw errors.accessKeyRefused();
      }
      const key = randomToken();
      await database.transaction(async (tx) => {
        await insertAccessKey(tx, { user: number, digest: tokenDigest(key), ttl });
        await log.record(tx, tokenEntry('issueAccessKey', number, how));
      });
      return { key, user };
    },

    async setPolicy(caller, next) {
      if (!isAdmin(caller)) throw errors.needsAdmin();
      const wrong = next.addresses.find((address) => !isAddressOrRange(address));
      if (wrong !== undefined) throw errors.badAddress({ address: wrong }, '/addresses');
      await database.transaction(async (tx) => {
        await writePolicy(tx, next);
        await notices.announce(tx, 'everything');
      });
    },

    async setUserPolicy(caller, user, userAllowed) {
      if (!isAdmin(caller)) throw errors.needsAdmin();
      await database.transaction(async (tx) => {
        if (!(await writeUserPolicy(tx, user, userAllowed))) throw errors.unknownUser({ user });
        await notices.announce(tx, 'everything');
      });
    },
  };
}
