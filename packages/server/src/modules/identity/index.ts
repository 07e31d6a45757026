import type { Caller } from '../../platform/caller.ts';
import { tokenDigest } from '../../platform/crypto/random-token.ts';
import { createSecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database } from '../../platform/database/database.ts';
import type { WorkspaceSection } from '../../platform/workspace-section.ts';
import { type AccessKeys, createAccessKeyCaches, createAccessKeys } from './access-keys.ts';
import type { AccessLog } from './access-log.ts';
import { type Administration, createAdministration } from './administration.ts';
import { type ApiKeys, apiKeyPrefix, createApiKeys } from './api-keys.ts';
import { bootstrapAdmin } from './bootstrap.ts';
import { createCache } from './cache.ts';
import { type Credentials, createCredentials } from './credentials.ts';
import { createDigestSecrets } from './digest-secret.ts';
import {
  cacheTtl,
  callerFrom,
  createDirectory,
  createGroupCache,
  createUserCache,
  type Directory,
  type How,
} from './directory.ts';
import { errors } from './errors.ts';
import { createJwts } from './jwt.ts';
import { createNotices, type Notice } from './notices.ts';
import { createPasswordCheck, type SignInRequest } from './password-check.ts';
import type { PasswordExpiry } from './rules/password-expiry.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { createSsmTokens, type SsmTokens } from './ssm-tokens.ts';
import { readLiveApiKeys } from './store/api-keys.ts';
import { cleanUp } from './store/maintenance.ts';
import { readLiveSessions } from './store/sessions.ts';
import { createIdentitySection } from './workspace/section.ts';

export type { AccessKeys } from './access-keys.ts';
export type { AccessEntry, AccessLog } from './access-log.ts';
export type { Administration, GroupEntry, UserChange, UserEntry } from './administration.ts';
export type { ApiKeys } from './api-keys.ts';
export type { Credentials } from './credentials.ts';
export { digestRealm } from './digest-secret.ts';
export { type Directory, type How, type Page, systemCaller } from './directory.ts';
export { errors as identityErrors } from './errors.ts';
export type { DelegatedCheck, SignInRequest } from './password-check.ts';
export type { AccessKeyPolicy } from './rules/access-key-policy.ts';
export type { ExpiredPasswordRule, PasswordExpiry } from './rules/password-expiry.ts';
export type { Sessions, SessionTokens } from './sessions.ts';
export type { SsmTokens, TokenLives } from './ssm-tokens.ts';
export type { ApiKey } from './store/api-keys.ts';
export { type Credential, type CredentialKind, credentialKinds } from './store/credentials.ts';
export type { Group } from './store/groups.ts';
export type { AuthMethod, User, UserKind } from './store/users.ts';
export { entrySchemas } from './workspace/schema.ts';

export type IdentityDependencies = {
  /** Told of everybody who was let in. */
  recognised?: (caller: Caller) => void;
  database: Database;
  /** As `loadSecretKey` gives it. */
  secretKey: Uint8Array;
  accessLog: AccessLog;
  /** The workspace's setting of that name. */
  passwordExpiry: () => PasswordExpiry | Promise<PasswordExpiry>;
};

export type Identity = {
  directory: Directory;
  /** On whose behalf something runs later (jobs, approvals). @throws unknownUser */
  callerOf(user: number, how: How): Promise<Caller>;
  /** For schemes that send the password with every request (HTTP Basic). @throws wrongPassword, tooManySignIns */
  callerOfPassword(request: SignInRequest, how: How): Promise<Caller>;
  /** HA1 of a user for HTTP Digest in `digestRealm`, hexadecimal. */
  digestSecret(login: string): Promise<string | undefined>;
  /**
   * The caller behind an access token of a native session or an API key. A token seen lately costs no query.
   * @throws missingToken, malformedToken, badSignature, expiredToken, revokedToken, unknownToken
   */
  authenticateBearer(token: string | undefined, how: How): Promise<Caller>;
  sessions: Sessions;
  apiKeys: ApiKeys;
  accessKeys: AccessKeys;
  ssm: SsmTokens;
  administration: Administration;
  credentials: Credentials;
  /** Makes the user `admin` at the first start; gives the password that was made up, to be shown once. */
  bootstrap(adminPassword: string | undefined): Promise<{ madeUpPassword: string } | undefined>;
  /** Removes tokens that can no longer be used; for a daily job. */
  cleanUp(): Promise<void>;
  section: WorkspaceSection;
};

/** Users, groups and everything they sign in with. Resolves when it listens for changes that other processes make. */
export async function createIdentity(dependencies: IdentityDependencies): Promise<Identity> {
  const { database, secretKey, accessLog: log, passwordExpiry, recognised } = dependencies;
  const box = createSecretBox(secretKey);
  const notices = createNotices(database);
  const passwords = createPasswordCheck(database, log);
  const digests = createDigestSecrets(database, box);

  const users = createUserCache(database);
  const groups = createGroupCache(database);
  const sessionCache = createCache({
    ttl: cacheTtl,
    limit: 20_000,
    load: (ids: string[]) => readLiveSessions(database, ids),
  });
  const apiKeyCache = createCache({
    ttl: cacheTtl,
    limit: 20_000,
    load: (found: string[]) => readLiveApiKeys(database, found),
  });
  const { keys, policies } = createAccessKeyCaches(database);

  function forget(notice: Notice): void {
    if (notice === 'everything') {
      for (const cache of [users, groups, sessionCache, apiKeyCache, keys, policies]) cache.drop();
    } else if ('session' in notice) {
      sessionCache.drop((_, id) => id === notice.session);
    } else {
      apiKeyCache.drop(({ id }) => id === notice.apiKey);
    }
  }

  function told(caller: Caller): Caller {
    recognised?.(caller);
    return caller;
  }

  const directory = createDirectory(database, users, groups);
  const jwts = createJwts(secretKey, 'native');
  const sessions = createSessions({ database, jwts, box, passwords, log, notices, live: sessionCache });
  const section = createIdentitySection({ digests, notices, forget: () => forget('everything') });
  await notices.listen(forget);

  return {
    directory,
    sessions,
    async callerOf(user, how) {
      const found = await users.get(user);
      if (found === undefined || found.removed || found.deactivated) throw errors.unknownUser({ user });
      return told(await callerFrom(users, user, how));
    },
    async callerOfPassword(request, how) {
      const { number } = await passwords.check(request, how, { operation: 'login' });
      return told(await callerFrom(users, number, how));
    },
    digestSecret: (login) => digests.read(login),
    async authenticateBearer(token, how) {
      if (token?.startsWith(apiKeyPrefix)) {
        const digest = tokenDigest(token).toString('hex');
        const key = apiKeyCache.peek(digest) ?? (await apiKeyCache.get(digest));
        if (key === undefined) throw errors.unknownToken();
        return told(await callerFrom(users, key.user, how, key.scopes));
      }
      const session = await sessions.ofAccessToken(token);
      return told(await callerFrom(users, session.user, how));
    },
    apiKeys: createApiKeys(database, log, notices),
    accessKeys: createAccessKeys({ database, users, keys, policies, passwords, log, notices, told }),
    ssm: createSsmTokens({
      database,
      jwts: createJwts(secretKey, 'ssm'),
      passwords,
      log,
      passwordExpiry,
      told,
    }),
    bootstrap: (given) => bootstrapAdmin(database, digests.seal, given),
    cleanUp: () => cleanUp(database),
    section,
    administration: createAdministration({ database, section, digests, passwords, notices, log }),
    credentials: createCredentials({ database, directory, notices, log }),
  };
}
