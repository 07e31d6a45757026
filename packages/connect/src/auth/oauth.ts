import { randomBytes } from 'node:crypto';
import { OperationalError, ProgrammingError } from '../errors.ts';
import type { Authorizer } from '../http/client.ts';
import type { Log } from '../log.ts';
import type { Settings } from '../settings/connection-string.ts';
import { listenForCallback } from './callback-listener.ts';
import {
  type Application,
  authorizationAddress,
  GrantRefused,
  type OAuthDescription,
  type TokenEndpoint,
} from './oauth-endpoints.ts';
import { defaultSettingsFile, fileTokenStore } from './settings-file.ts';
import { memoryTokenStore, type TokenStore, type Tokens } from './tokens.ts';

export interface OAuthOptions {
  settings: Settings;
  /** Names the default settings file's folder. */
  source: string;
  description: OAuthDescription;
  endpoint: TokenEndpoint;
  openBrowser(address: string): void;
  /** Milliseconds since 1970; decides whether a token has expired. */
  now(): number;
  /** How long the desktop flow waits for the redirect, in milliseconds. */
  callbackTimeout: number;
  log: Log;
}

export interface OAuth extends Authorizer {
  /** Gets tokens as `InitiateOAuth` says, when there are none yet. */
  prepare(signal: AbortSignal): Promise<void>;
  /** The desktop flow: browser, redirect, exchange. Tokens are kept. */
  authorize(signal: AbortSignal): Promise<Tokens>;
  application(): Application;
}

