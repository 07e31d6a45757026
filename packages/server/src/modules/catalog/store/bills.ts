import { type Queryable, sql } from '../../../platform/database/database.ts';
import type { EventCount, Terms, UserSpan } from '../billing/bill.ts';

type Stamp = { from: number; to: number };

/** Instants as milliseconds; what goes on ends with the period. */
const span = (to: number) => sql`
  (extract(epoch FROM since) * 1000)::double precision AS "from",
  (extract(epoch FROM least(coalesce(until, 'infinity'), to_timestamp(${to} / 1000.0))) * 1000)::double precision AS "to"`;

/** What the bills of these subscriptions are made of besides events, each in one query for all of them. */
export async function readUse(db: Queryable, keys: readonly number[], period: Stamp) {
  const inPeriod = sql`subscription = ANY(${keys}::bigint[]) AND since < to_timestamp(${period.to} / 1000.0)`;
  const terms = await db.rows<Terms & { subscription: number }>(sql`
    SELECT subscription, parameters, prices, ${span(period.to)} FROM catalog.terms
    WHERE ${inPeriod} ORDER BY subscription, since, id`);
  const users = await db.rows<UserSpan & { subscription: number }>(sql`
    SELECT subscription, user_number AS "user", role, ${span(period.to)} FROM catalog.assignments
    WHERE ${inPeriod} AND (until IS NULL OR until > to_timestamp(${period.from} / 1000.0))
    ORDER BY subscription, since, id`);
  return { terms, users };
}

/** Events of a subscription, counted in each of some periods: by its place in the list. */
export async function readEventCounts(
  db: Queryable,
  subscription: number,
  periods: readonly Stamp[],
): Promise<Map<number, EventCount[]>> {
  const rows = await db.rows<EventCount & { piece: number }>(sql`
    SELECT (p.place - 1)::int AS piece, e.event_id AS "eventId", sum(e.multiplier)::text AS count
    FROM unnest(${periods.map(({ from }) => from)}::double precision[], ${periods.map(({ to }) => to)}::double precision[])
      WITH ORDINALITY AS p("from", "to", place)
    JOIN catalog.events e ON e.subscription = ${subscription}
      AND e.occurred_at >= to_timestamp(p."from" / 1000.0) AND e.occurred_at < to_timestamp(p."to" / 1000.0)
    GROUP BY p.place, e.event_id ORDER BY p.place, e.event_id`);
  const counts = new Map<number, EventCount[]>();
  for (const { piece, ...event } of rows) counts.set(piece, [...(counts.get(piece) ?? []), event]);
  return counts;
}
