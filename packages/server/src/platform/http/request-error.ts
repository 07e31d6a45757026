import type { FastifyError } from 'fastify';
import { AppError, collectErrors, defineErrors } from '../errors.ts';

const errors = defineErrors('request', {
  noRoute: { kind: 'notFound', ja: '{path} はありません', en: 'There is nothing at {path}' },
  notJson: { kind: 'invalid', ja: '本文がJSONとして読めません', en: 'The body is not valid JSON' },
  tooLarge: { kind: 'tooLarge', ja: '本文が大きすぎます', en: 'The body is too large' },
  mediaType: {
    kind: 'unsupported',
    ja: '本文の形式 {type} は受け付けません',
    en: 'Bodies of type {type} are not accepted here',
  },
  empty: { kind: 'invalid', ja: '本文が空です', en: 'The body is empty' },
  field: { kind: 'invalid', ja: '{place}: {reason}', en: '{place}: {reason}' },
  malformed: {
    kind: 'invalid',
    ja: '要求が正しくありません: {reason}',
    en: 'The request is malformed: {reason}',
  },
  character: {
    kind: 'invalid',
    ja: '本文にNUL文字など保存できない文字があります',
    en: 'The input holds a character that cannot be stored, such as NUL',
  },
  internal: { kind: 'internal', ja: 'サーバー内部のエラーです', en: 'Internal server error' },
});

type Validation = {
  instancePath: string;
  message?: string;
  keyword?: string;
  params?: Record<string, unknown>;
};

/** Nothing answers this method and path. */
export const noRoute = errors.noRoute;

/**
 * What went wrong, as an error of ours: those are passed on, the HTTP framework's own are translated, and everything
 * else becomes `request.internal`, whose cause is for the log alone.
 */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const error = thrown as FastifyError & { validation?: Validation[]; validationContext?: string };
  if (error.validation) return collectErrors(error.validation.map(validationError)) as AppError;
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return errors.notJson();
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return errors.empty();
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
    case 'FST_REQ_FILE_TOO_LARGE':
      return errors.tooLarge();
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_INVALID_MULTIPART_CONTENT_TYPE':
      return errors.mediaType({ type: /: (.*)$/.exec(error.message)?.[1] ?? '?' });
  }
  // the multipart parser's own, without a code
  if (/unexpected end of multipart data|Boundary not found/i.test(error.message)) {
    return errors.malformed({ reason: error.message });
  }
  // PostgreSQL: characters that no text can hold
  if (['22021', '22P05'].includes(error.code)) return errors.character();
  if (thrown instanceof SyntaxError && error.statusCode === 400) return errors.notJson();
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return error.statusCode === 413 ? errors.tooLarge() : errors.malformed({ reason: error.message });
  }
  return errors.internal();
}

function validationError({ instancePath, message, keyword, params }: Validation): AppError {
  const missing =
    keyword === 'required' ? String(params?.missingProperty ?? params?.requiredProperties ?? '') : '';
  const place = missing ? `${instancePath}/${missing}` : instancePath;
  return errors.field({ place: place || '/', reason: message ?? 'invalid' }, place);
}
