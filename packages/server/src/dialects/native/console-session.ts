import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SessionTokens } from '../../modules/identity/index.ts';
import { defineErrors } from '../../platform/errors.ts';

/**
 * Sessions of browsers. Their tokens live in cookies that scripts cannot read and that go nowhere but to `/v1` and the
 * ways into subscribed applications (`/opt`) of this server. A call that changes something must also carry the header
 * `X-Renkei-Console`: a foreign page cannot send it without asking first (CORS), and that question is never answered.
 */
export const consoleHeader = 'x-renkei-console';
const accessCookie = 'renkei_access';
const refreshCookie = 'renkei_refresh';
const accessPath = '/v1';
const entryPath = '/opt';
const refreshPath = '/v1/sessions';
const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

const errors = defineErrors('native', {
  foreignPage: {
    kind: 'forbidden',
    ja: 'この操作はコンソールの画面からの要求ではないため受け付けません',
    en: 'This change did not come from a page of the console, so it is refused',
  },
});

/** Whether the request says that it comes from the console, and the browser does not deny it. */
export function isFromConsole({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  return headers[consoleHeader] !== undefined && (site === undefined || site === 'same-origin');
}

/**
 * The access token of the session cookie; an `Authorization` header always goes before it.
 * @throws AppError `native.foreignPage` for a change that cannot be shown to come from the console
 */
export function cookieToken(request: FastifyRequest): string | undefined {
  if (request.headers.authorization !== undefined) return undefined;
  const token = request.cookies[accessCookie];
  if (token !== undefined && !safe.has(request.method) && !isFromConsole(request)) throw errors.foreignPage();
  return token;
}

/** Puts the refresh token of the cookie where `POST /v1/sessions/refresh` reads it. */
export async function refreshFromCookie(request: FastifyRequest): Promise<void> {
  if (!isFromConsole(request)) return;
  request.body = { refresh_token: request.cookies[refreshCookie] ?? '' };
}

/** Hands the tokens to the browser as cookies; what is left for scripts is how long they live. */
export function keepInCookies(
  request: FastifyRequest,
  reply: FastifyReply,
  { access_token, refresh_token, expires_in }: SessionTokens,
  refreshLife: number,
): { expires_in: number } {
  const shared = { httpOnly: true, sameSite: 'strict', secure: request.protocol === 'https' } as const;
  reply.setCookie(accessCookie, access_token, { ...shared, path: accessPath, maxAge: expires_in });
  reply.setCookie(accessCookie, access_token, { ...shared, path: entryPath, maxAge: expires_in });
  reply.setCookie(refreshCookie, refresh_token, { ...shared, path: refreshPath, maxAge: refreshLife });
  return { expires_in };
}

export function clearCookies(reply: FastifyReply): void {
  reply.clearCookie(accessCookie, { path: accessPath });
  reply.clearCookie(accessCookie, { path: entryPath });
  reply.clearCookie(refreshCookie, { path: refreshPath });
}
