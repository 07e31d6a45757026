import { createWindows31jDecoder, type StreamDecoder } from '../text/windows31j.ts';
import { xmlErrors } from './errors.ts';

export type XmlEncoding = 'UTF-8' | 'UTF-16LE' | 'UTF-16BE' | 'Windows-31J';

/** Names that declarations use, in lower case. Windows-31J stands in for the Shift_JIS names, as everywhere. */
const names = new Map<string, readonly XmlEncoding[]>([
  ['utf-8', ['UTF-8']],
  ['utf8', ['UTF-8']],
  ['utf-16', ['UTF-16LE', 'UTF-16BE']],
  ['utf-16le', ['UTF-16LE']],
  ['utf-16be', ['UTF-16BE']],
  ...[
    'windows-31j',
    'cswindows31j',
    'ms932',
    'cp932',
    'shift_jis',
    'shift-jis',
    'sjis',
    'x-sjis',
    'ms_kanji',
  ].map((name): [string, readonly XmlEncoding[]] => [name, ['Windows-31J']]),
]);

/** The encodings that a declaration's name allows; throws `xml.encoding` for one that is not read here. */
export function encodingsNamed(name: string): readonly XmlEncoding[] {
  const found = names.get(name.toLowerCase());
  if (found === undefined) throw xmlErrors.encoding({ encoding: name });
  return found;
}

/** A declaration is in the first bytes or nowhere; this many are waited for. */
const declarationLimit = 1024;

/**
 * The encoding that the first bytes of a document show: a byte order mark, the zero bytes of UTF-16, or the name in
 * the declaration; UTF-8 without any. Undefined while more bytes are needed to tell.
 */
export function detectEncoding(head: Uint8Array, atEnd: boolean): XmlEncoding | undefined {
  if (head.length < 4 && !atEnd) return undefined;
  const [a, b, c] = head;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'UTF-8';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return 'UTF-16BE';
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return 'UTF-16LE';
  const text = Buffer.from(head.subarray(0, declarationLimit)).toString('latin1');
  if (!text.startsWith('<?xml')) return '<?xml'.startsWith(text) && !atEnd ? undefined : 'UTF-8';
  const end = text.indexOf('?>');
  if (end < 0 && !atEnd && head.length < declarationLimit) return undefined;
  const name = /\sencoding\s*=\s*["']([^"']*)["']/.exec(text.slice(0, end < 0 ? undefined : end))?.[1];
  const [encoding = 'UTF-8'] = name === undefined ? [] : encodingsNamed(name);
  // "UTF-16" in a declaration that is written one byte a character: the reader sees the mismatch.
  return encoding.startsWith('UTF-16') ? 'UTF-8' : encoding;
}

/** A fatal streaming decoder of that encoding; a byte order mark is left out. */
export function createXmlDecoder(encoding: XmlEncoding): StreamDecoder {
  return encoding === 'Windows-31J' ? createWindows31jDecoder() : new TextDecoder(encoding, { fatal: true });
}
