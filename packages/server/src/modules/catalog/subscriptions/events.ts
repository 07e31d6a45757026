import type { Caller } from '../../../platform/caller.ts';
import { sql } from '../../../platform/database/database.ts';
import { actAs, demandRole } from '../access.ts';
import { characters } from '../definition/value-types.ts';
import { errors } from '../errors.ts';
import { isLong, toBigInt } from '../rules/integers.ts';
import { insertEvent } from '../store/events.ts';
import { findSubscription, readSubscription } from '../store/subscriptions.ts';
import type { Context } from './context.ts';
import type { Subscription } from './model.ts';

/** An event as an application reports it, fields as text (oscm §4.2). */
export type ReportedEvent = {
  actor: string | undefined;
  eventId: string | undefined;
  multiplier: string | undefined;
  /** Milliseconds since 1970. */
  occurrenceTime: string | undefined;
  uniqueId: string | undefined;
};

/** Records events that applications report; refuses undeclared ones, bad fields and repetitions. */
export function createEvents(context: Context) {
  const { database } = context;

  async function record(caller: Caller, subscription: Subscription, event: ReportedEvent): Promise<void> {
    await actAs(database, caller, 'technologyProvider', subscription.provider);
    const { actor, eventId = '', multiplier = '1', occurrenceTime = '', uniqueId } = event;
    const invalid = (member: string, reason: string) => errors.field({ member, reason });
    if (!isLong(multiplier) || toBigInt(multiplier) < 1n) throw invalid('multiplier', 'VALUE_NOT_IN_RANGE');
    if (!isLong(occurrenceTime) || toBigInt(occurrenceTime) < 0n || Number(occurrenceTime) > 8.64e15) {
      throw invalid('occurrenceTime', 'VALUE_NOT_IN_RANGE');
    }
    if (actor !== undefined && characters(actor) > 255) throw invalid('actor', 'LENGTH');
    if (uniqueId !== undefined && characters(uniqueId) > 255) throw invalid('uniqueId', 'LENGTH');
    // the platform's own events are never sent by applications
    if (!subscription.definition.events.some(({ id }) => id === eventId)) throw errors.event({ id: eventId });
    const recorded = await insertEvent(database, {
      subscription: subscription.key,
      eventId,
      occurredAt: new Date(Number(occurrenceTime)),
      actor,
      multiplier: String(toBigInt(multiplier)),
      uniqueId,
    });
    if (!recorded) throw errors.duplicateEvent({ uniqueId: uniqueId ?? '' });
  }

  return {
    async ofInstance(caller: Caller, technicalServiceId: string, instanceId: string, event: ReportedEvent) {
      demandRole(caller, 'technologyProvider');
      const condition = sql`t.id = ${technicalServiceId} AND s.instance_id = ${instanceId}
        AND s.state NOT IN ('DEACTIVATED', 'INVALID') AND EXISTS (
          SELECT FROM catalog.members m WHERE m.organization = t.organization
            AND (m.user_number = ${caller.user} OR ${caller.roles.has('admin')}))`;
      const found = await findSubscription(database, condition);
      if (found === undefined) throw errors.subscription({ key: `${technicalServiceId} ${instanceId}` });
      await record(caller, found, event);
    },
    async ofSubscription(caller: Caller, key: number, event: ReportedEvent) {
      const found = await readSubscription(database, key);
      if (found === undefined) throw errors.subscription({ key });
      await record(caller, found, event);
    },
  };
}
export type Events = ReturnType<typeof createEvents>;
