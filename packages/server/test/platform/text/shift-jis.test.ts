import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { inShiftJis, toCharacterReferences } from '../../../src/platform/text/shift-jis.ts';

test.each([
  ['髙', '&#39641;'],
  ['﨑', '&#64017;'],
  ['纊', '&#32394;'],
  ['①', '&#9312;'],
  ['㈱', '&#12849;'],
  ['Ⅰ', '&#8544;'],
  ['한', '&#54620;'],
  ['～', '&#65374;'],
  ['－', '&#65293;'],
  ['∥', '&#8741;'],
  ['№', '&#8470;'],
  ['é', '&#233;'],
  ['😀', '&#128512;'],
  ['纘', '&#32408;'],
])('ssm §1.8 fact 36: %s becomes %s', (character, reference) => {
  expect(toCharacterReferences(character)).toBe(reference);
});

test.each([...'高崎ｱ…〜−‖株ソ能表￣￥＼―¢£¬~\\'])('ssm §1.8 fact 36: %s stays', (character) => {
  expect(toCharacterReferences(character)).toBe(character);
});

test.each([
  ['\u00a5', '&#165;'],
  ['\u203e', '&#8254;'],
])('ssm §1.8 fact 37: %s is no backslash and no tilde', (character, reference) => {
  expect(toCharacterReferences(character)).toBe(reference);
});

test('ssm acceptance case 18: converted in the middle of text, the rest untouched', () => {
  expect(toCharacterReferences('髙﨑①㈱ 高崎 …')).toBe('&#39641;&#64017;&#9312;&#12849; 高崎 …');
  expect(toCharacterReferences('前\n\t😀後&#1;')).toBe('前\n\t&#128512;後&#1;');
});

test('an unpaired surrogate becomes a reference that is valid', () => {
  expect(toCharacterReferences('a\ud83db\ude00')).toBe('a&#65533;b&#65533;');
});

test('the repertoire is JIS X 0208, ASCII and half-width kana, no more and no less', () => {
  const members: number[] = [];
  for (let point = 0; point < 0x10000; point++) {
    if (inShiftJis(String.fromCharCode(point))) members.push(point);
  }
  // Both figures from CPython 3.11's shift_jis codec, character by character, less U+00A5 and U+203E:
  // sha256(",".join(str(c) for c in range(0x10000) if encodes(c))).
  expect(members).toHaveLength(7070);
  expect(createHash('sha256').update(members.join()).digest('hex')).toBe(
    'fbef4bf805616c607bd7874374a0083a30f8161191a23a6392395d688803ed07',
  );
});
