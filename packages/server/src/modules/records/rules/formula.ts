import type { AppError } from '../../../platform/errors.ts';
import type { AppField } from '../app.ts';
import { errors } from '../errors.ts';
import { type Expression, type FormulaType, functions, operators } from './formula-functions.ts';

/**
 * Formula expressions become SQL, so that results are exact and computed for all rows of a statement at once.
 * Fields are written by their names (or `{{name}}` where a name would be misread); an empty number counts as 0, as in a
 * spreadsheet, and a division by zero gives an empty result.
 */

/** How a formula names the column of a field: `v.f102` of new values, `t.f102` of a stored row. */
export type ColumnNamer = (field: AppField) => string;

type Token =
  | { kind: 'number' | 'text' | 'operator' | 'word'; text: string }
  | { kind: 'field'; field: AppField };

type Compiled = (column: ColumnNamer) => string;

const operatorPattern = /^(<=|>=|<>|!=|[-+*/%&=<>(),])/;
const maxDepth = 50;
const maxLength = 20_000;

/** The formula fields of an app as SQL; formulas may use other formulas, which are put in their place. */
export function compileFormulas(fields: readonly AppField[]): Map<AppField, Compiled> {
  const compiled = new Map<AppField, Compiled>();
  for (const field of fields) {
    if (field.type !== 'formula') continue;
    compiled.set(field, (column) => expressionOf(field, fields, []).sql(column));
  }
  return compiled;
}

/** What is wrong with a formula field, or undefined. */
export function formulaFault(field: AppField, fields: readonly AppField[]): AppError | undefined {
  try {
    const sql = expressionOf(field, fields, []).sql((one) => one.column);
    return sql.length > maxLength ? fault('it grows too long with the formulas it uses') : undefined;
  } catch (error) {
    return error as AppError;
  }
}

function fault(reason: string): AppError {
  return errors.expression({ reason });
}

function expressionOf(field: AppField, fields: readonly AppField[], path: readonly AppField[]): Expression {
  if (path.includes(field)) throw fault(`"${field.name}" depends on itself`);
  const tokens = tokenize(field.expression ?? '', fields);
  const expression = parse(tokens, (used) => fieldExpression(used, fields, [...path, field]));
  return convert(expression, field.kind as FormulaType);
}

function fieldExpression(
  field: AppField,
  fields: readonly AppField[],
  path: readonly AppField[],
): Expression {
  if (field.type === 'formula') return expressionOf(field, fields, path);
  switch (field.kind) {
    case 'number':
    case 'autoNumber':
      return { type: 'number', sql: (column) => `coalesce(${column(field)}::numeric, 0)` };
    case 'date':
    case 'time':
    case 'dateTime':
      return { type: field.kind, sql: (column) => column(field) };
    case 'text':
    case 'textarea':
    case 'richText':
    case 'select':
      return { type: 'text', sql: (column) => `coalesce(${column(field)}, '')` };
    case 'multiSelect':
      return { type: 'text', sql: (column) => `coalesce(array_to_string(${column(field)}, ','), '')` };
    default:
      throw fault(`"${field.name}" (${field.type}) cannot be used in an expression`);
  }
}

/** Fits a result to the type that is declared for it. */
function convert(expression: Expression, wanted: FormulaType): Expression {
  const { type, sql } = expression;
  if (type === wanted) {
    if (type === 'number') return { type, sql: (column) => `trim_scale(${sql(column)})` };
    return type === 'text' ? { type, sql: (column) => `nullif(${sql(column)}, '')` } : expression;
  }
  if (wanted === 'text')
    return { type: 'text', sql: (column) => `nullif(${asText(expression)(column)}, '')` };
  if (type === 'date' && wanted === 'dateTime')
    return { type: wanted, sql: (column) => `(${sql(column)})::timestamptz` };
  throw fault(`the result is of type ${type}, not ${wanted}`);
}

export function asText({ type, sql }: Expression): (column: ColumnNamer) => string {
  if (type === 'text') return sql;
  if (type === 'number') return (column) => `trim_scale(${sql(column)})::text`;
  return (column) => `coalesce((${sql(column)})::text, '')`;
}

function tokenize(source: string, fields: readonly AppField[]): Token[] {
  const byLength = [...fields].sort((a, b) => b.name.length - a.name.length);
  const tokens: Token[] = [];
  let rest = source.trimStart();
  while (rest !== '') {
    const [token, length] = nextToken(rest, byLength);
    tokens.push(token);
    rest = rest.slice(length).trimStart();
  }
  return tokens;
}

