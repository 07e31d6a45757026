/**
 * Reads a Python file of assignments (`NAME = literal`) without executing it, by Python's own lexical rules: strings
 * and bytes with prefixes and escapes, implicit concatenation, numbers, True, False, None, `datetime.timedelta(…)`,
 * parentheses, `\` at a line's end, comments. Anything else is a syntax error with its line (ssm §1.4 fact 20).
 */
import { type AppError, defineErrors } from '../platform/errors.ts';
import { type PythonToken, readTokens } from './python-tokens.ts';

export type PythonValue =
  | { type: 'str'; value: string }
  | { type: 'bytes'; value: Buffer }
  | { type: 'number'; value: number }
  | { type: 'bool'; value: boolean }
  | { type: 'none' }
  /** A length of time in seconds, fractions down to microseconds. */
  | { type: 'timedelta'; value: number };

export type Assignment = { name: string; value: PythonValue; line: number };

const errors = defineErrors('conf', {
  expected: {
    kind: 'invalid',
    ja: '{line}行目: {expected}が必要なところに{found}があります',
    en: 'line {line}: expected {expected} but found {found}',
  },
  timedelta: {
    kind: 'invalid',
    ja: '{line}行目: datetime.timedeltaの引数が正しくありません（{found}）',
    en: 'line {line}: datetime.timedelta does not take {found}',
  },
  mixed: {
    kind: 'invalid',
    ja: '{line}行目: bytesとstrのリテラルを並べることはできません',
    en: 'line {line}: bytes and str literals cannot be mixed',
  },
});

/** Seconds in each argument of `datetime.timedelta`, in the order of its positional arguments. */
const timedeltaUnits = new Map([
  ['days', 86_400],
  ['seconds', 1],
  ['microseconds', 1e-6],
  ['milliseconds', 1e-3],
  ['minutes', 60],
  ['hours', 3_600],
  ['weeks', 604_800],
]);

/** The assignments of a file in order, one per line or `;`. Throws `conf.…` with the line of the first mistake. */
export function readAssignments(source: string): Assignment[] {
  const tokens = readTokens(source);
  let at = 0;

  const peek = (): PythonToken => tokens[at]!;
  const isOp = (text: string) => peek().type === 'op' && peek().text === text;
  const expected = (what: string): AppError =>
    errors.expected({ line: peek().line, expected: what, found: peek().text });

  function take(type: PythonToken['type'], text: string | undefined, what: string): PythonToken {
    const token = peek();
    if (token.type !== type || (text !== undefined && token.text !== text)) throw expected(what);
    at += 1;
    return token;
  }
  function skipOp(text: string): boolean {
    if (!isOp(text)) return false;
    at += 1;
    return true;
  }

  /** `import datetime` and `from datetime import timedelta` change nothing here: both names are always known. */
  function skipImport(): boolean {
    const words = ['import datetime', 'from datetime import timedelta', 'from datetime import datetime'];
    for (const line of words) {
      const parts = line.split(' ');
      if (parts.every((word, i) => tokens[at + i]?.type === 'name' && tokens[at + i]?.text === word)) {
        at += parts.length;
        return true;
      }
    }
    return false;
  }

  function literals(): PythonValue {
    const first = peek();
    const parts: PythonToken[] = [];
    while (peek().type === 'str' || peek().type === 'bytes') {
      parts.push(peek());
      at += 1;
    }
    if (parts.some((part) => part.type !== first.type)) throw errors.mixed({ line: first.line });
    return first.type === 'bytes'
      ? { type: 'bytes', value: Buffer.concat(parts.map((part) => part.bytes!)) }
      : { type: 'str', value: parts.map((part) => part.value as string).join('') };
  }

  function number(): number {
    const negative = skipOp('-');
    if (!negative) skipOp('+');
    const { value } = take('number', undefined, 'a number');
    return negative ? -(value as number) : (value as number);
  }

  function timedelta(line: number): PythonValue {
    take('op', '(', '"("');
    const order = [...timedeltaUnits.keys()];
    const given = new Set<string>();
    let keywords = false;
    let seconds = 0;
    while (!isOp(')')) {
      let unit: string | undefined;
      if (peek().type === 'name') {
        unit = take('name', undefined, 'a keyword').text;
        take('op', '=', '"="');
        keywords = true;
      } else if (!keywords) {
        unit = order[given.size];
      }
      const factor = timedeltaUnits.get(unit ?? '');
      if (unit === undefined || factor === undefined || given.has(unit)) {
        throw errors.timedelta({ line, found: unit ?? peek().text });
      }
      given.add(unit);
      // Fractions of 1e-3 and 1e-6 are inexact: microseconds are whole in Python.
      seconds += number() * factor;
      if (!skipOp(',') && !isOp(')')) throw expected('"," or ")"');
    }
    at += 1;
    const value = Math.round(seconds * 1e6) / 1e6;
    if (!Number.isFinite(value)) throw errors.timedelta({ line, found: String(value) });
    return { type: 'timedelta', value };
  }

  function named(): PythonValue {
    const { text, line } = take('name', undefined, 'a value');
    if (text === 'True' || text === 'False') return { type: 'bool', value: text === 'True' };
    if (text === 'None') return { type: 'none' };
    if (text === 'datetime' && skipOp('.')) {
      take('name', 'timedelta', '"timedelta"');
      return timedelta(line);
    }
    if (text === 'timedelta') return timedelta(line);
    at -= 1;
    throw expected('a literal');
  }

  function value(): PythonValue {
    if (skipOp('(')) {
      const inner = value();
      take('op', ')', '")"');
      return inner;
    }
    const { type } = peek();
    if (type === 'str' || type === 'bytes') return literals();
    if (type === 'name') return named();
    if (type === 'number' || isOp('-') || isOp('+')) return { type: 'number', value: number() };
    throw expected('a literal');
  }

  const assignments: Assignment[] = [];
  while (peek().type !== 'end') {
    if (peek().type === 'newline') {
      at += 1;
      continue;
    }
    if (!skipImport()) {
      const { text: name, line } = take('name', undefined, 'a name');
      take('op', '=', '"="');
      assignments.push({ name, value: value(), line });
    }
    if (!skipOp(';') && peek().type !== 'newline' && peek().type !== 'end')
      throw expected('the end of the line');
  }
  return assignments;
}
