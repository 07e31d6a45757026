import type { AppField } from '../app.ts';
import { asText } from './formula.ts';

export type FormulaType = 'number' | 'text' | 'date' | 'time' | 'dateTime' | 'boolean';
export type Expression = { type: FormulaType; sql: (column: (field: AppField) => string) => string };

type Sql = Expression['sql'];

function make(type: FormulaType, parts: readonly Sql[], text: (...parts: string[]) => string): Expression {
  return { type, sql: (column) => text(...parts.map((part) => part(column))) };
}

type Operator = { level: number; apply: (left: Expression, right: Expression) => Expression | undefined };

function arithmetic(text: (left: string, right: string) => string): Operator['apply'] {
  return (left, right) =>
    left.type === 'number' && right.type === 'number'
      ? make('number', [left.sql, right.sql], text)
      : undefined;
}

function comparison(sign: string): Operator {
  return {
    level: 1,
    apply: (left, right) =>
      left.type === right.type
        ? make('boolean', [left.sql, right.sql], (a, b) => `(${a} ${sign} ${b})`)
        : undefined,
  };
}

const plus = arithmetic((a, b) => `(${a} + ${b})`);
const minus = arithmetic((a, b) => `(${a} - ${b})`);

function days({ sql }: Expression): Sql {
  return (column) => `round(${sql(column)})::integer`;
}

/** Infix operators by their sign; a higher level binds tighter. */
export const operators: Record<string, Operator> = {
  '=': comparison('='),
  '<>': comparison('<>'),
  '!=': comparison('<>'),
  '<': comparison('<'),
  '<=': comparison('<='),
  '>': comparison('>'),
  '>=': comparison('>='),
  '&': {
    level: 2,
    apply: (left, right) => make('text', [asText(left), asText(right)], (a, b) => `(${a} || ${b})`),
  },
  '+': {
    level: 3,
    apply: (left, right) =>
      left.type === 'date' && right.type === 'number'
        ? make('date', [left.sql, days(right)], (a, b) => `(${a} + ${b})`)
        : plus(left, right),
  },
  '-': {
    level: 3,
    apply: (left, right) => {
      if (left.type === 'date' && right.type === 'number') {
        return make('date', [left.sql, days(right)], (a, b) => `(${a} - ${b})`);
      }
      if (left.type === 'date' && right.type === 'date') {
        return make('number', [left.sql, right.sql], (a, b) => `(${a} - ${b})::numeric`);
      }
      return minus(left, right);
    },
  },
  '*': { level: 4, apply: arithmetic((a, b) => `(${a} * ${b})`) },
  '/': { level: 4, apply: arithmetic((a, b) => `(${a} / nullif(${b}, 0))`) },
  '%': { level: 4, apply: arithmetic((a, b) => `(${a} % nullif(${b}, 0))`) },
};

type FormulaFunction = (given: readonly Expression[]) => Expression | undefined;

function fixed(
  result: FormulaType,
  wanted: readonly FormulaType[],
  text: (...parts: string[]) => string,
): FormulaFunction {
  return (given) =>
    given.length === wanted.length && given.every(({ type }, index) => type === wanted[index])
      ? make(
          result,
          given.map(({ sql }) => sql),
          text,
        )
      : undefined;
}

function oneOf(...variants: readonly FormulaFunction[]): FormulaFunction {
  return (given) => variants.map((variant) => variant(given)).find((result) => result !== undefined);
}

function all(type: FormulaType, text: (parts: readonly string[]) => string): FormulaFunction {
  return (given) =>
    given.length > 0 && given.every((one) => one.type === type)
      ? make(
          type,
          given.map(({ sql }) => sql),
          (...parts) => text(parts),
        )
      : undefined;
}

function datePart(part: string): FormulaFunction {
  return fixed('number', ['date'], (a) => `extract(${part} FROM ${a})::numeric`);
}

const count = (text: string) => `least(greatest(trunc(${text}), 0), 100000)::integer`;

/** The functions of expressions, by name. */
export const functions: Record<string, FormulaFunction> = {
  IF: (given) => {
    const [condition, yes, no] = given;
    if (!condition || !yes || !no || given.length !== 3) return undefined;
    if (condition.type !== 'boolean' || yes.type !== no.type) return undefined;
    return make(
      yes.type,
      [condition.sql, yes.sql, no.sql],
      (a, b, c) => `(CASE WHEN ${a} THEN ${b} ELSE ${c} END)`,
    );
  },
  AND: all('boolean', (parts) => `(${parts.join(' AND ')})`),
  OR: all('boolean', (parts) => `(${parts.join(' OR ')})`),
  NOT: fixed('boolean', ['boolean'], (a) => `(NOT ${a})`),
  SUM: all('number', (parts) => `(${parts.join(' + ')})`),
  MIN: all('number', (parts) => `least(${parts.join(', ')})`),
  MAX: all('number', (parts) => `greatest(${parts.join(', ')})`),
  ABS: fixed('number', ['number'], (a) => `abs(${a})`),
  ROUND: oneOf(
    fixed('number', ['number'], (a) => `round(${a})`),
    fixed('number', ['number', 'number'], (a, b) => `round(${a}, trunc(${b})::integer)`),
  ),
  FLOOR: fixed('number', ['number'], (a) => `floor(${a})`),
  CEIL: fixed('number', ['number'], (a) => `ceil(${a})`),
  MOD: fixed('number', ['number', 'number'], (a, b) => `(${a} % nullif(${b}, 0))`),
  CONCAT: (given) => make('text', given.map(asText), (...parts) => `concat(${parts.join(', ')})`),
  LEN: fixed('number', ['text'], (a) => `length(${a})::numeric`),
  LEFT: fixed('text', ['text', 'number'], (a, b) => `left(${a}, ${count(b)})`),
  RIGHT: fixed('text', ['text', 'number'], (a, b) => `right(${a}, ${count(b)})`),
  MID: fixed(
    'text',
    ['text', 'number', 'number'],
    (a, b, c) => `substring(${a} FROM greatest(${count(b)}, 1) FOR ${count(c)})`,
  ),
  UPPER: fixed('text', ['text'], (a) => `upper(${a})`),
  LOWER: fixed('text', ['text'], (a) => `lower(${a})`),
  TRIM: fixed('text', ['text'], (a) => `trim(${a})`),
  TEXT: (given) => (given.length === 1 ? make('text', given.map(asText), (a) => a) : undefined),
  YEAR: datePart('year'),
  MONTH: datePart('month'),
  DAY: datePart('day'),
  ADDDAYS: fixed('date', ['date', 'number'], (a, b) => `(${a} + round(${b})::integer)`),
  ADDMONTHS: fixed(
    'date',
    ['date', 'number'],
    (a, b) => `(${a} + make_interval(months => round(${b})::integer))::date`,
  ),
  // `clock` is a common table expression of the statements that save records (store/write.ts)
  TODAY: fixed('date', [], () => '(SELECT today FROM clock)'),
  NOW: fixed('dateTime', [], () => 'now()'),
};
