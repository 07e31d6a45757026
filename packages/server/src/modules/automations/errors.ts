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
    ja: '自動処理には webhook、mail、write のいずれかが必要です',
    en: 'An automation needs an action: webhook, mail or write',
  },
  url: {
    kind: 'invalid',
    ja: 'URLは、ユーザー名やパスワードを含まないhttp://またはhttps://のURLでなければなりません',
    en: 'The URL must be an http:// or https:// URL without user name and password',
  },
  every: {
    kind: 'invalid',
    ja: 'every には 30m、12h、7d のように指定してください',
    en: 'every takes 30m, 12h or 7d',
  },
  header: {
    kind: 'invalid',
    ja: 'ヘッダー「{name}」は指定できません',
    en: 'The header "{name}" cannot be set',
  },
  recipient: {
    kind: 'invalid',
    ja: '宛先「{to}」は、メールアドレス、user:ログイン名、group:ID、field:項目名 のいずれでもありません',
    en: 'The recipient "{to}" is neither an address nor user:LOGIN, group:ID or field:NAME',
  },
  writeApp: {
    kind: 'invalid',
    ja: '書き込み先のアプリをIDまたは識別子で指定してください',
    en: 'app takes the id or alias of an app',
  },
  writeKey: {
    kind: 'invalid',
    ja: 'キー項目「{field}」の値が values にありません',
    en: 'values has no value for the key field "{field}"',
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
  automationUnknown: {
    kind: 'notFound',
    ja: '自動処理「{title}」がありません',
    en: 'There is no automation "{title}"',
  },
  noWebhook: {
    kind: 'conflict',
    ja: '自動処理「{title}」にはWebhookがありません',
    en: 'The automation "{title}" has no webhook',
  },
  cursor: { kind: 'invalid', ja: 'cursor が正しくありません', en: 'The cursor is not one of ours' },
  // what the error log says
  chain: {
    kind: 'conflict',
    ja: '自動処理が{limit}回連鎖したため、これ以上実行しませんでした',
    en: 'Automations led to one another {limit} times; this one was not run',
  },
  loop: {
    kind: 'conflict',
    ja: '10分間に{limit}回を超えて同じデータから実行されたため、自動処理を無効にしました',
    en: 'The same record called it more than {limit} times within ten minutes; the automation was switched off',
  },
  paused: {
    kind: 'upstream',
    ja: '{count}回続けて失敗したため、送信を一時停止しました（再開するまで保留されます）',
    en: 'It failed {count} times in a row and is paused; its deliveries wait until it is resumed',
  },
  noRecipient: {
    kind: 'invalid',
    ja: '宛先のユーザーにメールアドレスがありません',
    en: 'None of the recipients has a mail address',
  },
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
