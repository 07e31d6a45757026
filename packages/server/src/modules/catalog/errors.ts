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
  oneTime: {
    kind: 'invalid',
    ja: 'パラメーター {id} は利用申請のときだけ指定できます (ONE_TIME_PARAMETER_NOT_ALLOWED)',
    en: 'Parameter {id} can be set while subscribing only (ONE_TIME_PARAMETER_NOT_ALLOWED)',
  },
  subscription: { kind: 'notFound', ja: '利用申請 {key} はありません', en: 'There is no subscription {key}' },
  subscriptionTaken: {
    kind: 'conflict',
    ja: '利用申請ID {id} は使用されています',
    en: 'The subscription id {id} is taken',
  },
  onlyOne: {
    kind: 'conflict',
    ja: 'このサービスは組織ごとに1つだけ利用申請できます',
    en: 'An organization may have one subscription of this service only',
  },
  unknownService: { kind: 'invalid', ja: 'サービス {id} はありません', en: 'There is no service {id}' },
  notOnSale: {
    kind: 'conflict',
    ja: 'サービス {id} は販売されていません',
    en: 'The service {id} is not on sale',
  },
  external: {
    kind: 'conflict',
    ja: 'アクセス種別 EXTERNAL のサービスは利用申請できません',
    en: 'Services of access type EXTERNAL are not subscribed to',
  },
  state: {
    kind: 'conflict',
    ja: '状態 {state} ではこの操作はできません（可能な状態: {allowed}）',
    en: 'This is not possible in the state {state} (possible in {allowed})',
  },
  busy: {
    kind: 'conflict',
    ja: '利用申請 {id} は別の処理の途中です',
    en: 'Something else is under way for the subscription {id}',
  },
  changed: {
    kind: 'conflict',
    ja: '利用申請は処理中に変更されました',
    en: 'The subscription changed while this was under way',
  },
  roleNeeded: {
    kind: 'invalid',
    ja: 'ユーザー {user} のロールを指定してください: {roles}',
    en: 'The user {user} needs one of the roles {roles}',
  },
  noRole: {
    kind: 'invalid',
    ja: 'このサービスにロールはありません（ユーザー {user}）',
    en: 'This service has no roles (user {user})',
  },
  assignedTwice: {
    kind: 'invalid',
    ja: 'ユーザー {user} が2回指定されています',
    en: 'The user {user} is named twice',
  },
  notMember: {
    kind: 'invalid',
    ja: 'ユーザー {user} は組織 {organization} のユーザーではありません',
    en: 'The user {user} is none of the organization {organization}',
  },
  namedUsers: {
    kind: 'conflict',
    ja: 'ユーザーは{limit}人までです (NAMED_USER)',
    en: 'At most {limit} users may be assigned (NAMED_USER)',
  },
  notAssigned: {
    kind: 'forbidden',
    ja: 'ユーザー {user} はこのサービスに割り当てられていません',
    en: 'The user {user} is not assigned to this subscription',
  },
  assignment: {
    kind: 'notFound',
    ja: 'ユーザー {user} は割り当てられていません',
    en: 'The user {user} is not assigned',
  },
  instance: {
    kind: 'upstream',
    ja: 'アプリケーションのインスタンス情報が正しくありません: {member} {reason}',
    en: 'The instance the application named is not valid: {member} {reason}',
  },
  instanceGiven: {
    kind: 'invalid',
    ja: 'インスタンス情報が正しくありません: {member} {reason}',
    en: 'The instance is not valid: {member} {reason}',
  },
  notCompatible: {
    kind: 'conflict',
    ja: 'サービス {from} から {to} へは変更できません',
    en: 'An upgrade from {from} to {to} is not possible',
  },
  sessionsOpen: {
    kind: 'conflict',
    ja: '利用中のセッションが{count}件あります',
    en: '{count} sessions are open',
  },
  operation: { kind: 'notFound', ja: '操作 {id} はありません', en: 'There is no operation {id}' },
  operationParameter: {
    kind: 'invalid',
    ja: '操作のパラメーター {id} は必須です (REQUIRED)',
    en: 'The operation parameter {id} is required (REQUIRED)',
  },
  unknownOperationParameter: {
    kind: 'conflict',
    ja: '操作にパラメーター {id} はありません',
    en: 'The operation has no parameter {id}',
  },
  period: {
    kind: 'conflict',
    ja: '利用期間が終了しています (PERIOD)',
    en: 'The period of use is over (PERIOD)',
  },
  concurrentUsers: {
    kind: 'conflict',
    ja: '同時に利用できるのは{limit}セッションまでです (CONCURRENT_USER)',
    en: 'At most {limit} sessions may be open (CONCURRENT_USER)',
  },
  event: {
    kind: 'notFound',
    ja: 'イベント {id} は定義されていません',
    en: 'There is no event {id}',
  },
  duplicateEvent: {
    kind: 'conflict',
    ja: 'イベント {uniqueId} は記録済みです',
    en: 'The event {uniqueId} has been recorded',
  },
  field: {
    kind: 'invalid',
    ja: '{member} が正しくありません ({reason})',
    en: '{member} is not valid ({reason})',
  },
  orphan: { kind: 'notFound', ja: '孤立したインスタンス {id} はありません', en: 'There is no orphan {id}' },
  orphanInUse: {
    kind: 'conflict',
    ja: 'インスタンス {instanceId} は利用中の利用申請のものです',
    en: 'The instance {instanceId} belongs to a live subscription',
  },
  orphanInstance: {
    kind: 'invalid',
    ja: 'instanceIdを指定してください。アプリケーションから通知されていません',
    en: 'Name the instanceId: the application never told it',
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
