import { defineErrors } from '../../platform/errors.ts';

/** Everything this module refuses. The dialects tell the kinds of unusable token apart by these codes. */
export const errors = defineErrors('identity', {
  missingToken: { kind: 'unauthenticated', ja: '認証情報がありません', en: 'No credentials were given' },
  malformedToken: {
    kind: 'unauthenticated',
    ja: 'トークンの形式が正しくありません',
    en: 'The token is malformed',
  },
  badSignature: {
    kind: 'unauthenticated',
    ja: 'トークンの署名が正しくありません',
    en: 'The signature of the token does not hold',
  },
  wrongTokenType: {
    kind: 'unauthenticated',
    ja: 'この呼び出しには{wanted}トークンが必要です',
    en: 'This call needs the {wanted} token',
  },
  expiredToken: {
    kind: 'unauthenticated',
    ja: 'トークンの有効期限が切れています',
    en: 'The token has expired',
  },
  revokedToken: {
    kind: 'unauthenticated',
    ja: 'トークンは無効化されています',
    en: 'The token has been revoked',
  },
  unknownToken: {
    kind: 'unauthenticated',
    ja: 'トークンが正しくありません',
    en: 'The token is not known here',
  },
  reusedToken: {
    kind: 'unauthenticated',
    ja: '更新トークンが再使用されたため、セッションを終了しました',
    en: 'The refresh token was used before; the session has been ended',
  },
  wrongPassword: {
    kind: 'unauthenticated',
    ja: 'ユーザーIDまたはパスワードが正しくありません',
    en: 'The user name or the password is wrong',
  },
  wrongAuthMethod: {
    kind: 'unauthenticated',
    ja: 'この認証方式のユーザーはトークンを利用できません',
    en: 'Users of this authentication method cannot have tokens',
  },
  passwordExpired: {
    kind: 'unauthenticated',
    ja: 'パスワードの有効期限が切れています',
    en: 'The password has expired',
  },
  passwordCheckFailed: {
    kind: 'internal',
    ja: '認証サーバーに問い合わせできません',
    en: 'The authentication server could not be asked',
  },
  tooManySignIns: {
    kind: 'tooMany',
    ja: '認証要求が多すぎます。{retryAfter}秒後にやり直してください',
    en: 'Too many sign-ins; try again in {retryAfter} seconds',
  },
  accessKeyRefused: {
    kind: 'forbidden',
    ja: 'アクセスキーの利用は許可されていません',
    en: 'The use of access keys is not allowed',
  },
  unknownUser: { kind: 'notFound', ja: 'ユーザー{user}は存在しません', en: 'There is no user {user}' },
  unknownGroup: { kind: 'invalid', ja: 'グループ{group}は存在しません', en: 'There is no group {group}' },
  unknownApiKey: { kind: 'notFound', ja: 'APIキーが見つかりません', en: 'There is no such API key' },
  needsFullAccess: {
    kind: 'forbidden',
    ja: '範囲の限られたキーではこの操作はできません',
    en: 'A key with limited scopes cannot do this',
  },
  needsAdmin: { kind: 'forbidden', ja: '管理者だけが行えます', en: 'Only an administrator may do this' },
  twice: { kind: 'invalid', ja: '{what}「{value}」が重複しています', en: '{what} "{value}" is given twice' },
  numberTaken: {
    kind: 'invalid',
    ja: '番号{number}は「{owner}」のものです',
    en: 'The number {number} belongs to "{owner}"',
  },
  numberFixed: {
    kind: 'invalid',
    ja: '番号は変更できません（現在は{number}）',
    en: 'The number cannot be changed (it is {number})',
  },
  keyTaken: {
    kind: 'invalid',
    ja: 'このアクセスキーは「{owner}」のものです',
    en: 'This access key belongs to "{owner}"',
  },
  adminNeedsRole: {
    kind: 'invalid',
    ja: 'ユーザーadminには役割adminが必要です',
    en: 'The user admin needs the role admin',
  },
  adminStays: {
    kind: 'conflict',
    ja: 'ユーザーadminは削除も停止もできません',
    en: 'The user admin can be neither removed nor deactivated',
  },
  notOneself: {
    kind: 'conflict',
    ja: '自分自身を削除または停止することはできません',
    en: 'Nobody can remove or deactivate himself',
  },
  needsUserManager: {
    kind: 'forbidden',
    ja: 'ユーザー管理者だけが行えます。管理者の変更は管理者だけが行えます',
    en: 'This takes the role userManager; administrators are changed by administrators only',
  },
  userTaken: {
    kind: 'conflict',
    ja: 'ユーザー「{id}」はすでに存在します',
    en: 'There is a user "{id}" already',
  },
  groupTaken: {
    kind: 'conflict',
    ja: '組織「{id}」はすでに存在します',
    en: 'There is a group "{id}" already',
  },
  noGroup: { kind: 'notFound', ja: '組織「{id}」は存在しません', en: 'There is no group "{id}"' },
  currentPassword: {
    kind: 'invalid',
    ja: '現在のパスワードが正しくありません',
    en: 'The present password is not right',
  },
  unknownCredential: {
    kind: 'notFound',
    ja: '該当するセッションまたはキーがありません',
    en: 'There is no such session, token or key',
  },
  badAddress: {
    kind: 'invalid',
    ja: '「{address}」はIPアドレスでも範囲でもありません',
    en: '"{address}" is neither an IP address nor a range',
  },
});
