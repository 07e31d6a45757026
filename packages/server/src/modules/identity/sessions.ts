import { randomUUID } from 'node:crypto';
import { randomToken, tokenDigest } from '../../platform/crypto/random-token.ts';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database, Transaction } from '../../platform/database/database.ts';
import { type AccessLog, tokenEntry } from './access-log.ts';
import type { Cache } from './cache.ts';
import type { How } from './directory.ts';
import { errors } from './errors.ts';
import type { Jwts } from './jwt.ts';
import type { Notices } from './notices.ts';
import type { PasswordCheck, SignInRequest } from './password-check.ts';
import type { TokenLives } from './ssm-tokens.ts';
import {
  insertSession,
  type LiveSession,
  readLiveSessions,
  readSession,
  revokeSession,
  rotateSession,
  type SessionRow,
} from './store/sessions.ts';

export type SessionTokens = {
  access_token: string;
  refresh_token: string;
  /** Seconds until the access token expires. */
  expires_in: number;
};

/** Sessions of the native API; a user may hold many. */
export type Sessions = {
  /** @throws wrongPassword, tooManySignIns */
  signIn(request: SignInRequest, how: How, lives: TokenLives): Promise<SessionTokens>;
  /**
   * A new pair for a refresh token, which is used up by it. For 30 seconds the same token gets the same answer once
   * more (a client that lost the first one); after that its use means that it was stolen, and the session ends.
   * @throws missingToken, malformedToken, unknownToken, expiredToken, revokedToken, reusedToken
   */
  refresh(refreshToken: string | undefined, how: How, lives: TokenLives): Promise<SessionTokens>;
  /** Ends the session of this access token, in all processes. Throws as authentication does. */
  signOut(accessToken: string | undefined, how: How): Promise<void>;
  /** The live session of this access token. */
  ofAccessToken(accessToken: string | undefined): Promise<LiveSession>;
  /** Of these ids those that have the form of a session's and are no live one (any more). */
  endedSessions(ids: readonly string[]): Promise<string[]>;
  /** Calls `listener` in the transaction in which a session is ended by its user or for him. */
  onEnd(listener: (tx: Transaction, session: string) => Promise<void>): void;
};

/** Seconds. */
const grace = 30;
/** Session id and secret: the id finds the row, so that a used-up token still names the session it belongs to. */
const sessionIdForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const refreshTokenForm = /^([0-9a-f-]{36})\.[\w-]{43}$/;

export type SessionsDependencies = {
  database: Database;
  jwts: Jwts;
  box: SecretBox;
  passwords: PasswordCheck;
  log: AccessLog;
  notices: Notices;
  live: Cache<string, LiveSession>;
};

export function createSessions(dependencies: SessionsDependencies): Sessions {
  const { database, jwts, box, passwords, log, notices, live } = dependencies;
  const listeners: ((tx: Transaction, session: string) => Promise<void>)[] = [];

  /** Tells everybody that a session has ended. */
  async function announceEnd(tx: Transaction, session: string): Promise<void> {
    await notices.announce(tx, { session });
    for (const listener of listeners) await listener(tx, session);
  }

  async function makeTokens(id: string, user: number, lives: TokenLives): Promise<SessionTokens> {
    const access_token = await jwts.sign({ sub: String(user), sid: id, jti: randomToken(8) }, lives.access);
    return { access_token, refresh_token: `${id}.${randomToken()}`, expires_in: lives.access };
  }

  async function endReused(id: string, how: How): Promise<never> {
    await database.transaction(async (tx) => {
      const user = await revokeSession(tx, id);
      if (user === undefined) return;
      await announceEnd(tx, id);
      await log.record(tx, tokenEntry('revokeSession', user, how, 'identity.reusedToken'));
    });
    throw errors.reusedToken();
  }

  async function rotate(id: string, token: string, session: SessionRow, how: How, lives: TokenLives) {
    const tokens = await makeTokens(id, session.user_number, lives);
    const rotation = {
      id,
      from: tokenDigest(token),
      to: tokenDigest(tokens.refresh_token),
      replay: box.seal(JSON.stringify(tokens)),
      ttl: lives.refresh,
    };
    const done = await database.transaction(async (tx) => {
      if (!(await rotateSession(tx, rotation))) return false;
      await log.record(tx, tokenEntry('refresh', session.user_number, how));
      return true;
    });
    return done ? tokens : undefined;
  }

  async function ofAccessToken(token: string | undefined): Promise<LiveSession> {
    const { sid } = await jwts.verify(token);
    if (typeof sid !== 'string') throw errors.malformedToken();
    const session = live.peek(sid) ?? (await live.get(sid));
    if (session === undefined) throw errors.revokedToken();
    return session;
  }

  return {
    async signIn(request, how, lives) {
      const user = await passwords.check(request, how, { operation: 'login' });
      const id = randomUUID();
      const tokens = await makeTokens(id, user.number, lives);
      await database.transaction(async (tx) => {
        const stored = await insertSession(tx, {
          id,
          user: user.number,
          passwordHash: user.password_hash,
          digest: tokenDigest(tokens.refresh_token),
          address: how.address,
          ttl: Math.max(lives.refresh, lives.access),
        });
        if (!stored) throw errors.wrongPassword();
        await log.record(tx, tokenEntry('login', user.number, how));
      });
      return tokens;
    },

    async refresh(token, how, lives) {
      if (token === undefined || token === '') throw errors.missingToken();
      const id = refreshTokenForm.exec(token)?.[1];
      if (id === undefined) throw errors.malformedToken();
      const given = tokenDigest(token);
      // twice at most: between reading and rotating another request may have been quicker
      for (let attempt = 1; ; attempt++) {
        const session = await readSession(database, id, grace);
        if (session === undefined) throw errors.unknownToken();
        if (session.revoked) throw errors.revokedToken();
        if (session.expired) throw errors.expiredToken();
        if (session.refresh_digest.equals(given)) {
          const tokens = await rotate(id, token, session, how, lives);
          if (tokens !== undefined) return tokens;
          if (attempt < 3) continue;
        }
        if (session.in_grace && session.previous_digest?.equals(given) && session.replay !== null) {
          return JSON.parse(box.open(session.replay));
        }
        return endReused(id, how);
      }
    },

    async signOut(token, how) {
      const { id } = await ofAccessToken(token);
      await database.transaction(async (tx) => {
        const user = await revokeSession(tx, id);
        if (user === undefined) throw errors.revokedToken();
        await announceEnd(tx, id);
        await log.record(tx, tokenEntry('logout', user, how));
      });
    },

    ofAccessToken,
    async endedSessions(ids) {
      const candidates = ids.filter((id) => sessionIdForm.test(id));
      const alive = await readLiveSessions(database, candidates);
      return candidates.filter((id) => !alive.has(id));
    },
    onEnd: (listener) => void listeners.push(listener),
  };
}
