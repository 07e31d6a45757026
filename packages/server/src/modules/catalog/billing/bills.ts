import { type Caller, isAdmin } from '../../../platform/caller.ts';
import type { Database } from '../../../platform/database/database.ts';
import { actingOrganizations } from '../access.ts';
import { errors } from '../errors.ts';
import { readUse } from '../store/bills.ts';
import { readSubscription } from '../store/subscriptions.ts';
import { computeBill, toAmount } from './bill.ts';
import { createCalendar } from './units.ts';

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
   * its customer and administrators.
   */
  computeBills(
    caller: Caller,
    query: { subscription: number; from: Date; to: Date; offsetMinutes: number },
  ): Promise<Bill[]>;
};

export function createBills(database: Database): Bills {
  return {
    async computeBills(caller, { subscription: key, from, to, offsetMinutes }) {
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
      const use = await readUse(database, [key], period);
      const usage = {
        ...use,
        activatedAt: subscription.activatedAt.getTime(),
        definition: subscription.definition,
      };
      const parts = computeBill(usage, period, createCalendar(offsetMinutes));
      if (parts === undefined) return [];
      const { currency, ...amounts } = parts;
      const total = Object.values(amounts).reduce((sum, one) => sum.add(one));
      return [
        {
          subscription: String(key),
          from: from.toISOString(),
          to: to.toISOString(),
          currency,
          oneTime: toAmount(amounts.oneTime),
          recurring: toAmount(amounts.recurring),
          users: toAmount(amounts.users),
          parameters: toAmount(amounts.parameters),
          events: toAmount(amounts.events),
          total: toAmount(total),
        },
      ];
    },
  };
}
