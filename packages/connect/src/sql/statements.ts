import type { Value } from '../engine/shape.ts';
import { NotSupportedError, ProgrammingError } from '../errors.ts';
import { isWord, nameOf, stringOf, type Token, tokenize } from './tokens.ts';

/** What a text asks for (connector §3.5, §4.4 layer 8). */
export type Statement =
  | { kind: 'sql'; sql: string; cacheable: boolean }
  | { kind: 'procedure'; name: string; inputs: Map<string, Value> }
  | { kind: 'view'; name: string; sql: string | undefined; replaces: boolean }
  | { kind: 'cache'; sql: string; rebuild: boolean };

/**
 * Reads a statement. EXEC, LOCAL VIEW and CACHE are this library's; in all else only TOP, the operator
 * CONTAINS and schema names are put into SQLite's words.
 *
 * @param schemas what stands before a dot, in lower case, and the schema it means in the engine
 * @param parameters values for `?` and `@name` of an EXEC
 */
export function readStatement(
  sql: string,
  schemas: ReadonlyMap<string, string>,
  parameters: readonly Value[] | Readonly<Record<string, Value>>,
): Statement {
  const tokens = tokenize(sql);
  const words = tokens.filter((token) => token.kind !== 'space');
  const [first, second, third] = words;
  if (isWord(first, 'EXEC', 'EXECUTE')) return readProcedure(words.slice(1), parameters);
  if (isWord(first, 'CREATE', 'ALTER', 'DROP') && isWord(second, 'LOCAL') && isWord(third, 'VIEW')) {
    return readView(sql, words, schemas);
  }
  if (isWord(first, 'CACHE')) return readCache(sql, words, schemas);
  if (isWord(first, 'REPLICATE'))
    throw new ProgrammingError('REPLICATE is not supported; CACHE keeps a local copy');
  if (isWord(first, ...administrative) || (isWord(first, 'EXPLAIN') && words.some(isAdministrative)))
    throw new NotSupportedError(
      `${first!.text.toUpperCase()} is not supported: tables are the service's, and there are no transactions`,
    );
  return { kind: 'sql', sql: translate(tokens, schemas), cacheable: isWord(first, 'SELECT', 'WITH') };
}

/** Statements of SQLite that would change its own database, its files or its settings, and nothing at the service. */
const administrative = [
  'ALTER',
  'ANALYZE',
  'ATTACH',
  'BEGIN',
  'COMMIT',
  'CREATE',
  'DETACH',
  'DROP',
  'END',
  'PRAGMA',
  'REINDEX',
  'RELEASE',
  'ROLLBACK',
  'SAVEPOINT',
  'VACUUM',
];
const isAdministrative = (token: Token, at: number) => at <= 3 && isWord(token, ...administrative);

/** Puts TOP, CONTAINS and schema names into SQLite's words. */
function translate(tokens: Token[], schemas: ReadonlyMap<string, string>): string {
  const texts = tokens.map((token) => token.text);
  const words = tokens.map((token, at) => ({ token, at })).filter(({ token }) => token.kind !== 'space');
  words.forEach(({ token, at }, i) => {
    const next = words[i + 1]?.token;
    const before = words[i - 1]?.token;
    if (isWord(token, 'TOP') && isWord(before, 'SELECT', 'DISTINCT')) moveTop(words, i, texts);
    else if (isWord(token, 'CONTAINS') && next?.text !== '(') texts[at] = 'MATCH';
    else if (isWord(token, 'CONTAINS') && endsOperand(before)) texts[at] = 'MATCH';
    else if (
      next?.text === '.' &&
      (token.kind === 'word' || token.kind === 'quoted') &&
      before?.text !== '.'
    ) {
      const schema = schemas.get(nameOf(token).toLowerCase());
      const follows = words[i + 2]?.token.kind;
      if (schema !== undefined && (follows === 'word' || follows === 'quoted')) texts[at] = schema;
    }
  });
  return texts.join('');
}

const operators = new Set([
  'AND',
  'OR',
  'NOT',
  'WHERE',
  'ON',
  'HAVING',
  'WHEN',
  'THEN',
  'ELSE',
  'CASE',
  'SELECT',
  'BY',
  'DISTINCT',
]);

function endsOperand(token: Token | undefined): boolean {
  if (!token) return false;
  if (token.kind === 'word') return !operators.has(token.text.toUpperCase());
  return token.kind !== 'sign' || token.text === ')';
}

