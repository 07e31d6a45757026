import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  createWindows31jDecoder,
  decodeWindows31j,
  encodeWindows31j,
  inWindows31j,
} from '../../../src/platform/text/windows31j.ts';

const refuse = (character: string): never => {
  throw new Error(`asked for ${character}`);
};

test('each character has the code that Windows gives it', () => {
  const codes: string[] = [];
  for (let point = 0x80; point < 0x10000; point++) {
    const character = String.fromCharCode(point);
    if (!inWindows31j(character) || (point >= 0xe000 && point <= 0xe757)) continue;
    codes.push(`${point}:${encodeWindows31j(character, refuse).toString('hex')}`);
  }
  // Both figures from glibc 2.36 (`iconv -t WINDOWS-31J`), which gives each of these characters the same code;
  // its nine best fits are left out. CPython's cp932 differs: it writes 373 of them in NEC's rows.
  expect(codes).toHaveLength(7389);
  expect(createHash('sha256').update(codes.join()).digest('hex')).toBe(
    '5b426ae55d441a0af6788bb29c3a3ef5c266324f78e16caa3481765ad8bf8174',
  );
});

test('small Roman numerals have IBM codes, as Windows and WHATWG write them', () => {
  expect(encodeWindows31j('ⅰⅹ', refuse).toString('hex')).toBe('fa40fa49');
  expect(decodeWindows31j(Uint8Array.of(0xee, 0xef))).toBe('ⅰ');
});

test('user-defined characters fill rows 95 to 114', () => {
  expect(encodeWindows31j('\ue000\ue05d\ue05e\ue757', refuse).toString('hex')).toBe('f040f09ef09ff9fc');
});

test('vendor and user-defined characters come back as they went', () => {
  const text = '髙﨑①㈱ⅰⅢ№～－∥￠￡￢\ue000\ue757ｱｲｳ表ソ能\\~\r\n\t,"';
  expect(decodeWindows31j(encodeWindows31j(text, refuse))).toBe(text);
});

test('every byte below 80 is the character of that number, control characters included', () => {
  const bytes = Uint8Array.from({ length: 0x80 }, (_, byte) => byte);
  const text = decodeWindows31j(bytes);
  expect([...text].map((character) => character.charCodeAt(0))).toEqual([...bytes]);
  expect(encodeWindows31j(text, refuse).equals(bytes)).toBe(true);
});

test('what the set lacks is asked for, one code point at a time', () => {
  const asked: string[] = [];
  const bytes = encodeWindows31j('é〜あ😀\u00a5z', (character) => {
    asked.push(character);
    return `&#${character.codePointAt(0)};`;
  });
  expect(asked).toEqual(['é', '〜', '😀', '\u00a5']);
  expect(decodeWindows31j(bytes)).toBe('&#233;&#12316;あ&#128512;&#165;z');
  expect(() => encodeWindows31j('é', () => 'é')).toThrow(/not in Windows-31J/);
});

test('chunks may cut a character anywhere', () => {
  const bytes = encodeWindows31j('日本語ｱabc髙', refuse);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const decoder = createWindows31jDecoder();
    const text =
      decoder.decode(bytes.subarray(0, cut), { stream: true }) +
      decoder.decode(bytes.subarray(cut), { stream: true }) +
      decoder.decode();
    expect(text).toBe('日本語ｱabc髙');
  }
});

test.each([[[0x82]], [[0x82, 0x20]], [[0xff]], [[0xa0]], [[0x85, 0x40]], [[0x41, 0xfd, 0x41]]])(
  'bytes that are no character are refused: %j',
  (bytes) => {
    expect(() => decodeWindows31j(Uint8Array.from(bytes))).toThrow(TypeError);
  },
);
