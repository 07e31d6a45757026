import Fraction from 'fraction.js';
import type { Price } from '../services/model.ts';

/** What so many cost: each at one price, or each at the price of the step it falls into (oscm §4.6). */
export function priceOf(price: Price, count: Fraction): Fraction {
  if (typeof price === 'string') return count.mul(new Fraction(price));
  let total = new Fraction(0);
  let below = new Fraction(0);
  for (const { limit, price: each } of price.steps) {
    const end = limit === undefined || count.lt(limit) ? count : new Fraction(limit);
    total = total.add(end.sub(below).mul(new Fraction(each)));
    below = end;
    if (end.equals(count)) break;
  }
  return total;
}
