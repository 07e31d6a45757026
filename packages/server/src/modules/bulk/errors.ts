import { defineErrors } from '../../platform/errors.ts';

export const errors = defineErrors('bulk', {
  forbidden: {
    kind: 'forbidden',
    ja: 'このアプリに対する権限（{operation}）がありません',
    en: 'You are not allowed to {operation} in this app',
  },
  columnUnknown: {
    kind: 'invalid',
    ja: '列「{column}」に対応する項目がありません',
    en: 'There is no field for the column "{column}"',
  },
  columnTwice: {
    kind: 'invalid',
    ja: '項目「{field}」に複数の列が対応しています',
    en: 'Two columns stand for the field "{field}"',
  },
  keyMissing: {
    kind: 'invalid',
    ja: 'キー項目「{field}」の列がないか、キーに使えない項目です',
    en: 'There is no column for the key field "{field}", or it cannot be a key',
  },
  keyEmpty: { kind: 'invalid', ja: 'キー項目が空です', en: 'The key is empty' },
  keyAmbiguous: {
    kind: 'invalid',
    ja: 'キー「{key}」のデータが複数あります',
    en: 'Several records have the key "{key}"',
  },
  recordUnknown: { kind: 'invalid', ja: 'データ {key} がありません', en: 'There is no record {key}' },
  columns: {
    kind: 'invalid',
    ja: '列の数が {count} です（見出しは {expected}）',
    en: 'The line has {count} columns, the heading {expected}',
  },
  csv: { kind: 'invalid', ja: 'CSVとして読めません: {reason}', en: 'The line is no CSV: {reason}' },
  encoding: {
    kind: 'invalid',
    ja: 'ファイルの文字コードが {encoding} ではありません',
    en: 'The file is not in {encoding}',
  },
  importNotFound: { kind: 'notFound', ja: '取り込み {id} がありません', en: 'There is no import {id}' },
  importIdTaken: {
    kind: 'conflict',
    ja: '取り込みの番号 {id} はすでに使われています',
    en: 'The id {id} belongs to another import',
  },
  empty: { kind: 'invalid', ja: '見出し行がありません', en: 'There is no heading line' },
});
