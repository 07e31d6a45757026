import type { en } from './en.ts';

/** The same in Japanese. */
export const ja: Record<keyof typeof en, string> = {
  'app.alias': '識別名',
  'app.fields': '項目数',
  'app.id': '番号',
  'app.name': 'アプリ',
  'error.next.offline':
    'サーバーが動いているか、ネットワークにつながっているかを確かめて、もう一度お試しください。',
  'error.next.retry': 'もう一度お試しください。続くときは、管理者がサーバーのログで原因を確認できます。',
  'error.title': '処理できませんでした',
  'error.unreachable': 'サーバーに接続できません。',
  'frame.account': '{{name}} としてログイン中',
  'frame.colors': '明るい表示と暗い表示を切り替え',
  'frame.home': 'ホーム',
  'frame.language': '言語',
  'frame.menu': 'メニュー',
  'frame.navigation': 'ページ',
  'frame.skip': '本文へ移動',
  'frame.signOut': 'ログアウト',
  'home.apps': 'アプリ',
  'home.noApps': '表示できるアプリがまだありません。アプリは管理者がワークスペースファイルで追加します。',
  loading: '読み込み中…',
  'notFound.back': 'ホームへ',
  'notFound.text': 'このアドレスのページはありません。',
  'notFound.title': 'ページが見つかりません',
  retry: 'もう一度',
  'signIn.button': 'ログイン',
  'signIn.password': 'パスワード',
  'signIn.title': 'Renkei にログイン',
  'signIn.username': 'ユーザー名',
};
