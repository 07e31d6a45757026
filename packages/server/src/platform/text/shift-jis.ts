/**
 * Strict Shift_JIS, the repertoire that SSM stores text in (ssm §1.8): ASCII, half-width kana and JIS X 0208, without
 * the vendor extensions that Windows-31J adds. Everything else becomes a decimal character reference.
 */
import { decodeOne, shiftJisBytes } from './windows31j.ts';

/** Characters of JIS X 0208 that Windows-31J reads as another one: its reading, then the standard's. */
const standardReadings = new Map([
  ['～', '\u301c'],
  ['∥', '\u2016'],
  ['－', '\u2212'],
  ['￠', '\u00a2'],
  ['￡', '\u00a3'],
  ['￢', '\u00ac'],
]);

/** Rows that JIS X 0208 fills. Row 13 (NEC), 89-92 (NEC's selection) and 95-119 (user-defined, IBM) are extensions. */
const standardRows = [1, 2, 3, 4, 5, 6, 7, 8, ...Array.from({ length: 69 }, (_, i) => 16 + i)];

/** 1 for each UTF-16 code unit in the repertoire. It has no astral character, so surrogates are 0. */
const repertoire = buildRepertoire();

function buildRepertoire(): Uint8Array {
  const table = new Uint8Array(0x10000);
  table.fill(1, 0, 0x80);
  for (let byte = 0xa1; byte <= 0xdf; byte++) table[decodeOne(byte)!.charCodeAt(0)] = 1;
  for (const row of standardRows) {
    for (let cell = 1; cell <= 94; cell++) {
      const character = decodeOne(...shiftJisBytes(row, cell));
      if (character === undefined) continue;
      table[(standardReadings.get(character) ?? character).charCodeAt(0)] = 1;
    }
  }
  return table;
}

/** Whether strict Shift_JIS has this character (the first code point of `character`). */
export function inShiftJis(character: string): boolean {
  return repertoire[character.charCodeAt(0)] === 1;
}

/**
 * `text` with each character outside strict Shift_JIS as a decimal character reference, an astral one as one
 * reference: `髙` becomes `&#39641;` (ssm §1.8 facts 33-37). An unpaired surrogate, which no reference may name,
 * becomes U+FFFD's. Each character is judged by itself: a round trip through an encoder would turn U+00A5 into `\`.
 */
export function toCharacterReferences(text: string): string {
  let out = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (repertoire[text.charCodeAt(i)] === 1) continue;
    const point = text.codePointAt(i)!;
    const paired = point > 0xffff;
    const valid = paired || point < 0xd800 || point > 0xdfff;
    out += `${text.slice(from, i)}&#${valid ? point : 0xfffd};`;
    if (paired) i += 1;
    from = i + 1;
  }
  return from === 0 ? text : out + text.slice(from);
}
