import { defineErrors } from '../../platform/errors.ts';

export const errors = defineErrors('appsuite', {
  noData: { kind: 'notFound', ja: '該当するデータがありません。', en: 'There is no matching data.' },
  actionUnknown: {
    kind: 'invalid',
    ja: 'action「{action}」は正しくありません。',
    en: 'There is no action "{action}".',
  },
  parameterMissing: {
    kind: 'invalid',
    ja: 'パラメーター {name} が必要です。',
    en: 'The parameter {name} is missing.',
  },
  parameterWrong: {
    kind: 'invalid',
    ja: 'パラメーター {name} の値が正しくありません（{allowed}）。',
    en: 'The value of the parameter {name} is wrong ({allowed}).',
  },
  partUnknown: { kind: 'invalid', ja: '部品「{part}」がありません。', en: 'There is no part "{part}".' },
  partReadOnly: {
    kind: 'invalid',
    ja: '部品「{part}」には書き込めません。',
    en: 'The part "{part}" cannot be written.',
  },
  encoding: {
    kind: 'invalid',
    ja: 'パラメーターはUTF-8をURLエンコードした形で指定してください。',
    en: 'Parameters must be URL-encoded UTF-8.',
  },
  bodyType: {
    kind: 'unsupported',
    ja: '本文の形式 {type} は受け付けません（application/x-www-form-urlencoded または multipart/form-data）。',
    en: 'Bodies of type {type} are not accepted (application/x-www-form-urlencoded or multipart/form-data).',
  },
  bodyTooLarge: {
    kind: 'tooLarge',
    ja: '本文が大きすぎます（上限 {limit} MB）。',
    en: 'The body is too large (limit {limit} MB).',
  },
  bodyBroken: {
    kind: 'invalid',
    ja: '本文が壊れているか、途中で切れています。',
    en: 'The body is broken or was cut off.',
  },
});
