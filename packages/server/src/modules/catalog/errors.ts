import { defineErrors } from '../../platform/errors.ts';

/** Every refusal of the catalog but those of a definition file (definition/faults.ts) and of a re-import. */
export const errors = defineErrors('catalog', {
  forbidden: {
    kind: 'forbidden',
    ja: 'この操作には {needed} の権限が必要です',
    en: 'This needs the role {needed}',
  },
  foreign: {
    kind: 'forbidden',
    ja: '組織 {organization} として操作することはできません',
    en: 'You do not act for the organization {organization}',
  },
  organizationRole: {
    kind: 'forbidden',
    ja: '組織 {organization} は {role} ではありません',
    en: 'The organization {organization} is no {role}',
  },
  organizationNeeded: {
    kind: 'invalid',
    ja: '組織を指定してください（該当する組織: {organizations}）',
    en: 'Name the organization ({organizations})',
  },
  organization: {
    kind: 'notFound',
    ja: '組織 {organization} はありません',
    en: 'There is no organization {organization}',
  },
  unknownOrganization: {
    kind: 'invalid',
    ja: '組織 {organization} はありません',
    en: 'There is no organization {organization}',
  },
  technicalService: {
    kind: 'notFound',
    ja: 'テクニカルサービス {id} {version} はありません',
    en: 'There is no technical service {id} {version}',
  },
  versionNeeded: {
    kind: 'invalid',
    ja: '{id} には複数のバージョンがあります。versionを指定してください: {versions}',
    en: '{id} has several versions; name one of {versions}',
  },
  keyTaken: {
    kind: 'conflict',
    ja: 'テクニカルサービス {id} {version} は組織 {organization} のものとして登録されています',
    en: 'The technical service {id} {version} belongs to the organization {organization}',
  },
  mixedDialects: {
    kind: 'invalid',
    ja: '異なる形式の定義は1つのファイルに出力できません',
    en: 'Definitions of both dialects cannot be written into one file',
  },
  cursor: { kind: 'invalid', ja: 'cursorが正しくありません: {cursor}', en: 'This is no cursor: {cursor}' },
  twice: { kind: 'invalid', ja: '{id} が2回定義されています', en: '{id} is defined twice' },
  unknownUser: { kind: 'invalid', ja: 'ユーザー {user} はいません', en: 'There is no user {user}' },
  inUse: {
    kind: 'conflict',
    ja: '{id} は {users} が使用しているため削除できません',
    en: '{id} cannot be deleted: it is used by {users}',
  },
  service: { kind: 'notFound', ja: 'サービス {id} はありません', en: 'There is no service {id}' },
  serviceTaken: {
    kind: 'conflict',
    ja: 'サービスID {id} は使用されています',
    en: 'The service id {id} is taken',
  },
  unknownTechnicalService: {
    kind: 'invalid',
    ja: 'テクニカルサービス {id} {version} は組織 {organization} にありません',
    en: 'The organization {organization} has no technical service {id} {version}',
  },
  id: {
    kind: 'invalid',
    ja: 'ID "{id}" は使用できません。40文字以内、先頭と末尾の空白および記号 ! " # $ % & \' * + , / : ; < = > ? \\ ^ ` は不可',
    en: 'The id "{id}" is not allowed: at most 40 characters, no blank at either end, none of ! " # $ % & \' * + , / : ; < = > ? \\ ^ `',
  },
  unknownParameter: {
    kind: 'invalid',
    ja: 'パラメーター {id} は定義されていません。定義されているもの: {known}',
    en: 'There is no parameter {id}; there are: {known}',
  },
  notConfigurable: {
    kind: 'invalid',
    ja: 'パラメーター {id} の値は変更できません',
    en: 'The value of parameter {id} cannot be set',
  },
  parameterValue: {
    kind: 'invalid',
    ja: 'パラメーター {id} の値 "{value}" は使用できません。指定できる値: {allowedJa}',
    en: 'The value "{value}" of parameter {id} is not allowed; allowed: {allowedEn}',
  },
  parameterRequired: {
    kind: 'invalid',
    ja: 'パラメーター {id} の値は必須です',
    en: 'Parameter {id} requires a value',
  },
  notAlive: {
    kind: 'upstream',
    ja: 'アプリケーションが応答しません（{reason}）: {detail}',
    en: 'The application does not answer ({reason}): {detail}',
  },
  operationFailed: {
    kind: 'upstream',
    ja: 'アプリケーションの {operation} が失敗しました: {reason}',
    en: 'The application failed at {operation}: {reason}',
  },
  price: {
    kind: 'invalid',
    ja: '価格 {value} は使用できません。{allowedJa}',
    en: 'The price {value} is not allowed: {allowedEn}',
  },
  priceTarget: {
    kind: 'invalid',
    ja: '{kind} {id} は定義されていないため、価格を設定できません。定義されているもの: {known}',
    en: '{kind} {id} is not declared and cannot have a price; declared: {known}',
  },
});
