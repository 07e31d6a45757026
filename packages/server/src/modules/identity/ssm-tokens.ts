import { randomUUID } from 'node:crypto';
import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import { type AccessLog, tokenEntry } from './access-log.ts';
import { type How, toCaller } from './directory.ts';
import { errors } from './errors.ts';
import type { Claims, Jwts } from './jwt.ts';
import type { DelegatedCheck, PasswordCheck, SignInRequest } from './password-check.ts';
import { mayLogIn, type PasswordExpiry } from './rules/password-expiry.ts';
import { deleteTokens, readTokenOwner, replaceAccessToken, replaceTokens } from './store/ssm-tokens.ts';

/** Lives of tokens in seconds. */
export type TokenLives = { access: number; refresh: number };

/**
 * The tokens of the SSM API (ssm §1.6, §2.4 L1): JWTs of which each user has one live access token at most, in the
 * whole database. Every call asks the database, so that a revocation holds in all processes at once.
 */
export type SsmTokens = {
  /**
   * A new pair; the user's earlier tokens die. With `delegate` the password is checked there instead of here.
   * @throws wrongPassword, wrongAuthMethod, passwordExpired, tooManySignIns, passwordCheckFailed
   */
  login(
    request: SignInRequest,
    how: How,
    lives: TokenLives,
    delegate?: DelegatedCheck,
  ): Promise<{ access_token: string; refresh_token: string }>;
  /**
   * A new access token; the earlier one dies, the refresh token stays usable until it expires.
   * @throws missingToken, malformedToken, badSignature, expiredToken, wrongTokenType, revokedToken
   */
  refresh(refreshToken: string | undefined, how: How, lives: TokenLives): Promise<{ access_token: string }>;
  /** Both tokens die. Throws as `authenticate`. */
  logout(accessToken: string | undefined, how: How): Promise<void>;
  /** @throws missingToken, malformedToken, badSignature, expiredToken, wrongTokenType, revokedToken */
  authenticate(accessToken: string | undefined, how: How): Promise<Caller>;
};

export type SsmTokensDependencies = {
  database: Database;
  jwts: Jwts;
  passwords: PasswordCheck;
  log: AccessLog;
  passwordExpiry: () => PasswordExpiry | Promise<PasswordExpiry>;
  /** Passes on a caller who was let in. */
  told: (caller: Caller) => Caller;
};

export function createSsmTokens(dependencies: SsmTokensDependencies): SsmTokens {
  const { database, jwts, passwords, log, passwordExpiry, told } = dependencies;

  function accessToken(login: string, id: string, fresh: boolean, lives: TokenLives): Promise<string> {
    return jwts.sign({ jti: id, identity: login, type: 'access', fresh }, lives.access);
  }

  return {
    async login(request, how, lives, delegate) {
      const login = request.username;
      const user = await passwords.check(request, how, {
        operation: 'login',
        delegate,
        async allowed({ auth_method, kind, password_expired }) {
          if (auth_method !== 'basic') throw errors.wrongAuthMethod();
          if (!mayLogIn({ kind, expired: password_expired }, await passwordExpiry())) {
            throw errors.passwordExpired();
          }
        },
      });
      const [accessId, refreshId] = [randomUUID(), randomUUID()];
      const [access_token, refresh_token] = await Promise.all([
        accessToken(login, accessId, true, lives),
        jwts.sign({ jti: refreshId, identity: login, type: 'refresh' }, lives.refresh),
      ]);
      const ttl = Math.max(lives.access, lives.refresh);
      await database.transaction(async (tx) => {
        const tokens = { user: user.number, passwordHash: user.password_hash, accessId, refreshId, ttl };
        if (!(await replaceTokens(tx, tokens))) throw errors.wrongPassword();
        await log.record(tx, tokenEntry('login', user.number, how));
      });
      return { access_token, refresh_token };
    },

    async refresh(refreshToken, how, lives) {
      const { identity, jti } = typed(await jwts.verify(refreshToken), 'refresh');
      const accessId = randomUUID();
      const access_token = await accessToken(identity, accessId, false, lives);
      await database.transaction(async (tx) => {
        const user = await replaceAccessToken(tx, {
          login: identity,
          refreshId: jti,
          accessId,
          ttl: lives.access,
        });
        if (user === undefined) throw errors.revokedToken();
        await log.record(tx, tokenEntry('refresh', user, how));
      });
      return { access_token };
    },

    async logout(token, how) {
      const { identity, jti } = typed(await jwts.verify(token), 'access');
      await database.transaction(async (tx) => {
        const user = await deleteTokens(tx, identity, jti);
        if (user === undefined) throw errors.revokedToken();
        await log.record(tx, tokenEntry('logout', user, how));
      });
    },

    async authenticate(token, how) {
      const { identity, jti } = typed(await jwts.verify(token), 'access');
      const user = await readTokenOwner(database, identity, jti);
      if (user === undefined) throw errors.revokedToken();
      return told(toCaller(user, how));
    },
  };
}

function typed(claims: Claims, wanted: 'access' | 'refresh'): { identity: string; jti: string } {
  const { identity, jti, type } = claims;
  if (type !== wanted) throw errors.wrongTokenType({ wanted });
  if (typeof identity !== 'string' || typeof jti !== 'string') throw errors.malformedToken();
  return { identity, jti };
}
