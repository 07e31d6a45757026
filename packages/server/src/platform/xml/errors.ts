import { defineErrors } from '../errors.ts';

/** What is wrong with an XML document; `line` and `column` count from 1. */
export const xmlErrors = defineErrors('xml', {
  malformed: {
    kind: 'invalid',
    ja: 'XMLの{line}行{column}桁に誤りがあります（{reason}）',
    en: 'XML error at line {line}, column {column}: {reason}',
  },
  doctype: {
    kind: 'invalid',
    ja: 'XMLの{line}行目のDOCTYPE宣言は使えません',
    en: 'The DOCTYPE declaration at line {line} is not allowed',
  },
  tooDeep: {
    kind: 'invalid',
    ja: 'XMLの{line}行目で要素の入れ子が上限（{limit}）を超えました',
    en: 'The elements are nested deeper than {limit} at line {line}',
  },
  tagTooLong: {
    kind: 'tooLarge',
    ja: 'XMLの{line}行目のタグやコメントが長すぎます（上限{limit}文字）',
    en: 'A tag or comment at line {line} is longer than {limit} characters',
  },
  tooLarge: {
    kind: 'tooLarge',
    ja: 'XMLが大きすぎます（上限{limit}バイト）',
    en: 'The XML document is larger than {limit} bytes',
  },
  encoding: {
    kind: 'unsupported',
    ja: '文字コード「{encoding}」のXMLは読めません（UTF-8、UTF-16、Windows-31Jのみ）',
    en: 'XML in the encoding "{encoding}" is not read here (UTF-8, UTF-16 and Windows-31J are)',
  },
  encodingMismatch: {
    kind: 'invalid',
    ja: 'XML宣言の文字コード「{encoding}」と実際の文字コード「{actual}」が違います',
    en: 'The XML declaration says "{encoding}" but the document is in {actual}',
  },
  bytes: {
    kind: 'invalid',
    ja: 'XMLの{line}行目付近に、文字コード{encoding}として正しくないバイトがあります',
    en: 'Near line {line} the XML document holds bytes that are not {encoding}',
  },
});
