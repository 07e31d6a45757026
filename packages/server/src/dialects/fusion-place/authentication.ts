import type { FastifyReply, FastifyRequest } from 'fastify';
import type { How, Identity } from '../../modules/identity/index.ts';
import { digestRealm } from '../../modules/identity/index.ts';
import type { Planning } from '../../modules/planning/index.ts';
import type { Caller } from '../../platform/caller.ts';
import { AppError, type Locale } from '../../platform/errors.ts';
import { createNonces, digestResponse, isSameText, nonceLife, parseDigest } from './digest.ts';
import { createSessionCookies } from './session-cookie.ts';

export type AuthScheme = 'bearer' | 'digest' | 'basic';

export type AuthenticationDeps = {
  identity: Pick<Identity, 'callerOf' | 'callerOfPassword' | 'digestSecret' | 'directory'>;
  planning: Planning;
  secretKey: Uint8Array;
  schemes: readonly AuthScheme[];
  /** Life of a cookie session, seconds. */
  sessionLife: number;
};

type Verdict = { caller: Caller; cookie: boolean } | { refused: 'missing' | 'invalid' | 'stale' };

/**
 * Who calls the API, by the schemes that the listener accepts (fusion_place §5): undefined when nobody may, and then
 * the answer is the challenge.
 */
export function createAuthentication({
  identity,
  planning,
  secretKey,
  schemes,
  sessionLife,
}: AuthenticationDeps) {
  const nonces = createNonces(secretKey);
  const cookies = createSessionCookies(secretKey, sessionLife);
  const keepsSessions = schemes.includes('digest') || schemes.includes('basic');

  async function judge(request: FastifyRequest, how: How): Promise<Verdict> {
    const header = request.headers.authorization;
    if (header === undefined) {
      const user = keepsSessions ? cookies.read(request.headers.cookie) : undefined;
      return user === undefined
        ? { refused: 'missing' }
        : { caller: await identity.callerOf(user, how), cookie: false };
    }
    const [, scheme = '', parameters = ''] = /^\s*(\S+)\s+(.*)$/.exec(header) ?? [];
    const name = scheme.toLowerCase();
    if (!(schemes as readonly string[]).includes(name)) return { refused: 'invalid' };
    if (name === 'bearer') return bearer(parameters.trim(), how);
    return name === 'digest' ? digest(request, parameters, how) : basic(parameters.trim(), how);
  }

  async function bearer(token: string, how: How): Promise<Verdict> {
    const user = await planning.webTokens.userOf(token);
    if (user === undefined) return { refused: 'invalid' };
    return { caller: await identity.callerOf(user, how), cookie: false };
  }

  async function basic(credentials: string, how: How): Promise<Verdict> {
    const pair = parseBasic(credentials);
    if (!pair) return { refused: 'invalid' };
    const caller = await identity.callerOfPassword({ username: pair.name, password: pair.secret }, how);
    return { caller, cookie: true };
  }

  async function digest(request: FastifyRequest, parameters: string, how: How): Promise<Verdict> {
    const answer = parseDigest(parameters);
    if (!answer || answer.realm !== digestRealm || answer.uri !== request.raw.url)
      return { refused: 'invalid' };
    const ha1 = await identity.digestSecret(answer.username);
    // a wrong name takes the same way as a wrong password
    const expected = digestResponse(ha1 ?? '', request.method, answer);
    if (!isSameText(expected, answer.response.toLowerCase()) || ha1 === undefined)
      return { refused: 'invalid' };
    const rising =
      nonces.isFresh(answer.nonce) &&
      (await planning.webTokens.advanceNonce(answer.nonce, Number.parseInt(answer.nc, 16), nonceLife));
    if (!rising) return { refused: 'stale' };
    const user = await identity.directory.findUser(answer.username);
    if (!user) return { refused: 'invalid' };
    return { caller: await identity.callerOf(user.number, how), cookie: true };
  }

  function challenges(refused: 'missing' | 'invalid' | 'stale'): string[] {
    return schemes.map((scheme) => {
      if (scheme === 'bearer')
        return `Bearer realm="${digestRealm}"${refused === 'invalid' ? ', error="invalid_token"' : ''}`;
      if (scheme === 'basic') return `Basic realm="${digestRealm}"`;
      return `Digest realm="${digestRealm}",qop="auth",nonce="${nonces.issue()}"${refused === 'stale' ? ',stale=true' : ''}`;
    });
  }

  return async function authenticate(
    request: FastifyRequest,
    reply: FastifyReply,
    locale: Locale,
  ): Promise<Caller | undefined> {
    const how: How = { via: 'fusion_place', locale, requestId: request.id, address: request.ip };
    const verdict = await judge(request, how).catch((error: unknown): Verdict => {
      if (error instanceof AppError && error.kind !== 'internal' && error.kind !== 'tooMany')
        return { refused: 'invalid' };
      throw error;
    });
    if ('refused' in verdict) {
      reply.code(401).header('www-authenticate', challenges(verdict.refused)).send('');
      return undefined;
    }
    if (verdict.cookie) {
      reply.header('set-cookie', cookies.issue(verdict.caller.user, request.protocol === 'https'));
    }
    return verdict.caller;
  };
}

/** Name and secret of HTTP Basic; undefined when it is none. */
export function parseBasic(credentials: string): { name: string; secret: string } | undefined {
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { name: text.slice(0, colon), secret: text.slice(colon + 1) };
}
