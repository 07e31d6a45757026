import { type Queryable, sql } from '../../../platform/database/database.ts';
import type { EventCount, Terms, UserSpan } from '../billing/bill.ts';

type Stamp = { from: number; to: number };

/** Instants as milliseconds; what goes on ends with the period. */
const span = (to: number) => sql`
  (extract(epoch FROM since) * 1000)::double precision AS "from",
  (extract(epoch FROM least(coalesce(until, 'infinity'), to_timestamp(${to} / 1000.0))) * 1000)::double precision AS "to"`;

/** What the bills of these subscriptions are made of, each in one query for all of them. */
export async function readUse(db: Queryable, keys: readonly number[], period: Stamp) {
  const inPeriod = sql`subscription = ANY(${keys}::bigint[]) AND since < to_timestamp(${period.to} / 1000.0)`;
  const terms = await db.rows<Terms & { subscription: number }>(sql`
    SELECT subscription, parameters, prices, ${span(period.to)} FROM catalog.terms
    WHERE ${inPeriod} ORDER BY subscription, since, id`);
  const users = await db.rows<UserSpan & { subscription: number }>(sql`
    SELECT subscription, user_number AS "user", role, ${span(period.to)} FROM catalog.assignments
    WHERE ${inPeriod} AND (until IS NULL OR until > to_timestamp(${period.from} / 1000.0))
    ORDER BY subscription, since, id`);
  const events = await db.rows<EventCount & { subscription: number }>(sql`
    SELECT subscription, event_id AS "eventId", sum(multiplier)::text AS count FROM catalog.events
    WHERE subscription = ANY(${keys}::bigint[]) AND occurred_at >= to_timestamp(${period.from} / 1000.0)
      AND occurred_at < to_timestamp(${period.to} / 1000.0)
    GROUP BY subscription, event_id ORDER BY subscription, event_id`);
  return { terms, users, events };
}