/** `SELECT TOP n …` becomes `SELECT … LIMIT n`, at the end of its own query. */
function moveTop(words: { token: Token; at: number }[], i: number, texts: string[]): void {
  let end = i + 1;
  if (words[end]?.token.text === '(') {
    while (end < words.length && words[end]!.token.text !== ')') end += 1;
  }
  const count = words
    .slice(i + 1, end + 1)
    .map(({ token }) => token.text)
    .join('');
  if (!/^\(?(\d+|\?\d*|[@:$]\w+)\)?$/.test(count))
    throw new ProgrammingError('TOP needs a number or a parameter');
  if (/^\(?\?\)?$/.test(count))
    throw new ProgrammingError('TOP cannot take ?: use LIMIT ? at the end, or @name');
  for (let n = i; n <= end; n += 1) texts[words[n]!.at] = '';
  let depth = 0;
  let last = words[end]!.at;
  for (const { token, at } of words.slice(end + 1)) {
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    if (depth < 0 || token.text === ';') break;
    if (depth === 0 && isWord(token, 'UNION', 'EXCEPT', 'INTERSECT')) {
      throw new ProgrammingError(
        'TOP in a part of a UNION: put that part into a subquery, or use LIMIT at the end',
      );
    }
    last = at;
  }
  texts[last] = `${texts[last]} LIMIT ${count}`;
}

function readProcedure(
  words: Token[],
  parameters: readonly Value[] | Readonly<Record<string, Value>>,
): Statement {
  const [head, ...rest] = words.filter((token) => token.text !== ';');
  if (!head || (head.kind !== 'word' && head.kind !== 'quoted'))
    throw new ProgrammingError('EXEC needs the name of a procedure');
  const inputs = new Map<string, Value>();
  let positions = 0;
  const inputValue = (token: Token | undefined): Value => {
    if (token?.kind === 'string') return stringOf(token);
    if (token?.kind === 'number') return Number(token.text);
    if (isWord(token, 'NULL')) return null;
    if (isWord(token, 'TRUE', 'FALSE')) return token!.text.toLowerCase();
    if (token?.kind === 'parameter') {
      const value =
        token.text[0] === '?'
          ? Array.isArray(parameters)
            ? parameters[positions++]
            : undefined
          : (parameters as Readonly<Record<string, Value>>)[token.text.slice(1)];
      if (value === undefined) throw new ProgrammingError(`No value was given for ${token.text}`);
      return value;
    }
    throw new ProgrammingError(`EXEC ${nameOf(head)}: inputs are written Name = value, separated by commas`);
  };
  for (let i = 0; i < rest.length; i += 4) {
    const [name, equals, value, comma] = rest.slice(i, i + 4);
    if (!name || !['word', 'quoted', 'parameter'].includes(name.kind) || equals?.text !== '=')
      inputValue(undefined);
    inputs.set(nameOf(name!).replace(/^@/, '').toLowerCase(), inputValue(value));
    if (comma !== undefined && (comma.text !== ',' || i + 4 >= rest.length)) inputValue(undefined);
  }
  return { kind: 'procedure', name: nameOf(head), inputs };
}

function readView(sql: string, words: Token[], schemas: ReadonlyMap<string, string>): Statement {
  const drops = isWord(words[0], 'DROP');
  const name = words[3];
  if (!name || (name.kind !== 'word' && name.kind !== 'quoted'))
    throw new ProgrammingError('LOCAL VIEW needs a name');
  if (drops) return { kind: 'view', name: nameOf(name), sql: undefined, replaces: true };
  if (!isWord(words[4], 'AS') || !words[5]) throw new ProgrammingError('LOCAL VIEW needs AS and a SELECT');
  const query = translate(tokenize(sql.slice(words[5].at).replace(/;\s*$/, '')), schemas);
  return { kind: 'view', name: nameOf(name), sql: query, replaces: isWord(words[0], 'ALTER') };
}

/** `CACHE SELECT …` brings copies up to date, `CACHE DROP EXISTING SELECT …` makes them anew. */
function readCache(sql: string, words: Token[], schemas: ReadonlyMap<string, string>): Statement {
  const rebuild = isWord(words[1], 'DROP') && isWord(words[2], 'EXISTING');
  const start = words[rebuild ? 3 : 1];
  if (!isWord(start, 'SELECT'))
    throw new ProgrammingError('CACHE is written CACHE [DROP EXISTING] SELECT * FROM table');
  return { kind: 'cache', rebuild, sql: translate(tokenize(sql.slice(start!.at)), schemas) };
}
