import { type Caller, isAdmin } from '../../../platform/caller.ts';
import type { Database } from '../../../platform/database/database.ts';
import { actingOrganizations } from '../access.ts';
import { errors } from '../errors.ts';
import { readEventCounts, readUse } from '../store/bills.ts';
import { readSubscription } from '../store/subscriptions.ts';
import { type BillParts, computeBill, toAmount } from './bill.ts';
import { type Calendar, createCalendar, type Span } from './units.ts';

/** A bill as its readers get it: amounts are decimals as text (contract §7). */
export type Bill = {
  subscription: string;
  from: string;
  to: string;
  currency: string;
  oneTime: string;
  recurring: string;
  users: string;
  parameters: string;
  events: string;
  total: string;
};

export type Bills = {
  /**
   * What a subscription costs over a period, half-open, cut at calendar units of places so many minutes ahead of UTC;
   * use that has not ended is taken to go on. Nothing for one that was free or not in use. For its supplier,
   * its customer and administrators. With `each` there is
   * a bill for every month that the period touches, at most 120.
   */
  computeBills(
    caller: Caller,
    query: { subscription: number; from: Date; to: Date; offsetMinutes: number; each?: 'month' | undefined },
  ): Promise<Bill[]>;
};

export function createBills(database: Database): Bills {
  return {
    async computeBills(caller, { subscription: key, from, to, offsetMinutes, each }) {
      const subscription = await readSubscription(database, key);
      if (subscription === undefined) throw errors.subscription({ key });
      if (!isAdmin(caller)) {
        const own = (await actingOrganizations(database, caller)).map(({ id }) => id);
        const { supplier, organization } = subscription;
        const permitted = own.includes(supplier) || own.includes(organization);
        if (!permitted) throw errors.foreign({ organization: supplier });
      }
      if (!(from < to)) throw errors.field({ member: 'to', reason: 'from < to' }, '/to');
      if (subscription.activatedAt === null) return [];
      const period = { from: from.getTime(), to: to.getTime() };
      const calendar = createCalendar(offsetMinutes);
      const pieces = each === undefined ? [period] : cut(period, each, calendar);
      if (pieces.length > mostPieces)
        throw errors.field({ member: 'to', reason: `<= ${mostPieces} × ${each}` }, '/to');
      const { terms, users } = await readUse(database, [key], period);
      const events = await readEventCounts(database, key, pieces);
      const activatedAt = subscription.activatedAt.getTime();
      const { definition } = subscription;
      return pieces.flatMap((piece, index) => {
        const usage = { terms, users, events: events.get(index) ?? [], activatedAt, definition };
        const parts = computeBill(usage, piece, calendar);
        return parts === undefined ? [] : toBill(key, piece, parts);
      });
    },
  };
}

const mostPieces = 120;

/** The period in pieces that end where a unit does. */
function cut(period: Span, unit: 'month', calendar: Calendar): Span[] {
  const pieces: Span[] = [];
  for (let { from } = period; from < period.to && pieces.length <= mostPieces; ) {
    const to = Math.min(period.to, calendar.next(unit, calendar.start(unit, from)));
    pieces.push({ from, to });
    from = to;
  }
  return pieces;
}

/** A bill in the form its readers get. */
export function toBill(key: number, { from, to }: Span, { currency, ...amounts }: BillParts): Bill {
  const total = Object.values(amounts).reduce((sum, one) => sum.add(one));
  return {
    subscription: String(key),
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    currency,
    oneTime: toAmount(amounts.oneTime),
    recurring: toAmount(amounts.recurring),
    users: toAmount(amounts.users),
    parameters: toAmount(amounts.parameters),
    events: toAmount(amounts.events),
    total: toAmount(total),
  };
}
