import { defineErrors } from '../../platform/errors.ts';

/** Everything that planning refuses, with its sentences. */
export const errors = defineErrors('planning', {
  unknownApplication: {
    kind: 'notFound',
    ja: 'アプリケーション {label} はありません',
    en: 'There is no application {label}',
  },
  unknownForm: { kind: 'notFound', ja: 'フォーム {label} はありません', en: 'There is no form {label}' },
  unknownLedger: { kind: 'notFound', ja: '元帳 {label} はありません', en: 'There is no ledger {label}' },
  unknownDimension: {
    kind: 'notFound',
    ja: 'ディメンション {label} はありません',
    en: 'There is no dimension {label}',
  },
  unknownMember: {
    kind: 'invalid',
    ja: 'ディメンション {dimension} にメンバー {label} はありません',
    en: 'Dimension {dimension} has no member {label}',
  },
  unknownScenario: {
    kind: 'invalid',
    ja: 'シナリオ {label} はありません',
    en: 'There is no scenario {label}',
  },
  unknownEdition: {
    kind: 'notFound',
    ja: '元帳版 {key} はありません',
    en: 'There is no ledger edition {key}',
  },
  unknownImport: { kind: 'notFound', ja: 'インポート {id} はありません', en: 'There is no import {id}' },
  editionExists: {
    kind: 'conflict',
    ja: '元帳版 {key} はすでにあります',
    en: 'There already is a ledger edition {key}',
  },
  reservedEdition: {
    kind: 'conflict',
    ja: '元帳版 {key} は削除できません',
    en: 'The ledger edition {key} cannot be discarded',
  },
  processEdition: {
    kind: 'conflict',
    ja: '元帳版 {key} はプロセスのものです',
    en: 'The ledger edition {key} belongs to a process',
  },
  badEdition: {
    kind: 'invalid',
    ja: '元帳版のキー "{key}" は使えません',
    en: '"{key}" is not allowed as the key of a ledger edition',
  },
  unknownParticipant: {
    kind: 'notFound',
    ja: '参加ユニット {label} はありません',
    en: 'There is no participant {label}',
  },
  unknownTranslationTable: {
    kind: 'notFound',
    ja: '変換表 {label} はありません',
    en: 'There is no translation table {label}',
  },
  unknownScript: {
    kind: 'notFound',
    ja: 'スクリプト {label} はありません',
    en: 'There is no script {label}',
  },
  unknownProcess: {
    kind: 'notFound',
    ja: 'プロセス定義 {label} はありません',
    en: 'There is no process definition {label}',
  },
  notWorkflow: {
    kind: 'conflict',
    ja: 'プロセスはワークフロー型のアプリケーションにだけあります',
    en: 'Only workflow applications have processes',
  },
  importOff: {
    kind: 'conflict',
    ja: 'フォーム {label} はインポートに使えません',
    en: 'Form {label} is not enabled for import',
  },
  exportOff: {
    kind: 'conflict',
    ja: 'フォーム {label} はエクスポートに使えません',
    en: 'Form {label} is not enabled for export',
  },
  calculateOff: {
    kind: 'conflict',
    ja: 'フォーム {label} には元帳に反映する計算式がありません',
    en: 'Form {label} has no formula that is written back',
  },
  missingPov: {
    kind: 'invalid',
    ja: 'POV が足りません: フォームパラメータ {dimension} のメンバーを指定してください',
    en: 'A POV is missing: name a member for the form parameter {dimension}',
  },
  strayPov: {
    kind: 'invalid',
    ja: '{dimension} はフォーム {form} のパラメータではありません',
    en: '{dimension} is no parameter of form {form}',
  },
  readOnlyEdition: {
    kind: 'forbidden',
    ja: '元帳版 {key} には書き込めません',
    en: 'The ledger edition {key} is read-only',
  },
  publishPublic: {
    kind: 'invalid',
    ja: '公開版を公開元にはできません',
    en: 'The public edition cannot be the source of a publication',
  },
  workgroupParticipant: {
    kind: 'invalid',
    ja: 'ワークグループ型のアプリケーションの参加ユニットは #NONE です',
    en: 'The participant of a workgroup application is #NONE',
  },
  notParticipant: {
    kind: 'forbidden',
    ja: '参加ユニット {label} として作業する権限がありません',
    en: 'You may not act as participant {label}',
  },
  needsDesigner: {
    kind: 'forbidden',
    ja: 'この操作にはデザイナまたは管理者の権限が必要です',
    en: 'This needs the privilege of a designer or an administrator',
  },
  generatedDimension: {
    kind: 'forbidden',
    ja: 'ディメンション {label} のメンバーは他の表から作られるため変更できません',
    en: 'The members of dimension {label} come from other tables and cannot be changed here',
  },
  badLabel: {
    kind: 'invalid',
    ja: 'ラベル "{label}" は使えません',
    en: '"{label}" is not allowed as a label',
  },
  nameTooLong: {
    kind: 'invalid',
    ja: '名称 "{name}" は100文字を超えています',
    en: 'The name "{name}" is longer than 100 characters',
  },
  twice: { kind: 'invalid', ja: '"{label}" が重複しています', en: '"{label}" occurs twice' },
  twiceBelow: {
    kind: 'invalid',
    ja: 'メンバー {child} が {parent} の下に重複しています',
    en: 'Member {child} is a duplicate: it occurs twice below {parent}',
  },
  cycle: {
    kind: 'invalid',
    ja: 'メンバー {label} が自分自身の下に置かれています',
    en: 'Member {label} is placed below itself',
  },
  parentHoldsAmounts: {
    kind: 'conflict',
    ja: '末端メンバー {label} には数値があるため子を置けません。先に数値を空にしてください',
    en: 'Member {label} is a leaf that holds amounts and cannot have children; clear the amounts first',
  },
  leafWithChildren: {
    kind: 'invalid',
    ja: '末端メンバー {label} は子を持てません',
    en: 'Member {label} is a leaf and cannot have children',
  },
  uncovered: {
    kind: 'invalid',
    ja: 'フォーム {form}: ディメンション {dimension} のメンバーが決まりません',
    en: 'Form {form}: nothing says which member of dimension {dimension} is meant',
  },
  unknownReference: {
    kind: 'invalid',
    ja: '{kind} {label} はありません',
    en: 'There is no {kind} {label}',
  },
  wrongValue: {
    kind: 'invalid',
    ja: '{field} に "{value}" は指定できません',
    en: '"{value}" is not allowed for {field}',
  },
  sideMissing: {
    kind: 'invalid',
    ja: '科目 {label} には貸借区分が必要です',
    en: 'Account {label} needs a side (DR or CR)',
  },
  fixedDimensions: {
    kind: 'conflict',
    ja: '元帳 {label} のディメンションは後から変えられません',
    en: 'The dimensions of ledger {label} cannot be changed afterwards',
  },
  rowHeader: {
    kind: 'invalid',
    ja: '{line}行目: 最初の行は見出し(HDR)でなければなりません',
    en: 'Line {line}: the first row must be a header (HDR)',
  },
  rowCommand: {
    kind: 'invalid',
    ja: '{line}行目: コマンド {command} は使えません',
    en: 'Line {line}: the command {command} is not known here',
  },
  rowKind: {
    kind: 'invalid',
    ja: '{line}行目: 2列目は HDR か DTL でなければなりません',
    en: 'Line {line}: the second column must be HDR or DTL',
  },
  rowColumn: {
    kind: 'invalid',
    ja: '{line}行目: 列 {field} は使えません',
    en: 'Line {line}: the column {field} is not known here',
  },
  rowValue: {
    kind: 'invalid',
    ja: '{line}行目: {field} に "{value}" は指定できません',
    en: 'Line {line}: {field}: "{value}" is not allowed',
  },
  rowMissing: {
    kind: 'invalid',
    ja: '{line}行目: {field} を指定してください',
    en: 'Line {line}: {field} is missing',
  },
  rowUnknown: {
    kind: 'notFound',
    ja: '{line}行目: {field}: "{value}" はありません',
    en: 'Line {line}: {field}: there is no "{value}"',
  },
  rowWidth: {
    kind: 'invalid',
    ja: '{line}行目: 値が見出しより多くあります',
    en: 'Line {line}: more values than the header has columns',
  },
  openQuote: {
    kind: 'invalid',
    ja: '{line}行目: 引用符が閉じていません',
    en: 'Line {line}: a quoted value is not closed',
  },
  formula: {
    kind: 'invalid',
    ja: '計算式 "{formula}" が正しくありません: {reason}',
    en: 'The formula "{formula}" is wrong: {reason}',
  },
  notTemplate: {
    kind: 'invalid',
    ja: 'アプリケーションテンプレートとして読めません',
    en: 'This is not an application template',
  },
  again: {
    kind: 'conflict',
    ja: '同時の更新と重なりました。もう一度実行してください',
    en: 'Another update came in between; please send the request again',
  },
});
