/**
 * Windows-31J (MS932, CP932), for CSV files and XML of products that still speak it.
 *
 * The tables are read off Node's own `TextDecoder('shift_jis')`, which is Windows-31J under its WHATWG name; that
 * keeps user-defined characters (U+E000-U+E757), which iconv-lite loses.
 */

/** Rows of the JIS plane in the order in which a character that has several codes takes its code. */
function rowsByPreference(): number[] {
  const rows: number[] = [];
  // NEC's selection of IBM characters (rows 89-92) only repeats rows 115-119, and Windows writes the latter.
  for (let row = 1; row <= 120; row++) if (row < 89 || row > 92) rows.push(row);
  return rows;
}

/** The two bytes of row and cell (kuten, both from 1), high byte first. */
export function shiftJisBytes(row: number, cell: number): [number, number] {
  const lead = (row - 1) >> 1;
  const first = lead < 0x1f ? 0x81 + lead : 0xc1 + lead;
  const second = row % 2 === 0 ? 0x9e + cell : cell < 64 ? 0x3f + cell : 0x40 + cell;
  return [first, second];
}

const strict = new TextDecoder('shift_jis', { fatal: true });

/** The character that these bytes are; undefined when they are none. */
export function decodeOne(...bytes: number[]): string | undefined {
  try {
    const text = strict.decode(Uint8Array.from(bytes));
    return text.length === 1 ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Two bytes (or one, below 0x100) by UTF-16 code unit; 0 where the set has no such character. */
const codes = buildCodes();

function buildCodes(): Uint16Array {
  const table = new Uint16Array(0x10000);
  for (let byte = 1; byte < 0x80; byte++) table[byte] = byte;
  for (let byte = 0xa1; byte <= 0xdf; byte++) table[decodeOne(byte)!.charCodeAt(0)] = byte;
  for (const row of rowsByPreference()) {
    for (let cell = 1; cell <= 94; cell++) {
      const [first, second] = shiftJisBytes(row, cell);
      const unit = decodeOne(first, second)?.charCodeAt(0);
      if (unit !== undefined && table[unit] === 0) table[unit] = (first << 8) | second;
    }
  }
  return table;
}

/**
 * `text` in Windows-31J. `substitute` is asked for each character (a whole code point) that the set lacks and gives
 * what to write instead, in characters of the set: `?`, a character reference, or it throws. There is no best fit:
 * U+301C, U+2212, U+2016, U+00A5 are not in Windows-31J.
 */
export function encodeWindows31j(text: string, substitute: (character: string) => string): Buffer {
  const bytes = Buffer.allocUnsafe(text.length * 2);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const code = codes[unit]!;
    if (code > 0xff) {
      bytes[at++] = code >> 8;
      bytes[at++] = code & 0xff;
    } else if (code !== 0 || unit === 0) {
      bytes[at++] = code;
    } else {
      return encodeWindows31j(substituted(text, substitute), refuse);
    }
  }
  return bytes.subarray(0, at);
}

/** Whether Windows-31J has this character (the first code point of `character`). */
export function inWindows31j(character: string): boolean {
  const unit = character.charCodeAt(0);
  return codes[unit] !== 0 || unit === 0;
}

function substituted(text: string, substitute: (character: string) => string): string {
  const parts: string[] = [];
  let from = 0;
  let at = 0;
  for (const character of text) {
    if (!inWindows31j(character)) {
      parts.push(text.slice(from, at), substitute(character));
      from = at + character.length;
    }
    at += character.length;
  }
  parts.push(text.slice(from));
  return parts.join('');
}

function refuse(character: string): never {
  throw new RangeError(
    `the substitute holds U+${character.codePointAt(0)!.toString(16)}, not in Windows-31J`,
  );
}

/**
 * Characters below U+0080 that the decoder changes, back to what the byte says. ICU, which decodes here, follows IBM
 * in exchanging 1A, 1C and 7F; Windows-31J leaves them alone. Empty on a Node.js whose decoder is right.
 */
const exchanged = new Map<string, string>();
for (let byte = 0; byte < 0x80; byte++) {
  const seen = decodeOne(byte);
  if (seen !== undefined && seen.charCodeAt(0) !== byte) exchanged.set(seen, String.fromCharCode(byte));
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these control characters are exchanged
const exchangeable = /[\x1a\x1c\x7f]/g;

/** What `TextDecoder` and the decoder below share. */
export type StreamDecoder = { decode(bytes?: Uint8Array, options?: { stream?: boolean }): string };

/**
 * A fatal decoder of Windows-31J with the streaming of `TextDecoder`: `decode(chunk, { stream: true })`, at the end
 * `decode()`. Throws the decoder's TypeError at bytes that are no character.
 */
export function createWindows31jDecoder(): StreamDecoder {
  const decoder = new TextDecoder('shift_jis', { fatal: true });
  return {
    decode(bytes, options) {
      const text = decoder.decode(bytes, options);
      if (exchanged.size === 0) return text;
      return text.replaceAll(exchangeable, (character) => exchanged.get(character) ?? character);
    },
  };
}

/** A whole text in Windows-31J; throws a TypeError at bytes that are no character. */
export function decodeWindows31j(bytes: Uint8Array): string {
  return createWindows31jDecoder().decode(bytes);
}