function nextToken(rest: string, fields: readonly AppField[]): [Token, number] {
  const braced = /^\{\{(.+?)\}\}/.exec(rest);
  if (braced) {
    const field = fields.find(({ name }) => name === braced[1]);
    if (!field) throw fault(`there is no field "${braced[1]}"`);
    return [{ kind: 'field', field }, braced[0].length];
  }
  const named = fields.find(
    ({ name }) => rest.startsWith(name) && !continuesWord(name, rest.slice(name.length)),
  );
  if (named) return [{ kind: 'field', field: named }, named.name.length];
  const number = /^\d+(\.\d+)?/.exec(rest);
  if (number) return [{ kind: 'number', text: number[0] }, number[0].length];
  const text = /^"((?:[^"]|"")*)"|^'((?:[^']|'')*)'/.exec(rest);
  if (text) {
    const content = text[1]?.replaceAll('""', '"') ?? text[2]?.replaceAll("''", "'") ?? '';
    return [{ kind: 'text', text: content }, text[0].length];
  }
  const operator = operatorPattern.exec(rest);
  if (operator) return [{ kind: 'operator', text: operator[0] }, operator[0].length];
  const word = /^[\p{L}_][\p{L}\p{N}_]*/u.exec(rest);
  if (word) return [{ kind: 'word', text: word[0] }, word[0].length];
  throw fault(`"${rest.slice(0, 10)}" is not understood`);
}

/** Whether what follows still belongs to the same word, so that `item` is not read in `items`. */
function continuesWord(name: string, after: string): boolean {
  return /[\p{L}\p{N}_]$/u.test(name) && /^[\p{L}\p{N}_]/u.test(after);
}

/** Precedence climbing over the operators' levels. */
function parse(tokens: readonly Token[], useField: (field: AppField) => Expression): Expression {
  let at = 0;
  let depth = 0;

  function isOperator(text: string): boolean {
    const token = tokens[at];
    return token?.kind === 'operator' && token.text === text;
  }
  function expect(text: string): void {
    if (!isOperator(text)) throw fault(`"${text}" is missing`);
    at += 1;
  }
  function level(lowest: number): Expression {
    depth += 1;
    if (depth > maxDepth) throw fault(`it nests more than ${maxDepth} deep`);
    let left = primary();
    for (;;) {
      const token = tokens[at];
      const operator = token?.kind === 'operator' ? operators[token.text] : undefined;
      if (!operator || operator.level < lowest) break;
      at += 1;
      const right = level(operator.level + 1);
      const result = operator.apply(left, right);
      if (!result) {
        throw fault(`"${(token as { text: string }).text}" does not go with ${left.type} and ${right.type}`);
      }
      left = result;
    }
    depth -= 1;
    return left;
  }
  function primary(): Expression {
    const token = tokens[at];
    if (!token) throw fault('it ends too early');
    at += 1;
    switch (token.kind) {
      case 'field':
        return useField(token.field);
      case 'number':
        return { type: 'number', sql: () => `${token.text}::numeric` };
      case 'text':
        return { type: 'text', sql: () => `'${token.text.replaceAll("'", "''")}'::text` };
      case 'word':
        return call(token.text);
      case 'operator':
        break;
    }
    if (token.text === '(') {
      const inner = level(0);
      expect(')');
      return { type: inner.type, sql: (column) => `(${inner.sql(column)})` };
    }
    if (token.text === '-') {
      const inner = primary();
      if (inner.type !== 'number') throw fault('"-" goes before numbers only');
      return { type: 'number', sql: (column) => `(- ${inner.sql(column)})` };
    }
    throw fault(`"${token.text}" is not expected there`);
  }
  function call(name: string): Expression {
    const known = functions[name.toUpperCase()];
    if (!known || !Object.hasOwn(functions, name.toUpperCase())) {
      throw fault(`there is neither a field nor a function "${name}"`);
    }
    expect('(');
    const given: Expression[] = [];
    while (!isOperator(')')) {
      if (given.length > 0) expect(',');
      given.push(level(0));
    }
    expect(')');
    const result = known(given);
    if (!result)
      throw fault(`${name.toUpperCase()} does not take (${given.map(({ type }) => type).join(', ')})`);
    return result;
  }

  const whole = level(0);
  if (at < tokens.length) throw fault('something is left over at its end');
  return whole;
}
