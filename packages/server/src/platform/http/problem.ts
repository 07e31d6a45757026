import type { FastifyRequest } from 'fastify';
import type { AppError, ErrorKind, Locale } from '../errors.ts';
import type { Logger } from '../log/log.ts';
import { toAppError } from './request-error.ts';

/** RFC 9457. `errors` names each faulty place of the input. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  requestId: string;
  errors?: { pointer: string; detail: string; code: string }[];
};

const statuses: Record<ErrorKind, number> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  notFound: 404,
  conflict: 409,
  stale: 412,
  tooLarge: 413,
  tooMany: 429,
  unsupported: 415,
  upstream: 502,
  internal: 500,
};

/** Codes that are about the message itself rather than about what it asks for. */
const malformed = new Set(['request.notJson', 'request.empty', 'request.malformed', 'request.brokenForm']);

export function statusOf({ code, kind }: AppError): number {
  return malformed.has(code) ? 400 : statuses[kind];
}

/** The language a request asks for; undefined when it names neither Japanese nor English. */
export function requestLocale(request: FastifyRequest): Locale | undefined {
  const wanted = request.headers['accept-language']?.toLowerCase() ?? '';
  return wanted.startsWith('ja') ? 'ja' : wanted.startsWith('en') ? 'en' : undefined;
}

/** Any thrown thing as a problem document; what is not the caller's fault is logged, and only there in full. */
export function problemOf(
  thrown: unknown,
  request: FastifyRequest,
  log: Logger,
  fallback: Locale = 'en',
): { status: number; body: Problem; headers: Record<string, string> } {
  const error = toAppError(thrown);
  const status = statusOf(error);
  if (status >= 500) logFailure(error.cause ?? thrown, request, log);
  const locale = requestLocale(request) ?? fallback;
  const faults = error.errors.length > 0 ? error.errors : error.place === undefined ? [] : [error];
  return {
    status,
    headers: headersOf(error, status),
    body: {
      type: `urn:renkei:error:${error.code}`,
      title: error.code,
      status,
      detail: error.text(locale),
      requestId: request.id,
      ...(faults.length > 0 && {
        errors: faults.map((fault) => ({
          pointer: fault.place ?? '',
          detail: fault.text(locale),
          code: fault.code,
        })),
      }),
    },
  };
}

/** What HTTP wants beside some statuses: how to sign in, when to come again. */
function headersOf({ params }: AppError, status: number): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  return status === 429 ? { 'retry-after': String(params.retryAfter ?? 10) } : {};
}

/** Logs a failure of ours with its stack; nothing of it goes out. */
export function logFailure(thrown: unknown, request: FastifyRequest, log: Logger): void {
  const error =
    thrown instanceof Error ? { message: thrown.message, stack: thrown.stack } : { message: String(thrown) };
  log.error(
    { request: request.id, method: request.method, route: request.routeOptions.url, error },
    'request failed',
  );
}
