import { defineErrors } from '../platform/errors.ts';

/** What may be wrong with a workspace file before any module looks at its part. */
export const errors = defineErrors('workspace', {
  stale: {
    kind: 'stale',
    ja: 'ほかの人が先に構成を変更しています。読み直してから、もう一度変更してください',
    en: 'Somebody else changed the workspace first: load it again and repeat the change',
  },
  syntax: { kind: 'invalid', ja: 'YAMLとして読めません: {reason}', en: 'not valid YAML: {reason}' },
  unreadable: { kind: 'invalid', ja: '{path} を読めません({reason})', en: 'cannot read {path} ({reason})' },
  tooLarge: {
    kind: 'tooLarge',
    ja: '{path} が大きすぎます(上限 {limit} バイト)',
    en: '{path} is too large (at most {limit} bytes)',
  },
  notText: { kind: 'invalid', ja: '{path} がUTF-8ではありません', en: '{path} is not UTF-8 text' },
  noMap: {
    kind: 'invalid',
    ja: 'ワークスペースファイルの最上位は「キー: 値」の形にしてください',
    en: 'a workspace file is a map of keys and values at its top',
  },
  version: {
    kind: 'invalid',
    ja: '先頭に「renkei: 1」が必要です(この版が読める形式は1だけです)',
    en: 'the file must say "renkei: 1" (the only form this version reads)',
  },
  duplicateKey: {
    kind: 'invalid',
    ja: 'キー「{key}」が二度あります(一度目は{line}行目)',
    en: 'the key "{key}" is given twice (first in line {line})',
  },
  aliases: {
    kind: 'invalid',
    ja: 'YAMLの別名(*)が多すぎるか、自分自身を指しています',
    en: 'too many YAML aliases (*), or one that holds itself',
  },
  include: {
    kind: 'invalid',
    ja: 'include はファイル名かその一覧(相対パス、* も可)です',
    en: 'include takes a file name or a list of them (relative paths, * allowed)',
  },
  noMatch: {
    kind: 'invalid',
    ja: '「{pattern}」に当たるファイルがありません',
    en: 'no file matches "{pattern}"',
  },
  cycle: {
    kind: 'invalid',
    ja: '{path} が自分自身を include しています({chain})',
    en: '{path} includes itself ({chain})',
  },
  mergeConflict: {
    kind: 'invalid',
    ja: '「{key}」は {file}:{line} にも別の値であります',
    en: '"{key}" also stands in {file}:{line} with another value',
  },
  unknownKey: {
    kind: 'invalid',
    ja: '「{key}」というキーはありません{hintJa}',
    en: 'unknown key "{key}"{hintEn}',
  },
  missingKey: { kind: 'invalid', ja: '「{key}」が必要です', en: '"{key}" is missing' },
  wrongType: {
    kind: 'invalid',
    ja: '{givenJa}ではなく{wantedJa}を書いてください',
    en: 'must be {wantedEn}, not {givenEn}',
  },
  quoteText: {
    kind: 'invalid',
    ja: '文字列にしてください。引用符がないので{givenJa}として読まれました("…" で囲んでください)',
    en: 'must be text, but without quotes it was read as {givenEn}: put it in quotes ("…")',
  },
  notOneOf: {
    kind: 'invalid',
    ja: '{value}は使えません。使えるのは {allowed} です{hintJa}',
    en: '{value} is not allowed; allowed: {allowed}{hintEn}',
  },
  tooShort: {
    kind: 'invalid',
    ja: '{limit}文字以上にしてください',
    en: 'must have at least {limit} characters',
  },
  empty: { kind: 'invalid', ja: '空にはできません', en: 'must not be empty' },
  tooLong: {
    kind: 'invalid',
    ja: '{limit}文字以下にしてください',
    en: 'must have at most {limit} characters',
  },
  tooFew: { kind: 'invalid', ja: '{limit}個以上必要です', en: 'must have at least {limit} entries' },
  tooMany: { kind: 'invalid', ja: '{limit}個までです', en: 'must have at most {limit} entries' },
  bound: {
    kind: 'invalid',
    ja: '{limit}{boundJa}にしてください',
    en: 'must be {boundEn} {limit}',
  },
  multiple: { kind: 'invalid', ja: '{limit}の倍数にしてください', en: 'must be a multiple of {limit}' },
  repeated: { kind: 'invalid', ja: '同じ値が二度あります', en: 'holds the same value twice' },
  pattern: {
    kind: 'invalid',
    ja: '{value}は形が違います(正規表現 {pattern} に合うもの)',
    en: '{value} does not have the right form (it must match {pattern})',
  },
  format: {
    kind: 'invalid',
    ja: '{value}は {format} として正しくありません',
    en: '{value} is not a valid {format}',
  },
  noForm: {
    kind: 'invalid',
    ja: 'ここに書ける形のどれでもありません',
    en: 'has none of the forms that are allowed here',
  },
  refused: { kind: 'invalid', ja: 'ここには書けない値です({reason})', en: 'is not allowed here ({reason})' },
  secretVariable: {
    kind: 'invalid',
    ja: '環境変数 {name} がありません(ファイルを読んだ側で探しました)',
    en: 'the environment variable {name} is not set where the file was read',
  },
  secretFile: {
    kind: 'invalid',
    ja: '秘密のファイル {path} を読めません(ワークスペースファイルの場所から探しました)',
    en: 'cannot read the secret file {path} (looked for beside the workspace file)',
  },
  secretForm: {
    kind: 'invalid',
    ja: '文字列、{env: 名前}、{file: パス} のどれかを書いてください',
    en: 'takes text, {env: NAME} or {file: PATH}',
  },
  secretAmbiguous: {
    kind: 'invalid',
    ja: '別のフォルダーからも同じ相対パス {path} が指されています。絶対パスで書いてください',
    en: 'another folder refers to the same relative path {path}: write an absolute path',
  },
  tooDeep: {
    kind: 'invalid',
    ja: '入れ子が深すぎます({limit}段まで)',
    en: 'is nested too deeply (at most {limit} levels)',
  },
  unstorable: {
    kind: 'invalid',
    ja: '保存できない文字(U+0000 か、対にならないサロゲート)があります',
    en: 'holds a character that cannot be stored (U+0000 or half of a surrogate pair)',
  },
  notFinite: { kind: 'invalid', ja: '有限の数にしてください', en: 'must be a finite number' },
  timezone: {
    kind: 'invalid',
    ja: '「{value}」という時間帯はありません(例: Asia/Tokyo)',
    en: '"{value}" is not an IANA time zone (such as Asia/Tokyo)',
  },
  url: {
    kind: 'invalid',
    ja: '「{value}」はURLではありません(http:// か https:// で始まるもの、または空)',
    en: '"{value}" is not a URL that begins with http:// or https:// (or empty)',
  },
  mailAddress: {
    kind: 'invalid',
    ja: '「{value}」はメールアドレスではありません',
    en: '"{value}" is not a mail address',
  },
});
