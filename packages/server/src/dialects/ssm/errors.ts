import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AppError, defineErrors, type ErrorKind, type Locale } from '../../platform/errors.ts';
import { logFailure, requestLocale } from '../../platform/http/problem.ts';
import { toAppError } from '../../platform/http/request-error.ts';
import type { Logger } from '../../platform/log/log.ts';

/** What this dialect refuses by itself. */
export const errors = defineErrors('ssm', {
  unknownPath: { kind: 'notFound', ja: '{path} というAPIはありません', en: 'There is no API {path}' },
  notPublished: {
    kind: 'notFound',
    ja: 'ヘルスチェックAPIは公開されていません',
    en: 'The health check is not published',
  },
  badHeader: {
    kind: 'unauthenticated',
    ja: "Bad Authorization header. Expected value 'Bearer <JWT>'",
    en: "Bad Authorization header. Expected value 'Bearer <JWT>'",
  },
  query: {
    kind: 'invalid',
    ja: 'パラメーター {name} が正しくありません（指定できる値: {allowed}）',
    en: 'The parameter {name} is wrong (allowed: {allowed})',
  },
  disallowedTags: {
    kind: 'internal',
    ja: 'リッチテキスト項目「{item}」に使用できないタグがあります: {tags}',
    en: 'The rich text item "{item}" holds tags that are not allowed: {tags}',
  },
});

/** Statuses of the contract (§4, §7): there is no 412, 415 or 502 in this API. */
const statuses: Record<ErrorKind, number> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  notFound: 404,
  conflict: 409,
  stale: 409,
  tooLarge: 413,
  tooMany: 429,
  unsupported: 400,
  upstream: 500,
  internal: 500,
};

/** Codes whose status is not that of their kind. */
const exceptions: Readonly<Record<string, number>> = {
  'request.notJson': 400,
  'request.empty': 400,
  'request.malformed': 400,
  'request.brokenForm': 400,
  'ssm.badHeader': 422,
  'identity.malformedToken': 422,
  'identity.badSignature': 422,
  'identity.wrongTokenType': 422,
};

/** The words of the library that the product answers token errors with (ssm §2.4 L3). */
const tokenMessages: Readonly<Record<string, string>> = {
  'identity.missingToken': 'Missing Authorization Header',
  'identity.malformedToken': 'Not enough segments',
  'identity.badSignature': 'Signature verification failed',
  'identity.expiredToken': 'Token has expired',
  'identity.revokedToken': 'Token has been revoked',
};

function messageOf(error: AppError, locale: Locale): string {
  if (error.code === 'identity.wrongTokenType') return `Only ${error.params.wanted} tokens are allowed`;
  const known = tokenMessages[error.code];
  if (known !== undefined) return known;
  if (error.errors.length === 0) return error.text(locale);
  return error.errors.map((one) => one.text(locale)).join('\n');
}

/** Answers any thrown thing as `{"msg"}`; what is not the client's fault is logged, and only there in full. */
export function sendError(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { locale, log }: { locale: Locale; log: Logger },
): FastifyReply {
  const error = toAppError(thrown);
  const status = exceptions[error.code] ?? statuses[error.kind];
  if (status >= 500) logFailure(thrown, request, log);
  if (error.params.retryAfter !== undefined) reply.header('retry-after', String(error.params.retryAfter));
  // the client shall finish sending what is too large, else it may never read the answer; Node.js discards it
  if (status === 413) reply.removeHeader('connection');
  return reply.code(status).send({ msg: messageOf(error, requestLocale(request) ?? locale) });
}
