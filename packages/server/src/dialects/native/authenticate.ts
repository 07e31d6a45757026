import type { FastifyRequest } from 'fastify';
import type { Identity } from '../../modules/identity/index.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Locale } from '../../platform/errors.ts';
import { requestLocale } from '../../platform/http/problem.ts';

export type Authenticate = (request: FastifyRequest) => Promise<Caller>;

/** The token of an `Authorization: Bearer` header. */
export function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
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

/** The caller behind a native session's access token or an API key. @throws AppError `unauthenticated` */
export function createAuthenticate(identity: Identity, locale: () => Locale): Authenticate {
  return (request) => identity.authenticateBearer(bearerToken(request), howOf(request, locale()));
}
