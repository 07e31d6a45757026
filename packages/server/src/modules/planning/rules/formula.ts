import { foldLabel } from './labels.ts';

/**
 * Formulas over accounts: `[REV] - @round([COST] * 0.1, 0)`. Account labels stand in brackets, functions begin with
 * `@` (fusion_place §4.7). They become SQL over exact numerics (`formulaSql`), never text of the caller's.
 */
export type Formula =
  | { kind: 'number'; text: string }
  | { kind: 'account'; label: string }
  | { kind: 'negate'; of: Formula }
  | { kind: 'operation'; operator: '+' | '-' | '*' | '/'; left: Formula; right: Formula }
  | { kind: 'call'; name: FunctionName; args: Formula[] };

const functions = { abs: [1, 1], max: [1, 50], min: [1, 50], round: [1, 2] } as const;
type FunctionName = keyof typeof functions;

export type FormulaFault = { reason: string };

const token = /\s*(?:(\d+(?:\.\d+)?|\.\d+)|\[([^\]]*)\]|@([a-z_]+)|([-+*/(),]))/iy;
const deepest = 100;

/** The formula as a tree, or why it is none. */
export function parseFormula(text: string): Formula | FormulaFault {
  const tokens = tokenize(text);
  if (!tokens) return { reason: 'a character that does not belong here' };
  let at = 0;
  let depth = 0;
  const peek = () => tokens[at];
  const take = (symbol: string): boolean => {
    if (peek()?.text !== symbol || peek()?.kind !== 'symbol') return false;
    at += 1;
    return true;
  };
  const fail = (reason: string): never => {
    throw new SyntaxError(reason);
  };

  function sum(): Formula {
    let left = product();
    for (;;) {
      const operator = take('+') ? '+' : take('-') ? '-' : undefined;
      if (!operator) return left;
      left = { kind: 'operation', operator, left, right: product() };
    }
  }
  function product(): Formula {
    let left = factor();
    for (;;) {
      const operator = take('*') ? '*' : take('/') ? '/' : undefined;
      if (!operator) return left;
      left = { kind: 'operation', operator, left, right: factor() };
    }
  }
  function factor(): Formula {
    depth += 1;
    if (depth > deepest) fail('nested too deeply');
    const result = unnested();
    depth -= 1;
    return result;
  }
  function unnested(): Formula {
    if (take('-')) return { kind: 'negate', of: factor() };
    if (take('(')) {
      const inner = sum();
      if (!take(')')) fail('a parenthesis is not closed');
      return inner;
    }
    const next = tokens![at++];
    if (next?.kind === 'number') return { kind: 'number', text: next.text };
    if (next?.kind === 'account') return { kind: 'account', label: foldLabel(next.text) };
    if (next?.kind === 'function') return call(next.text.toLowerCase());
    return fail('a value is missing');
  }
  function call(name: string): Formula {
    if (!Object.hasOwn(functions, name)) return fail(`there is no function @${name}`);
    const args: Formula[] = [];
    if (take('(') && !take(')')) {
      do args.push(sum());
      while (take(','));
      if (!take(')')) fail('a parenthesis is not closed');
    }
    const [fewest, most] = functions[name as FunctionName];
    if (args.length < fewest || args.length > most) fail(`@${name} takes ${fewest} to ${most} arguments`);
    return { kind: 'call', name: name as FunctionName, args };
  }

  try {
    const formula = sum();
    return at === tokens.length ? formula : { reason: 'something follows the end' };
  } catch (error) {
    if (error instanceof SyntaxError) return { reason: error.message };
    throw error;
  }
}

type Token = { kind: 'number' | 'account' | 'function' | 'symbol'; text: string };

function tokenize(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  const trimmed = text.trimEnd();
  token.lastIndex = 0;
  while (token.lastIndex < trimmed.length) {
    const [, number, account, name, symbol] = token.exec(trimmed) ?? [];
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (account !== undefined) tokens.push({ kind: 'account', text: account });
    else if (name !== undefined) tokens.push({ kind: 'function', text: name });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
    else return undefined;
  }
  return tokens;
}

/** Labels of the accounts that a formula reads. */
export function formulaAccounts(formula: Formula): Set<string> {
  switch (formula.kind) {
    case 'number':
      return new Set();
    case 'account':
      return new Set([formula.label]);
    case 'negate':
      return formulaAccounts(formula.of);
    case 'operation':
      return new Set([...formulaAccounts(formula.left), ...formulaAccounts(formula.right)]);
    case 'call':
      return new Set(formula.args.flatMap((arg) => [...formulaAccounts(arg)]));
  }
}

/**
 * The formula as an SQL expression; `column` gives the numeric column of an account's amount. A blank amount counts
 * as zero, a division by zero gives blank, rounding is half away from zero as in `round(numeric)`.
 */
export function formulaSql(formula: Formula, column: (account: string) => string): string {
  const of = (part: Formula) => formulaSql(part, column);
  switch (formula.kind) {
    case 'number':
      return `${formula.text}::numeric`;
    case 'account':
      return `coalesce(${column(formula.label)}, 0)`;
    case 'negate':
      return `(-${of(formula.of)})`;
    case 'operation':
      return formula.operator === '/'
        ? `(${of(formula.left)} / nullif(${of(formula.right)}, 0))`
        : `(${of(formula.left)} ${formula.operator} ${of(formula.right)})`;
    case 'call': {
      const args = formula.args.map(of);
      if (formula.name === 'abs') return `abs(${args[0]})`;
      if (formula.name === 'round') return `round(${args[0]}, (${args[1] ?? '0'})::integer)`;
      return `${formula.name === 'max' ? 'greatest' : 'least'}(${args.join(', ')})`;
    }
  }
}
