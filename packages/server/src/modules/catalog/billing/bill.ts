import Fraction from 'fraction.js';
import type { Definition } from '../definition/model.ts';
import type { PriceModel } from '../services/model.ts';
import { priceOf } from './stepped-price.ts';
import { type Calendar, clip, mergeSpans, periodFactor, type Span } from './units.ts';

/** What was agreed over some time; `parameters` without passwords. */
export type Terms = Span & { parameters: Readonly<Record<string, string>>; prices: PriceModel | null };
export type UserSpan = Span & { user: number; role: string | null };
/** Events of one kind: how often, over the period. */
export type EventCount = { eventId: string; count: string };

export type Usage = {
  activatedAt: number;
  terms: readonly Terms[];
  users: readonly UserSpan[];
  events: readonly EventCount[];
  definition: Pick<Definition, 'parameters'>;
};

/** The parts of a bill, exact. */
export type BillParts = {
  currency: string;
  oneTime: Fraction;
  recurring: Fraction;
  users: Fraction;
  parameters: Fraction;
  events: Fraction;
};

const dayMs = 86_400_000;
const zero = () => new Fraction(0);

/**
 * What a subscription costs over a period (oscm §4.6), exact; undefined when it was free. The free period counts from
 * the activation and spares everything that goes by time. The one-time fee falls in the period that holds the
 * activation (contract §7).
 */
export function computeBill(usage: Usage, period: Span, calendar: Calendar): BillParts | undefined {
  const terms = usage.terms
    .map((one) => ({ ...one, ...clip(one, period) }))
    .filter(({ from, to, prices }) => from < to && prices !== null);
  const last = terms.at(-1)?.prices;
  if (!last) return undefined;
  const parts: BillParts = {
    currency: last.currency,
    oneTime: zero(),
    recurring: zero(),
    users: zero(),
    parameters: zero(),
    events: zero(),
  };
  const first = usage.terms[0]?.prices;
  if (first?.oneTime !== undefined && usage.activatedAt >= period.from && usage.activatedAt < period.to) {
    parts.oneTime = new Fraction(first.oneTime);
  }
  for (const [prices, group] of groupByPrices(terms)) {
    const free = usage.activatedAt + prices.freePeriod * dayMs;
    const paid = (spans: readonly Span[]) =>
      spans.map(({ from, to }) => ({ from: Math.max(from, free), to }));
    const spans = paid(group);
    const factor = (of: readonly Span[], unit: Parameters<typeof periodFactor>[2]) =>
      periodFactor(prices.type, of, unit, calendar);
    if (prices.recurring) {
      const { amount, period: unit } = prices.recurring;
      parts.recurring = parts.recurring.add(factor(spans, unit).mul(new Fraction(amount)));
    }
    parts.users = parts.users.add(userCosts(prices, spans, usage.users, factor));
    parts.parameters = parts.parameters.add(parameterCosts(prices, group, paid, usage, factor));
  }
  for (const { eventId, count } of usage.events) {
    const price = last.events[eventId];
    if (price !== undefined) parts.events = parts.events.add(priceOf(price, new Fraction(count)));
  }
  return parts;
}

/** Terms with the same price model belong together: a begun unit counts once for all of them. */
function groupByPrices(terms: readonly Terms[]): Map<PriceModel, Terms[]> {
  const groups = new Map<string, [PriceModel, Terms[]]>();
  for (const one of terms) {
    if (one.prices === null) continue;
    const key = JSON.stringify(one.prices);
    const [, list] = groups.get(key) ?? [one.prices, []];
    groups.set(key, [one.prices, [...list, one]]);
  }
  return new Map(groups.values());
}

/** `Map.groupBy`, which Node.js 20 does not have. */
function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

type FactorOf = (spans: readonly Span[], unit: Parameters<typeof periodFactor>[2]) => Fraction;

/** Each user's time at the price of a user, plus that of his roles while he had them. */
function userCosts(
  { perUser }: PriceModel,
  spans: readonly Span[],
  users: readonly UserSpan[],
  factor: FactorOf,
): Fraction {
  if (perUser === undefined) return zero();
  const { period, price, roles } = perUser;
  const byUser = groupBy(users, ({ user }) => user);
  let count = zero();
  let total = zero();
  for (const own of byUser.values()) {
    count = count.add(factor(overlaps(own, spans), period));
    for (const [role, amount] of Object.entries(roles)) {
      const held = own.filter((one) => one.role === role);
      total = total.add(factor(overlaps(held, spans), period).mul(new Fraction(amount)));
    }
  }
  return price === undefined ? total : total.add(priceOf(price, count));
}

/** The parts of some spans that lie in some others. */
function overlaps(spans: readonly Span[], within: readonly Span[]): Span[] {
  return mergeSpans(within).flatMap((outer) =>
    spans.map((span) => clip(span, outer)).filter(({ from, to }) => from < to),
  );
}

function parameterCosts(
  prices: PriceModel,
  terms: readonly Terms[],
  paid: (spans: readonly Span[]) => Span[],
  { definition, users }: Usage,
  factor: FactorOf,
): Fraction {
  let total = zero();
  for (const [id, { period, price, perUser, options }] of Object.entries(prices.parameters)) {
    const valueType = definition.parameters.find((parameter) => parameter.id === id)?.valueType;
    const byValue = groupBy(
      terms.filter(({ parameters }) => parameters[id] !== undefined),
      ({ parameters }) => parameters[id] as string,
    );
    for (const [value, held] of byValue) {
      const spans = paid(held);
      const time = factor(spans, period);
      const userTime = [...groupBy(users, ({ user }) => user).values()]
        .map((own) => factor(overlaps(own, spans), period))
        .reduce((sum, one) => sum.add(one), zero());
      if (valueType === 'ENUMERATION') {
        const option = options[value];
        if (option?.price !== undefined) total = total.add(time.mul(new Fraction(option.price)));
        if (option?.perUser !== undefined) total = total.add(userTime.mul(new Fraction(option.perUser)));
        continue;
      }
      const count = multiplierOf(valueType, value);
      if (price !== undefined) total = total.add(time.mul(priceOf(price, count)));
      if (perUser !== undefined) total = total.add(userTime.mul(count).mul(new Fraction(perUser)));
    }
  }
  return total;
}

function multiplierOf(valueType: string | undefined, value: string): Fraction {
  if (valueType === 'BOOLEAN') return new Fraction(value === 'true' ? 1 : 0);
  if (valueType === 'INTEGER' || valueType === 'LONG') return new Fraction(value);
  // STRING and PWD have no number (oscm §4.6)
  return zero();
}

/** Two decimals, halves away from zero: the text of an amount on a bill. */
export function toAmount(value: Fraction): string {
  const cents = (2n * value.n * 100n + value.d) / (2n * value.d);
  const text = cents.toString().padStart(3, '0');
  return `${text.slice(0, -2)}.${text.slice(-2)}`;
}