/** OAuth for one connection: gets, keeps, renews and gives up tokens (connector §1 facts 4 to 25, §2.2). */
export function createOAuth(options: OAuthOptions): OAuth {
  const { settings, endpoint, log } = options;
  const mode = settings.text('InitiateOAuth').toUpperCase();
  const store = storeOf(settings, options.source);
  const byHand = tokensByHand(settings);
  /** Tokens of this connection when `InitiateOAuth=OFF`, or as last read from the store. */
  let current: Tokens | undefined;
  /** Why no token can be had any more; said again without asking the service. */
  let dead: OperationalError | undefined;

  const application = (): Application => {
    const clientId = settings.text('OAuthClientId');
    if (!clientId) {
      throw new ProgrammingError(
        'OAuthClientId is missing: there is no built-in OAuth application, register your own and set OAuthClientId and OAuthClientSecret',
      );
    }
    return {
      clientId,
      clientSecret: settings.text('OAuthClientSecret'),
      callbackUrl: settings.text('CallbackURL'),
    };
  };

  const adopt = (tokens: Tokens): Tokens => {
    log.hide(tokens.accessToken);
    log.hide(tokens.refreshToken);
    current = tokens;
    return tokens;
  };

  const keep = async (tokens: Tokens): Promise<Tokens> => {
    const { accessToken, refreshToken, expiresAt } = tokens;
    const kept: Tokens = {
      accessToken,
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    adopt(kept);
    await store.write(kept);
    return kept;
  };

  async function browse(signal: AbortSignal): Promise<Tokens> {
    const own = application();
    const state = randomBytes(18).toString('base64url');
    const callback = await listenForCallback(own.callbackUrl, state, options.callbackTimeout);
    const stop = () => callback.close();
    signal.addEventListener('abort', stop);
    try {
      const address = authorizationAddress(options.description, own, { state });
      log.write('AUTH', 1, `opening the browser at ${address}`);
      options.openBrowser(address);
      const aborted = new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
      const code = await Promise.race([callback.code, aborted]);
      return await keep(await endpoint.exchange(own, code, signal));
    } finally {
      callback.close();
      signal.removeEventListener('abort', stop);
    }
  }

  /** Tokens for a connection that has none: from the store, the connection string, a verifier, the browser. */
  async function obtain(signal: AbortSignal): Promise<Tokens | undefined> {
    if (mode === 'OFF') return byHand;
    const stored = await store.read();
    if (stored) return stored;
    return store.exclusively(async () => {
      const meanwhile = await store.read();
      if (meanwhile) return meanwhile;
      if (byHand && !dead) return byHand;
      const verifier = settings.text('OAuthVerifier');
      if (verifier && !dead) return keep(await endpoint.exchange(application(), verifier, signal));
      if (mode === 'GETANDREFRESH') return browse(signal);
      throw (
        dead ??
        new OperationalError(
          'There are no OAuth tokens: InitiateOAuth=REFRESH needs OAuthVerifier, or an OAuthSettingsLocation that holds tokens',
        )
      );
    });
  }

  /** Renews an access token once, whoever asks: others find the new one in the store. */
  async function renewToken(used: Tokens, signal: AbortSignal): Promise<Tokens> {
    if (current && current.accessToken !== used.accessToken) return current;
    return store.exclusively(async () => {
      if (dead) throw dead;
      const stored = await store.read();
      if (stored && stored.accessToken !== used.accessToken) return adopt(stored);
      const refreshToken = stored?.refreshToken ?? used.refreshToken;
      try {
        if (!refreshToken)
          throw new GrantRefused(
            'The access token has expired and there is no refresh token: authorize again',
          );
        log.write('AUTH', 1, 'refreshing the access token');
        return await keep(await endpoint.refresh(application(), refreshToken, signal));
      } catch (error) {
        if (!(error instanceof GrantRefused)) throw error;
        // Five refused refreshes can get a client banned (connector §2.2): the token is never sent again.
        dead = new OperationalError(
          error.message,
          error.status === undefined ? {} : { status: error.status },
        );
        current = undefined;
        await store.remove();
        if (mode !== 'GETANDREFRESH') throw dead;
        const fresh = await browse(signal);
        dead = undefined;
        return fresh;
      }
    });
  }

  return {
    application,
    authorize: (signal) => store.exclusively(() => browse(signal)),
    async prepare(signal) {
      const tokens = await obtain(signal);
      if (tokens) adopt(tokens);
    },
    async headers(signal) {
      if (dead && mode !== 'GETANDREFRESH') throw dead;
      let tokens = current ?? (await obtain(signal));
      if (!tokens) {
        throw new OperationalError(
          'There is no OAuth access token: set OAuthAccessToken, or InitiateOAuth to GETANDREFRESH or REFRESH',
        );
      }
      adopt(tokens);
      const expired = tokens.expiresAt !== undefined && tokens.expiresAt <= options.now();
      if (expired && mode !== 'OFF') tokens = await renewToken(tokens, signal);
      return { authorization: `Bearer ${tokens.accessToken}` };
    },
    async renew(used, signal) {
      if (mode === 'OFF') return false;
      const accessToken = used.authorization!.slice('Bearer '.length);
      await renewToken({ ...current, accessToken }, signal);
      return true;
    },
  };
}

function storeOf(settings: Settings, source: string): TokenStore {
  const location = settings.text('OAuthSettingsLocation');
  const name = /^memory:\/\/(.*)$/i.exec(location)?.[1];
  if (name !== undefined) return memoryTokenStore(name);
  const secret = JSON.stringify([settings.text('OAuthClientSecret'), settings.text('OAuthSettingsKey')]);
  return fileTokenStore(location || defaultSettingsFile(source), secret);
}

function tokensByHand(settings: Settings): Tokens | undefined {
  const accessToken = settings.text('OAuthAccessToken');
  const refreshToken = settings.text('OAuthRefreshToken');
  if (!accessToken && !refreshToken) return undefined;
  const life = settings.integer('OAuthExpiresIn');
  const issued = settings.integer('OAuthTokenTimestamp');
  // Only a refresh token: an access token that has expired already, so that one is got first.
  const expiresAt = accessToken
    ? life !== undefined && issued !== undefined
      ? issued + life * 1000
      : undefined
    : 0;
  return {
    accessToken,
    ...(refreshToken ? { refreshToken } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
