import { ProgrammingError } from '../errors.ts';

export interface Token {
  kind: 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'sign' | 'space';
  text: string;
  /** Position of the first character. */
  at: number;
}

const pattern =
  /(\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^']|'')*')|("(?:[^"]|"")*"|\[[^\]]*\]|`(?:[^`]|``)*`)|(0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|([?]\d*|[@:$][\p{L}\p{N}_]+)|([\p{L}_][\p{L}\p{N}_$]*)|([\s\S])/giuy;
const kinds = ['space', 'string', 'quoted', 'number', 'parameter', 'word', 'sign'] as const;

/**
 * Splits SQL into tokens, whose texts together are the statement again.
 *
 * @throws ProgrammingError where a string or a quoted name does not end.
 */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const match of sql.matchAll(new RegExp(pattern.source, 'giuy'))) {
    const kind = kinds[match.slice(1).findIndex((part) => part !== undefined)]!;
    if (kind === 'sign' && /['"`[]/.test(match[0])) {
      throw new ProgrammingError(`The quote at character ${match.index + 1} does not end`);
    }
    tokens.push({ kind, text: match[0], at: match.index });
  }
  return tokens;
}

/** The name a word or quoted token stands for. */
export function nameOf({ kind, text }: Token): string {
  if (kind !== 'quoted') return text;
  const inner = text.slice(1, -1);
  return text[0] === '[' ? inner : inner.replaceAll(text[0]! + text[0]!, text[0]!);
}

/** The text a string token stands for. */
export const stringOf = (token: Token): string => token.text.slice(1, -1).replaceAll("''", "'");

export const isWord = (token: Token | undefined, ...words: string[]): boolean =>
  token?.kind === 'word' && words.includes(token.text.toUpperCase());
