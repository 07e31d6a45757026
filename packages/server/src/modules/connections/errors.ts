import { defineErrors } from '../../platform/errors.ts';

export const errors = defineErrors('connections', {
  statement: { kind: 'invalid', ja: 'SQLを実行できません: {text}', en: 'The SQL cannot be run: {text}' },
  lasting: {
    kind: 'invalid',
    ja: 'ビューやコピーはサーバーでは定義できません',
    en: 'Views and copies cannot be defined on the server: a statement leaves nothing behind',
  },
  service: {
    kind: 'upstream',
    ja: '接続先のエラー: {text}',
    en: 'The service behind the connection: {text}',
  },
  timeout: {
    kind: 'upstream',
    ja: 'SQLが{seconds}秒以内に終わらないため中止しました',
    en: 'The SQL was stopped: it did not end within {seconds} s',
  },
  tooManyRows: {
    kind: 'tooLarge',
    ja: '結果が大きすぎます（{rows}行まで、{megabytes} MBまで）。条件か LIMIT で絞り込んでください',
    en: 'The result is too large (at most {rows} rows and {megabytes} MB): narrow it by conditions or LIMIT',
  },
  twice: { kind: 'invalid', ja: '{name} が重複しています', en: '{name} is declared twice' },
  reserved: {
    kind: 'invalid',
    ja: '{name} は接続名に使えません',
    en: '{name} cannot be the name of a connection',
  },
  connectionString: {
    kind: 'invalid',
    ja: '接続文字列の誤り: {text}',
    en: 'The connection string is wrong: {text}',
  },
  property: {
    kind: 'invalid',
    ja: 'プロパティ {name} はサーバーの接続では使えません',
    en: 'Property {name} is not for connections of a server',
  },
  period: {
    kind: 'invalid',
    ja: 'every には 2s 15m 1h 1d またはcron行を指定してください: {text}',
    en: 'every takes 2s, 15m, 1h, 1d or a cron line, not "{text}"',
  },
  unknownApp: { kind: 'invalid', ja: 'アプリ {app} がありません', en: 'There is no app {app}' },
  keyMissing: {
    kind: 'invalid',
    ja: '問合せの列にキー {key} がありません',
    en: 'The query has no column {key}, which is the key',
  },
  columnUnknown: {
    kind: 'invalid',
    ja: '列 {column} に当たる部品がアプリにありません',
    en: 'The app has no field for the column {column}',
  },
  syncNotFound: { kind: 'notFound', ja: '同期 {name} がありません', en: 'There is no sync {name}' },
  forbidden: {
    kind: 'forbidden',
    ja: '同期を見る権限がありません',
    en: 'Only administrators and designers see syncs',
  },
});
