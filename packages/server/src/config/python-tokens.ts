/** Python's lexical rules (Python 3.11 reference, chapter 2), as far as a settings file of literals needs them. */
import { type AppError, defineErrors } from '../platform/errors.ts';

export type PythonToken = {
  type: 'name' | 'op' | 'number' | 'str' | 'bytes' | 'newline' | 'end';
  /** As written; for messages. */
  text: string;
  line: number;
  value?: string | number;
  bytes?: Buffer;
};

const errors = defineErrors('conf', {
  indent: {
    kind: 'invalid',
    ja: '{line}行目: 行頭に空白やタブがあります（文法エラー）',
    en: 'line {line}: syntax error, the line begins with a space or tab',
  },
  character: {
    kind: 'invalid',
    ja: '{line}行目: 使えない文字です（{found}）',
    en: 'line {line}: syntax error at {found}',
  },
  unterminated: {
    kind: 'invalid',
    ja: '{line}行目: 文字列または括弧が閉じられていません',
    en: 'line {line}: a string or parenthesis is not closed',
  },
  prefix: {
    kind: 'invalid',
    ja: '{line}行目: 文字列の接頭辞「{found}」は使えません',
    en: 'line {line}: strings with the prefix {found} are not read here',
  },
  escape: {
    kind: 'invalid',
    ja: '{line}行目: 文字列のエスケープ{found}が正しくありません',
    en: 'line {line}: wrong escape {found} in a string',
  },
  bytes: {
    kind: 'invalid',
    ja: '{line}行目: bytesリテラルにはASCII文字しか書けません',
    en: 'line {line}: bytes literals hold ASCII characters only',
  },
  number: {
    kind: 'invalid',
    ja: '{line}行目: 数値{found}が正しくありません',
    en: 'line {line}: wrong number {found}',
  },
});

const namePattern = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
const stringStart = /([A-Za-z]{0,2})('''|"""|'|")/y;
const numberPattern =
  /(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*)?\.?(?:\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?)/y;
const simpleEscapes: Readonly<Record<string, number>> = {
  '\\': 0x5c,
  "'": 0x27,
  '"': 0x22,
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
};
const codePattern = /[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}/y;

/** The tokens of `source`, ending in one of type `end`. Throws `conf.…` with the line of what is no Python. */
export function readTokens(source: string): PythonToken[] {
  const text = source.replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n');
  const tokens: PythonToken[] = [];
  let at = 0;
  let line = 1;
  /** Lines of the parentheses that are open; inside them line ends and indentation mean nothing. */
  const open: number[] = [];

  const push = (token: Omit<PythonToken, 'line'>, from = line) => tokens.push({ ...token, line: from });
  function match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at;
    return pattern.exec(text);
  }

  while (at < text.length) {
    const character = text[at]!;
    const atLineStart = at === 0 || (text[at - 1] === '\n' && open.length === 0 && text[at - 2] !== '\\');
    if (atLineStart && /[ \t\f]/.test(character)) {
      // A line of blanks, or of blanks and a comment, is no indentation.
      const rest = /^[ \t\f]*(.?)/.exec(
        text.slice(at, text.indexOf('\n', at) < 0 ? undefined : text.indexOf('\n', at)),
      )!;
      if (rest[1] !== '' && rest[1] !== '#') throw errors.indent({ line });
    }
    if (/[ \t\f]/.test(character)) at += 1;
    else if (character === '\\' && text[at + 1] === '\n') {
      at += 2;
      line += 1;
    } else if (character === '#') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else if (character === '\n') {
      if (open.length === 0) push({ type: 'newline', text: 'the end of the line' });
      at += 1;
      line += 1;
    } else if (match(stringStart)) readString(match(stringStart)!);
    else if (/[0-9]/.test(character) || /^\.[0-9]/.test(text.slice(at, at + 2))) readNumber();
    else if (match(namePattern)) {
      const name = match(namePattern)![0];
      push({ type: 'name', text: name });
      at += name.length;
    } else if ('=().,;+-'.includes(character)) {
      if (character === '(') open.push(line);
      if (character === ')' && open.pop() === undefined) throw errors.character({ line, found: ')' });
      push({ type: 'op', text: character });
      at += 1;
    } else {
      throw errors.character({ line, found: String.fromCodePoint(text.codePointAt(at)!) });
    }
  }
  if (open.length > 0) throw errors.unterminated({ line: open.at(-1)! });
  push({ type: 'end', text: 'the end of the file' });
  return tokens;

  function readNumber(): void {
    const [written] = match(numberPattern)!;
    at += written.length;
    const value = Number(written.replaceAll('_', ''));
    const leadingZero = /^0[\d_]*[1-9]/.test(written) && !/[.eE]/.test(written);
    if (Number.isNaN(value) || leadingZero || /[\w.]/.test(text[at] ?? '')) {
      throw errors.number({ line, found: written + (text[at] ?? '') });
    }
    push({ type: 'number', text: written, value });
  }

  function readString([start, prefix, quote]: RegExpExecArray): void {
    const from = line;
    const kind = prefix!.toLowerCase();
    if (!['', 'r', 'u', 'b', 'br', 'rb'].includes(kind)) throw errors.prefix({ line, found: prefix! });
    const raw = kind.includes('r');
    const isBytes = kind.includes('b');
    const points: number[] = [];
    at += start.length;
    for (;;) {
      if (at >= text.length || (text[at] === '\n' && quote!.length === 1))
        throw errors.unterminated({ line: from });
      if (text.startsWith(quote!, at)) break;
      if (text[at] === '\\') readEscape(points, raw, isBytes);
      else points.push(readCharacter(isBytes));
    }
    at += quote!.length;
    if (isBytes) push({ type: 'bytes', text: 'bytes', bytes: Buffer.from(points) }, from);
    else
      push(
        { type: 'str', text: 'a string', value: points.map((point) => String.fromCodePoint(point)).join('') },
        from,
      );
  }

  function readCharacter(isBytes: boolean): number {
    const point = text.codePointAt(at)!;
    if (isBytes && point > 0x7f) throw errors.bytes({ line });
    if (point === 0x0a) line += 1;
    at += point > 0xffff ? 2 : 1;
    return point;
  }

  /** At a backslash. One before any other character stays, as in Python, which only warns of it. */
  function readEscape(points: number[], raw: boolean, isBytes: boolean): void {
    at += 1;
    const next = text[at] ?? '';
    if (raw) {
      points.push(0x5c);
      if (next !== '') points.push(readCharacter(isBytes));
      return;
    }
    if (next === '\n') {
      at += 1;
      line += 1;
      return;
    }
    const simple = Object.hasOwn(simpleEscapes, next) ? simpleEscapes[next] : undefined;
    if (simple !== undefined) {
      at += 1;
      points.push(simple);
      return;
    }
    const unicode = /[uUN]/.test(next) && !isBytes;
    const code = next === 'x' || /[0-7]/.test(next) || unicode ? match(codePattern)?.[0] : undefined;
    if (code === undefined) {
      if (next === 'x' || unicode) throw escapeError(next);
      points.push(0x5c);
      return;
    }
    const value = /^[0-7]/.test(code) ? Number.parseInt(code, 8) : Number.parseInt(code.slice(1), 16);
    if (value > 0x10ffff) throw escapeError(next);
    at += code.length;
    points.push(isBytes ? value & 0xff : value);
  }

  function escapeError(next: string): AppError {
    return errors.escape({ line, found: `\\${next}` });
  }
}
