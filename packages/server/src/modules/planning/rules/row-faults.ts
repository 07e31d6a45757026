import type { Locale } from '../../../platform/errors.ts';

/** Why a record was not imported, for the log's severity and message columns. */
export type RowFault = { severity: 'WARN'; text: Record<Locale, string> };

function warn(ja: string, en: string): RowFault {
  return { severity: 'WARN', text: { ja, en } };
}

/** What can be wrong with a record of values; the others are imported all the same (fusion_place §3.1). */
export const rowFaults = {
  outside: warn(
    '対象セルがインポート範囲外のため、インポートしませんでした',
    'The target cell is outside the import range, so it was not imported',
  ),
  closed: warn(
    '期間が開いていないため対象セルへの書き込みは許可されておらず、インポートしませんでした',
    'The period is not open: writing to the target cell is not permitted, so it was not imported',
  ),
  denied: warn(
    '対象セルへの書き込みは許可されていないため、インポートしませんでした',
    'Writing to the target cell is not permitted, so it was not imported',
  ),
  notLeaf: (label: string) =>
    warn(
      `メンバー ${label} は末端ではないため書き込みは許可されておらず、インポートしませんでした`,
      `Member ${label} is not a leaf: writing to the target cell is not permitted, so it was not imported`,
    ),
  inactive: (label: string) =>
    warn(
      `メンバー ${label} は使用停止中のため書き込みは許可されておらず、インポートしませんでした`,
      `Member ${label} is not active: writing to the target cell is not permitted, so it was not imported`,
    ),
  unknown: (field: string, code: string) =>
    warn(`${field}: メンバー "${code}" はありません`, `${field}: there is no member "${code}"`),
  unknownDimension: (label: string) =>
    warn(`ディメンション "${label}" はありません`, `There is no dimension "${label}"`),
  repeated: warn('同じセルへの値が重複しています', 'There is another value for this cell'),
  unknownMember: (dimension: string) =>
    warn(`${dimension}: メンバーが決まりません`, `${dimension}: no member is given`),
  notNumeric: (value: string) => warn(`"${value}" は数値ではありません`, `"${value}" is not a number`),
  outOfRange: (value: string) =>
    warn(`"${value}" は数値の範囲を超えています`, `"${value}" is out of the range of numbers`),
  sumOutOfRange: warn(
    '同じセルへの値の合計が数値の範囲を超えています',
    'The sum of the values for this cell is out of the range of numbers',
  ),
  wrongValue: (value: string) =>
    warn(`"${value}" はこのセルに入力できません`, `"${value}" is not allowed in this cell`),
  width: warn('列の数がフォームの指定と違います', 'The number of columns is not what the form says'),
};
