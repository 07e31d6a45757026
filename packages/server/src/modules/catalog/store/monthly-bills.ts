import { joinSql, type Queryable, sql } from '../../../platform/database/database.ts';
import type { EventCount } from '../billing/bill.ts';
import type { Definition } from '../definition/model.ts';

/** A subscription whose bill for a month is not yet made. */
export type Unbilled = {
  subscription: number;
  /** First day of the month, `2026-04-01`. */
  month: string;
  /** Where the bill before it ended; undefined for the first. */
  billedTo: number | undefined;
  activatedAt: number;
  subscriptionId: string;
  service: string;
  organization: string;
  supplier: string;
  technicalService: number;
};

export type MonthlyBillRow = Omit<Unbilled, 'billedTo' | 'activatedAt' | 'technicalService'> & {
  from: Date;
  to: Date;
  bill: Record<string, string> | null;
};

/**
 * The next subscriptions without a bill for a month that is over: the earliest months first, those of ended
 * subscriptions up to their end. With `ofTechnicalServices` only theirs, and the month that still runs too where the
 * subscription has ended.
 */
export function readUnbilled(
  db: Queryable,
  query: { timeZone: string; thisMonth: string; ofTechnicalServices?: readonly number[]; limit: number },
): Promise<Unbilled[]> {
  const { timeZone, thisMonth, ofTechnicalServices, limit } = query;
  const over =
    ofTechnicalServices === undefined
      ? sql`due.month < ${thisMonth}::date`
      : sql`due.technical_service = ANY(${[...ofTechnicalServices]}::bigint[]) AND due.ended_at IS NOT NULL`;
  return db.rows<Unbilled>(sql`
    WITH due AS (
      SELECT s.*, last.period_to AS billed_to,
        coalesce(last.month + interval '1 month', date_trunc('month', s.activated_at AT TIME ZONE ${timeZone}::text))::date
          AS month
      FROM catalog.subscriptions s
      LEFT JOIN LATERAL (SELECT month, period_to FROM catalog.monthly_bills
        WHERE subscription = s.key ORDER BY month DESC LIMIT 1) last ON true
      WHERE s.activated_at IS NOT NULL)
    SELECT due.key AS subscription, due.month::text AS month,
      (extract(epoch FROM due.billed_to) * 1000)::double precision AS "billedTo",
      (extract(epoch FROM due.activated_at) * 1000)::double precision AS "activatedAt",
      due.id AS "subscriptionId", v.id AS service, due.organization, v.supplier,
      due.technical_service AS "technicalService"
    FROM due JOIN catalog.services v ON v.key = due.service
    WHERE ${over}
      AND (due.ended_at IS NULL OR (due.month::timestamp AT TIME ZONE ${timeZone}::text) < due.ended_at)
    ORDER BY due.month, due.key LIMIT ${limit}`);
}

/** Parameters of technical services, by key: what a bill needs to know of a definition. */
export async function readParameters(
  db: Queryable,
  keys: readonly number[],
): Promise<Map<number, Pick<Definition, 'parameters'>>> {
  const rows = await db.rows<{ key: number; parameters: Definition['parameters'] }>(sql`
    SELECT key, definition->'parameters' AS parameters FROM catalog.technical_services
    WHERE key = ANY(${[...keys]}::bigint[])`);
  return new Map(rows.map(({ key, parameters }) => [key, { parameters }]));
}

/** Events of subscriptions in one period, counted. */
export function readEventsOf(
  db: Queryable,
  keys: readonly number[],
  { from, to }: { from: number; to: number },
): Promise<(EventCount & { subscription: number })[]> {
  return db.rows(sql`
    SELECT subscription, event_id AS "eventId", sum(multiplier)::text AS count FROM catalog.events
    WHERE subscription = ANY(${[...keys]}::bigint[]) AND occurred_at >= to_timestamp(${from} / 1000.0)
      AND occurred_at < to_timestamp(${to} / 1000.0)
    GROUP BY subscription, event_id ORDER BY subscription, event_id`);
}

/** Stores bills; those that another process made meanwhile stay as they are. */
export async function writeMonthlyBills(db: Queryable, bills: readonly MonthlyBillRow[]): Promise<void> {
  const rows = JSON.stringify(bills);
  await db.run(sql`
    INSERT INTO catalog.monthly_bills
      (subscription, month, period_from, period_to, subscription_id, service, organization, supplier, bill)
    SELECT * FROM jsonb_to_recordset(${rows}::jsonb) AS row (subscription bigint, month date, "from" timestamptz,
      "to" timestamptz, "subscriptionId" text, service text, organization text, supplier text, bill jsonb)
    ON CONFLICT (subscription, month) DO NOTHING`);
}

/** A page of bills that hold amounts, of these suppliers and customers or (undefined) of all, the latest month first. */
export function readMonthlyBills(
  db: Queryable,
  query: {
    organizations: readonly string[] | undefined;
    subscription?: number | undefined;
    month?: string | undefined;
    after: { month: string; subscription: number } | undefined;
    limit: number;
  },
): Promise<(MonthlyBillRow & { bill: Record<string, string> })[]> {
  const { organizations, subscription, month, after, limit } = query;
  const own = organizations && [...organizations];
  const conditions = [
    sql`bill IS NOT NULL`,
    own && sql`(organization = ANY(${own}::text[]) OR supplier = ANY(${own}::text[]))`,
    subscription !== undefined && sql`subscription = ${subscription}`,
    month !== undefined && sql`month = ${month}::date`,
    after &&
      sql`(month < ${after.month}::date OR (month = ${after.month}::date AND subscription > ${after.subscription}))`,
  ].filter((one) => one !== undefined && one !== false);
  return db.rows(sql`
    SELECT subscription, month::text AS month, period_from AS "from", period_to AS "to",
      subscription_id AS "subscriptionId", service, organization, supplier, bill
    FROM catalog.monthly_bills WHERE ${joinSql(conditions, ' AND ')}
    ORDER BY month DESC, subscription LIMIT ${limit}`);
}
