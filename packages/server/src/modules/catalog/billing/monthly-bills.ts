import { type Caller, isAdmin } from '../../../platform/caller.ts';
import type { Database, Queryable } from '../../../platform/database/database.ts';
import { fromLocalTime, toLocalTime } from '../../../platform/time-zone.ts';
import { actingOrganizations } from '../access.ts';
import { errors } from '../errors.ts';
import { readUse } from '../store/bills.ts';
import {
  type MonthlyBillRow,
  readEventsOf,
  readMonthlyBills,
  readParameters,
  readUnbilled,
  type Unbilled,
  writeMonthlyBills,
} from '../store/monthly-bills.ts';
import { computeBill } from './bill.ts';
import { type Bill, toBill } from './bills.ts';
import { createZoneCalendar, type Span } from './units.ts';

/** A bill that was made when its month was over, and stays as it was made. */
export type MonthlyBill = Bill & {
  /** `2026-04`, in the time zone of the workspace. */
  month: string;
  /** The customer's name for the subscription, as it was then. */
  subscriptionId: string;
  service: string;
  organization: string;
  supplier: string;
};

export type MonthlyBills = {
  /** Stored bills, the latest month first; each organization sees those it pays or is paid. `month` is `2026-04`. */
  listMonthlyBills(
    caller: Caller,
    query: {
      month?: string | undefined;
      subscription?: number | undefined;
      limit: number;
      cursor?: string | undefined;
    },
  ): Promise<{ items: MonthlyBill[]; next: string | undefined }>;
  /** Makes every bill of a month that is over and has none, months missed while no server ran included; how many. */
  makeMonthlyBills(now?: Date): Promise<number>;
};

/** Subscriptions that are billed at a time. */
const batch = 200;

export function createMonthlyBills(database: Database, timeZone: () => string): MonthlyBills {
  return {
    async listMonthlyBills(caller, { month, subscription, limit, cursor }) {
      const organizations = isAdmin(caller)
        ? undefined
        : (await actingOrganizations(database, caller)).map(({ id }) => id);
      const rows = await readMonthlyBills(database, {
        organizations,
        subscription,
        month: month && `${month}-01`,
        after: cursor === undefined ? undefined : readCursor(cursor),
        limit: limit + 1,
      });
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toView),
        next: rows.length > limit && last ? `${last.month}.${last.subscription}` : undefined,
      };
    },
    async makeMonthlyBills(now = new Date()) {
      const zone = timeZone();
      const thisMonth = `${toLocalTime(now, zone).slice(0, 7)}-01`;
      let made = 0;
      while (true) {
        // a batch at a time in a transaction of its own: what was made stays made
        const done = await database.transaction((tx) => billNext(tx, zone, { thisMonth }));
        if (done === 0) return made;
        made += done;
      }
    },
  };
}

/** Makes what is left to bill of the ended subscriptions of these technical services, before they are removed. */
export async function billEnded(
  tx: Queryable,
  timeZone: string,
  technicalServices: readonly number[],
): Promise<void> {
  const due = { thisMonth: '', ofTechnicalServices: technicalServices };
  while ((await billNext(tx, timeZone, due)) > 0);
}

/** Bills the next subscriptions that share a month and its beginning; returns how many. */
async function billNext(
  tx: Queryable,
  timeZone: string,
  due: { thisMonth: string; ofTechnicalServices?: readonly number[] },
): Promise<number> {
  const unbilled = await readUnbilled(tx, { timeZone, ...due, limit: batch });
  const [first] = unbilled;
  if (first === undefined) return 0;
  const period = periodOf(first, timeZone);
  // another beginning follows only from another time zone at the time of the bill before it
  const part = unbilled.filter(
    (one) => one.month === first.month && periodOf(one, timeZone).from === period.from,
  );
  const keys = part.map(({ subscription }) => subscription);
  const { terms, users } = await readUse(tx, keys, period);
  const events = await readEventsOf(tx, keys, period);
  const definitions = await readParameters(tx, [
    ...new Set(part.map(({ technicalService }) => technicalService)),
  ]);
  const calendar = createZoneCalendar(timeZone);
  const own = <T extends { subscription: number }>(rows: readonly T[]) => {
    const bySubscription = new Map<number, T[]>();
    for (const row of rows) {
      const list = bySubscription.get(row.subscription);
      if (list === undefined) bySubscription.set(row.subscription, [row]);
      else list.push(row);
    }
    return (key: number) => bySubscription.get(key) ?? [];
  };
  const [termsOf, usersOf, eventsOf] = [own(terms), own(users), own(events)];
  const bills = part.map((one): MonthlyBillRow => {
    const { subscription: key, activatedAt, technicalService, billedTo: _, ...names } = one;
    const definition = definitions.get(technicalService) ?? { parameters: [] };
    const usage = {
      activatedAt,
      definition,
      terms: termsOf(key),
      users: usersOf(key),
      events: eventsOf(key),
    };
    const parts = computeBill(usage, period, calendar);
    const { subscription: _key, from, to, ...amounts } = parts ? toBill(key, period, parts) : noBill;
    return {
      ...names,
      subscription: key,
      from: new Date(period.from),
      to: new Date(period.to),
      bill: parts ? amounts : null,
    };
  });
  await writeMonthlyBills(tx, bills);
  return bills.length;
}

const noBill = { subscription: '', from: '', to: '' };

/** From where the bill before it ended to the beginning of the next month. */
function periodOf({ month, billedTo }: Unbilled, timeZone: string): Span {
  const [year, index] = month.split('-').map(Number) as [number, number];
  const next = new Date(Date.UTC(year, index, 1)).toISOString().slice(0, 10);
  const at = (day: string) => fromLocalTime(`${day}T00:00:00`, timeZone).getTime();
  return { from: billedTo ?? at(month), to: at(next) };
}

function toView({
  bill,
  month,
  from,
  to,
  subscription,
  ...names
}: Awaited<ReturnType<typeof readMonthlyBills>>[number]) {
  return {
    ...names,
    subscription: String(subscription),
    month: month.slice(0, 7),
    from: from.toISOString(),
    to: to.toISOString(),
    ...bill,
  } as MonthlyBill;
}

function readCursor(cursor: string): { month: string; subscription: number } {
  const [, month, subscription] = /^(\d{4}-(?:0[1-9]|1[0-2])-01)\.(\d{1,15})$/.exec(cursor) ?? [];
  if (month === undefined) throw errors.cursor({ cursor });
  return { month, subscription: Number(subscription) };
}
