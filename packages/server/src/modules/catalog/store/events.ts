import type { Queryable } from '../../../platform/database/database.ts';

export type NewEvent = {
  subscription: number;
  eventId: string;
  occurredAt: Date;
  actor: string | undefined;
  /** 64 bits, as text. */
  multiplier: string;
  uniqueId: string | undefined;
};

/** Records an event; false when its unique id was there before. */
export async function insertEvent(db: Queryable, event: NewEvent): Promise<boolean> {
  const inserted = await db.run({
    name: 'catalog.insert_event',
    text: `INSERT INTO catalog.events (subscription, event_id, occurred_at, actor, multiplier, unique_id)
           VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (subscription, unique_id) DO NOTHING`,
    values: [
      event.subscription,
      event.eventId,
      event.occurredAt,
      event.actor ?? null,
      event.multiplier,
      event.uniqueId ?? null,
    ],
  });
  return inserted === 1;
}
