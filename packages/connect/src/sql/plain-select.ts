import { isWord, nameOf, type Token, tokenize } from './tokens.ts';

/** A SELECT that only picks columns of one table: `SELECT a, b AS c FROM schema.table LIMIT n OFFSET m`. */
export interface PlainSelect {
  schema: string | undefined;
  table: string;
  /** Undefined: `*`. */
  columns: { name: string; as: string | undefined }[] | undefined;
  limit: number | undefined;
  offset: number;
}

const keywords = new Set([
  'FROM',
  'DISTINCT',
  'ALL',
  'CASE',
  'CAST',
  'NOT',
  'EXISTS',
  'NULL',
  'TRUE',
  'FALSE',
]);
const isName = (token: Token | undefined): token is Token =>
  token?.kind === 'quoted' || (token?.kind === 'word' && !keywords.has(token.text.toUpperCase()));

/** Reads a statement as such a SELECT; undefined when it is anything else, which is SQLite's business. */
export function readPlainSelect(sql: string): PlainSelect | undefined {
  const words = tokenize(sql).filter(({ kind }) => kind !== 'space');
  let at = 0;
  const next = () => words[at++];
  const takes = (text: string) => words[at]?.text === text && Boolean(next());
  const takesWord = (word: string) => isWord(words[at], word) && Boolean(next());
  const number = () => {
    const token = next();
    return token?.kind === 'number' && /^\d{1,15}$/.test(token.text) ? Number(token.text) : undefined;
  };

  if (!takesWord('SELECT')) return undefined;
  let columns: PlainSelect['columns'];
  if (!takes('*')) {
    columns = [];
    do {
      const name = next();
      if (!isName(name)) return undefined;
      const alias = takesWord('AS') ? next() : undefined;
      if (alias && !isName(alias)) return undefined;
      columns.push({ name: nameOf(name), as: alias && nameOf(alias) });
    } while (takes(','));
  }
  if (!takesWord('FROM')) return undefined;
  const first = next();
  const second = takes('.') ? next() : undefined;
  if (!isName(first) || (second && !isName(second))) return undefined;
  const result: PlainSelect = {
    schema: second && nameOf(first),
    table: nameOf(second ?? first),
    columns,
    limit: undefined,
    offset: 0,
  };
  if (takesWord('LIMIT')) {
    result.limit = number();
    const offset = takesWord('OFFSET') ? number() : 0;
    if (result.limit === undefined || offset === undefined) return undefined;
    result.offset = offset;
  }
  takes(';');
  return at === words.length ? result : undefined;
}
