import { defineErrors } from '../../platform/errors.ts';

const errors = defineErrors('request', {
  notJson: { kind: 'invalid', ja: '本文がJSONとして読めません', en: 'The body is not valid JSON' },
});

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A body as JSON; an empty one as undefined, since clients send `Content-Type: application/json` with every call.
 * Bytes that are not UTF-8 are refused: a replacement character must not become part of a record.
 */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(utf8.decode(body)) as unknown;
  } catch {
    throw errors.notJson();
  }
}
