import type { FastifyRequest } from 'fastify';
import { type Identity, systemCaller } from '../../modules/identity/index.ts';
import type { Caller } from '../../platform/caller.ts';
import { isOperatorToken } from '../../platform/crypto/operator-token.ts';
import type { Locale } from '../../platform/errors.ts';
import { requestLocale } from '../../platform/http/problem.ts';
import { cookieToken } from './console-session.ts';

export type Authenticate = (request: FastifyRequest) => Promise<Caller>;

/** The token of an `Authorization: Bearer` header. */
function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Who asks says so by an `Authorization` header or, in a browser, by the cookie of his session. */
export function callerToken(request: FastifyRequest): string | undefined {
  return bearerToken(request) ?? cookieToken(request);
}

/** How somebody came in over the native API. */
export function howOf(request: FastifyRequest, locale: Locale) {
  return {
    via: 'native' as const,
    locale: requestLocale(request) ?? locale,
    requestId: request.id,
    address: request.ip,
  };
}

/** Tokens of the command line name their type, which those of sessions and API keys do not. */
const operatorTokenForm = /^eyJ[\w-]{20,}\.[\w-]+\.[\w-]+$/;

/**
 * The caller behind a native session's access token (of a header or a browser's cookie) or an API key; the command line of this data folder (which holds
 * the secret key) acts as the server itself. @throws AppError `unauthenticated`
 */
export function createAuthenticate(
  identity: Identity,
  secretKey: Uint8Array,
  locale: () => Locale,
): Authenticate {
  return async (request) => {
    const token = callerToken(request);
    try {
      return await identity.authenticateBearer(token, howOf(request, locale()));
    } catch (error) {
      if (token === undefined || !operatorTokenForm.test(token)) throw error;
      if (!(await isOperatorToken(token, secretKey))) throw error;
      return systemCaller(request.id, requestLocale(request) ?? locale());
    }
  };
}
