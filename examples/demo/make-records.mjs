// Makes the demo's records: node examples/demo/make-records.mjs writes records/*.json, the same every time.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'records');

/** A small repeatable random source (mulberry32). */
function randomSource(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const random = randomSource(2026);
const pick = (list) => list[Math.floor(random() * list.length)];
const between = (least, most) => least + Math.floor(random() * (most - least + 1));
const two = (number) => String(number).padStart(2, '0');
const day = () => `2026-${two(between(1, 10))}-${two(between(1, 28))}`;
const people = ['maeda', 'sasaki', 'takagi', 'tanaka'];

const equipment = [
  [
    '周辺機器',
    [
      'ワイヤレスキーボード',
      'マウス',
      '27型モニター',
      'USB-Cハブ',
      'ヘッドセット',
      'Webカメラ',
      '外付けSSD 1TB',
      'ラベルプリンター',
    ],
  ],
  [
    '消耗品',
    [
      'A4コピー用紙',
      'トナーカートリッジ（黒）',
      '単3電池',
      'ホワイトボードマーカー',
      '付箋',
      'クリアファイル',
      '乾電池ボックス',
    ],
  ],
  ['什器', ['昇降デスク', 'メッシュチェア', 'キャビネット', '会議用テーブル', 'ロッカー', 'パーティション']],
  ['書籍', ['データベース設計入門', 'ネットワーク運用の基礎', '業務改善の進め方', '情報セキュリティ白書']],
];
const places = ['本社3階', '本社5階', '大阪支店', '福岡営業所', '倉庫A'];

function equipmentRecord() {
  const [kind, items] = pick(equipment);
  const item = pick(items);
  const place = pick(places);
  return {
    備品名: `${item}（${place}）`,
    出庫数: between(0, 90),
    区分: kind,
    詳細: `<p>${place}で使用。型番は<b>${pick(['KX', 'MR', 'TB', 'ZQ'])}-${between(100, 999)}</b>。</p>`,
    担当: [pick(people)],
    納品日: day(),
  };
}

const systems = [
  '販売管理システム',
  '勤怠システム',
  'メールサーバー',
  'ファイルサーバー',
  'VPN',
  '複合機',
  '経費精算',
  '社内ポータル',
];
const troubles = [
  ['にログインできない', 'パスワードは正しいはずですが、認証エラーと表示されます。'],
  ['の応答が遅い', '午前中から画面の表示に30秒以上かかります。'],
  ['でエラーが表示される', '保存時に「予期しないエラー」と表示され、登録できません。'],
  ['の利用申請', '異動に伴い、利用権限の追加をお願いします。'],
  ['から帳票が出力できない', '月次帳票のPDFが空になります。'],
  ['の通知メールが届かない', '昨日から通知が届いていません。'],
];

function incidentRecord() {
  const system = pick(systems);
  const [trouble, text] = pick(troubles);
  return {
    件名: `${system}${trouble}`,
    内容: `<p>${text}</p><p>利用場所: ${pick(places)}</p>`,
    重要度: pick(['高', '中', '中', '低', '低']),
    担当者: [pick(['maeda', 'takagi'])],
    発生日時: `${day()}T${two(between(8, 19))}:${two(between(0, 59))}:00`,
  };
}

mkdirSync(folder, { recursive: true });
for (const [app, make] of [
  ['bihin', equipmentRecord],
  ['incident', incidentRecord],
]) {
  const records = Array.from({ length: 200 }, () => ({ fields: make() }));
  writeFileSync(join(folder, `${app}.json`), `${JSON.stringify({ records }, null, 1)}\n`);
}
