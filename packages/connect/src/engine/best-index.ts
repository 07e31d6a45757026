import type { Operator, PlanShape, TableShape } from './shape.ts';

/** One condition that SQLite offers to a virtual table. */
export interface Offer {
  /** Position in SQLite's list. */
  at: number;
  column: string;
  operator: Operator;
  /** The right-hand side is an `IN` list that can be had in one piece. */
  list: boolean;
}

/** What a scan will do; kept by number, as SQLite hands back only a number and a text. */
export interface Choice {
  plan: PlanShape;
  /** Offers that fill the plan's conditions, in the order of the values given to the scan. */
  given: Offer[];
  /** A further equality, answered from a hash of the rows when the same rows are scanned again. */
  hash: Offer | undefined;
  /** The plan for the whole table, used instead once single requests would be more than its pages. */
  whole: PlanShape | undefined;
  cost: number;
  rows: number;
}

/** Rows a table is taken to have while its size is not known: ten pages of Highrise. */
export const assumedRows = 5000;
const request = 1000;

/**
 * Chooses how to read a table: the way that needs the fewest requests among those whose conditions are
 * all given. Undefined when every way lacks a condition.
 *
 * Cost is requests times 1000 plus rows (connector §4.4 layer 6), but a way that can be replaced by a
 * hash over the whole table counts as a lookup: at worst the table is fetched once per statement.
 */
export function choose(table: TableShape, offers: Offer[]): Choice | undefined {
  const hidden = new Set(table.columns.filter((column) => column.hidden).map((column) => column.name));
  const whole = table.plans.find((plan) => plan.uses.length === 0);
  let plan: PlanShape | undefined;
  let given: Offer[] = [];
  for (const candidate of table.plans) {
    const filled = fill(candidate, offers);
    if (!filled || (plan && rank(plan) <= rank(candidate))) continue;
    [plan, given] = [candidate, filled];
  }
  if (!plan) return undefined;
  const replaceable = plan !== whole && !given.some((offer) => hidden.has(offer.column));
  const hash = offers.find(
    (o) => o.operator === '=' && !o.list && !given.includes(o) && !hidden.has(o.column),
  );
  const equalities = given.length > 0 && given.every((offer) => offer.operator === '=');
  const lookup = plan === whole ? hash !== undefined : replaceable && equalities;
  const rows = plan.single ? 1 : hash ? 10 : (plan.rows ?? (plan === whole ? assumedRows : 100));
  const requests = plan === whole ? Math.ceil(rows / (table.pageSize ?? rows)) : 1;
  return {
    plan,
    given,
    hash,
    whole: replaceable ? whole : undefined,
    cost: lookup ? 30 + rows : requests * request + rows,
    rows,
  };
}

function fill(plan: PlanShape, offers: Offer[]): Offer[] | undefined {
  const given: Offer[] = [];
  for (const use of plan.uses) {
    const offer = offers.find((o) => o.column === use.column && use.operators.includes(o.operator));
    if (!offer) return undefined;
    given.push(offer);
  }
  return given;
}

/** Smaller is better; plans of one rank are tried in the order of the description. */
function rank(plan: PlanShape): number {
  if (plan.single) return 0;
  if (plan.uses.length === 0) return 3;
  return plan.uses.every((use) => use.operators.includes('=')) ? 1 : 2;
}

/** What `EXPLAIN QUERY PLAN` shows of a choice. */
export function describeChoice({ plan, hash }: Choice): string {
  return hash ? `${plan.label}; ${hash.column}=? from rows at hand` : plan.label;
}
