import { defineErrors } from '../../platform/errors.ts';

export const errors = defineErrors('records', {
  appNotFound: { kind: 'notFound', ja: 'アプリ「{app}」がありません', en: 'There is no app "{app}"' },
  recordNotFound: { kind: 'notFound', ja: 'データ {id} がありません', en: 'There is no record {id}' },
  fileNotFound: { kind: 'notFound', ja: 'ファイル {id} がありません', en: 'There is no file {id}' },
  forbidden: {
    kind: 'forbidden',
    ja: 'このアプリに対する権限（{operation}）がありません',
    en: 'You are not allowed to {operation} in this app',
  },
  readOnly: {
    kind: 'forbidden',
    ja: '「{field}」を変更する権限がありません',
    en: 'You are not allowed to change "{field}"',
  },
  stale: {
    kind: 'stale',
    ja: '他の変更が先に保存されています（現在のリビジョンは {revision}）',
    en: 'Somebody else saved a change first (the revision is now {revision})',
  },
  fieldUnknown: { kind: 'invalid', ja: '項目「{field}」はありません', en: 'There is no field "{field}"' },
  computed: {
    kind: 'invalid',
    ja: '「{field}」は自動で設定されるため書き込めません',
    en: '"{field}" is set by the server and cannot be written',
  },
  required: { kind: 'invalid', ja: '「{field}」は必須です', en: '"{field}" is required' },
  notText: { kind: 'invalid', ja: '「{field}」には文字列を指定してください', en: '"{field}" takes text' },
  controlCharacter: {
    kind: 'invalid',
    ja: '「{field}」にNUL文字または不正な文字が含まれています',
    en: '"{field}" holds a NUL or a broken character',
  },
  tooLong: {
    kind: 'invalid',
    ja: '「{field}」は{limit}文字以内で指定してください（{length}文字あります）',
    en: '"{field}" takes at most {limit} characters (there are {length})',
  },
  notNumber: {
    kind: 'invalid',
    ja: '「{field}」には数値を指定してください（例: 12.5）',
    en: '"{field}" takes a decimal number such as 12.5',
  },
  inexact: {
    kind: 'invalid',
    ja: '「{field}」の数値は正確に表せません。文字列として指定してください',
    en: '"{field}": this JSON number is not exact; give it as a string',
  },
  tooSmall: { kind: 'invalid', ja: '「{field}」は{limit}以上です', en: '"{field}" must be at least {limit}' },
  tooLarge: { kind: 'invalid', ja: '「{field}」は{limit}以下です', en: '"{field}" must be at most {limit}' },
  notDate: {
    kind: 'invalid',
    ja: '「{field}」には実在する日付を YYYY-MM-DD で指定してください',
    en: '"{field}" takes an existing day as YYYY-MM-DD',
  },
  notTime: {
    kind: 'invalid',
    ja: '「{field}」には時刻を HH:MM または HH:MM:SS で指定してください',
    en: '"{field}" takes a time as HH:MM or HH:MM:SS',
  },
  notDateTime: {
    kind: 'invalid',
    ja: '「{field}」には実在する日時を YYYY-MM-DDTHH:MM:SS で指定してください',
    en: '"{field}" takes an existing date and time as YYYY-MM-DDTHH:MM:SS, with or without a zone',
  },
  notOption: {
    kind: 'invalid',
    ja: '「{field}」に選択肢「{value}」はありません（選択肢: {options}）',
    en: '"{field}" has no option "{value}" (options: {options})',
  },
  notList: { kind: 'invalid', ja: '「{field}」には配列を指定してください', en: '"{field}" takes a list' },
  onlyOne: { kind: 'invalid', ja: '「{field}」には1件だけ指定できます', en: '"{field}" takes one only' },
  userUnknown: {
    kind: 'invalid',
    ja: '「{field}」のユーザー「{value}」は存在しません',
    en: '"{field}": there is no user "{value}"',
  },
  groupUnknown: {
    kind: 'invalid',
    ja: '「{field}」の組織「{value}」は存在しません',
    en: '"{field}": there is no group "{value}"',
  },
  fileUnknown: {
    kind: 'invalid',
    ja: '「{field}」のファイル「{value}」は存在しません',
    en: '"{field}": there is no uploaded file "{value}"',
  },
  referenceUnknown: {
    kind: 'invalid',
    ja: '「{field}」の参照先データ {value} はありません',
    en: '"{field}": there is no record {value} to refer to',
  },
  notUnique: {
    kind: 'conflict',
    ja: '「{field}」の値は他のデータで使われています',
    en: '"{field}": another record has this value already',
  },
  outOfRange: {
    kind: 'invalid',
    ja: '計算結果または値が扱える範囲を超えています: {reason}',
    en: 'A value or a result is out of range: {reason}',
  },
  repeated: {
    kind: 'conflict',
    ja: '同じ Idempotency-Key の要求を処理しています',
    en: 'A request with this Idempotency-Key is being worked on',
  },
  keyReused: {
    kind: 'invalid',
    ja: 'この Idempotency-Key は別の内容の要求で使われています',
    en: 'This Idempotency-Key was used for another request',
  },
  stateUnknown: {
    kind: 'invalid',
    ja: '状態「{state}」はありません（状態: {states}）',
    en: 'There is no state "{state}" (states: {states})',
  },
  conditionShape: {
    kind: 'invalid',
    ja: '条件は {field, op, value}、{all: […]}、{any: […]} のいずれかです',
    en: 'A condition is {field, op, value}, {all: […]} or {any: […]}',
  },
  conditionDepth: {
    kind: 'invalid',
    ja: '条件の入れ子は{limit}段までです',
    en: 'Conditions nest at most {limit} deep',
  },
  conditionOperator: {
    kind: 'invalid',
    ja: '「{field}」に演算子 {op} は使えません（使える演算子: {allowed}）',
    en: '"{field}" does not take the operator {op} (allowed: {allowed})',
  },
  conditionValue: {
    kind: 'invalid',
    ja: '「{field}」の条件の値が正しくありません: {reason}',
    en: '"{field}": the value of the condition is wrong: {reason}',
  },
  notSortable: {
    kind: 'invalid',
    ja: '「{field}」では並べ替えできません',
    en: '"{field}" cannot be sorted by',
  },
  cursor: { kind: 'invalid', ja: 'cursor が正しくありません', en: 'The cursor is not one of ours' },
  batchSize: {
    kind: 'invalid',
    ja: '一度に指定できるのは1～{limit}件です',
    en: 'From 1 to {limit} records at once',
  },
  // mistakes in the workspace file
  duplicate: {
    kind: 'invalid',
    ja: '{what}「{value}」が重複しています',
    en: 'The {what} "{value}" is there twice',
  },
  reservedName: {
    kind: 'invalid',
    ja: '「{value}」は予約された名前です',
    en: '"{value}" is a reserved name',
  },
  attribute: {
    kind: 'invalid',
    ja: '型 {type} に属性「{attribute}」は使えません',
    en: 'Type {type} does not take "{attribute}"',
  },
  attributeMissing: {
    kind: 'invalid',
    ja: '型 {type} には属性「{attribute}」が必要です',
    en: 'Type {type} needs "{attribute}"',
  },
  typeChanged: {
    kind: 'invalid',
    ja: '項目 {id} の型を {before} から {after} に変更できません。新しいIDの項目を追加してください',
    en: 'Field {id} cannot change its type from {before} to {after}; add a field with a new id instead',
  },
  expression: { kind: 'invalid', ja: '計算式の誤り: {reason}', en: 'The expression is wrong: {reason}' },
  referencedBy: {
    kind: 'invalid',
    ja: '項目「{field}」はアプリ {app} の項目「{by}」が参照しているため、削除や名前の変更ができません。そのアプリも同じファイルで変更してください',
    en: 'The field "{field}" is shown by the field "{by}" of app {app}: change that app in the same file',
  },
  referenceTarget: {
    kind: 'invalid',
    ja: '参照先（アプリ {app} の項目「{field}」）が正しくありません',
    en: 'The target (field "{field}" of app {app}) does not exist or cannot be referred to',
  },
  subjectUnknown: { kind: 'invalid', ja: '対象「{subject}」は存在しません', en: 'There is no {subject}' },
  dataInTheWay: {
    kind: 'conflict',
    ja: '既存のデータが新しい定義に合いません: {reason}',
    en: 'Stored records do not fit the new definition: {reason}',
  },
});
