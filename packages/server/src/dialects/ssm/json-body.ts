import { defineErrors } from '../../platform/errors.ts';

const errors = defineErrors('request', {
  notJson: { kind: 'invalid', ja: '本文がJSONとして読めません', en: 'The body is not valid JSON' },
  tooDeep: {
    kind: 'invalid',
    ja: '本文のJSONの入れ子が深すぎます（上限{limit}）',
    en: 'The JSON of the body is nested deeper than {limit}',
  },
});

/** Deeper than any item; what looks at values does so recursively. */
const depthLimit = 64;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A body as JSON; an empty one as undefined, since clients send `Content-Type: application/json` with every call.
 * Bytes that are not UTF-8 are refused: a replacement character must not become part of a record.
 */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const value = parse(body);
  if (!isShallow(value)) throw errors.tooDeep({ limit: depthLimit });
  return value;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    throw errors.notJson();
  }
}

/** Level by level: recursion would meet the very stack overflow that this prevents. */
function isShallow(value: unknown): boolean {
  const isObject = (one: unknown) => typeof one === 'object' && one !== null;
  let level = [value].filter(isObject);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === depthLimit) return false;
    level = level.flatMap((one) => Object.values(one as object).filter(isObject));
  }
  return true;
}
