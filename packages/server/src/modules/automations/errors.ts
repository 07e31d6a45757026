import { defineErrors } from '../../platform/errors.ts';

export const errors = defineErrors('automations', {
  titleTwice: {
    kind: 'invalid',
    ja: '自動処理「{title}」が重複しています',
    en: 'The automation "{title}" is there twice',
  },
  fieldUnknown: { kind: 'invalid', ja: '項目「{field}」はありません', en: 'There is no field "{field}"' },
  noAction: {
    kind: 'invalid',
    ja: '自動処理には webhook が必要です',
    en: 'An automation needs an action (webhook)',
  },
  url: {
    kind: 'invalid',
    ja: 'URLは、ユーザー名やパスワードを含まないhttp://またはhttps://のURLでなければなりません',
    en: 'The URL must be an http:// or https:// URL without user name and password',
  },
  forbidden: {
    kind: 'forbidden',
    ja: 'アプリの管理権限がありません',
    en: 'Only who administers the app may do this',
  },
  deliveryNotFound: { kind: 'notFound', ja: '送信 {id} がありません', en: 'There is no delivery {id}' },
  running: {
    kind: 'conflict',
    ja: '送信 {id} は実行中です',
    en: 'Delivery {id} is waiting or running',
  },
  automationGone: {
    kind: 'conflict',
    ja: '自動処理「{title}」は削除されたか、Webhookではありません',
    en: 'The automation "{title}" is gone or no webhook any more',
  },
  cursor: { kind: 'invalid', ja: 'cursor が正しくありません', en: 'The cursor is not one of ours' },
  // what the error log says
  status: {
    kind: 'upstream',
    ja: '通知先がHTTPステータス {status} を返しました',
    en: 'The receiver answered HTTP status {status}',
  },
  refused: {
    kind: 'upstream',
    ja: '通知先が result: ng を返しました',
    en: 'The receiver answered result: ng',
  },
});
