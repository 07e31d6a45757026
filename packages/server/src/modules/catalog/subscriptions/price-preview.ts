import Fraction from 'fraction.js';
import { type Caller, isAdmin } from '../../../platform/caller.ts';
import { collectErrors } from '../../../platform/errors.ts';
import { actingOrganizations } from '../access.ts';
import { computeBill, toAmount } from '../billing/bill.ts';
import { createCalendar } from '../billing/units.ts';
import { eventIdsOf, localized } from '../definition/model.ts';
import { errors } from '../errors.ts';
import { findService } from '../services/services.ts';
import { type OfferedService, readServices } from '../store/services.ts';
import { readSubscription } from '../store/subscriptions.ts';
import { roleFault } from './assignments.ts';
import { type Context, openServiceValues } from './context.ts';
import { subscriptionValues, withoutPasswords } from './parameters.ts';
import { demandSight } from './sight.ts';
import { mayBe } from './state-rules.ts';

export type PriceQuery = {
  parameters?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** As many as would be assigned, with their roles. */
  users?: readonly { role?: string | undefined }[] | undefined;
  /** How often each event is expected. */
  events?: Readonly<Record<string, number>> | undefined;
  from: Date;
  to: Date;
  offsetMinutes: number;
};

/** What a subscription would cost over a period, begun at its start; amounts as on a bill. */
export type PricePreview = {
  from: string;
  to: string;
  /** Absent: it is free. */
  currency?: string;
  oneTime: string;
  recurring: string;
  users: string;
  parameters: string;
  events: string;
  total: string;
};

export type PricePreviews = {
  /** The price of a choice, values checked as in subscribing; a service off sale is for its supplier alone. */
  previewPrice(caller: Caller, service: string, query: PriceQuery): Promise<PricePreview>;
  /** Services that a subscription may be upgraded to as it is now. */
  listUpgrades(caller: Caller, key: number): Promise<{ id: string; title: string }[]>;
};

const nothing = new Fraction(0);
const free = { oneTime: nothing, recurring: nothing, users: nothing, parameters: nothing, events: nothing };

export function createPricePreviews(context: Context): PricePreviews {
  const { database } = context;

  async function visible(caller: Caller, id: string): Promise<OfferedService> {
    const service = await findService(database, id);
    if (service.active || isAdmin(caller)) return service;
    const own = await actingOrganizations(database, caller);
    if (!own.some((organization) => organization.id === service.supplier)) throw errors.service({ id });
    return service;
  }

  return {
    async previewPrice(caller, id, { parameters = {}, users = [], events = {}, ...period }) {
      const { definition, prices = null, ...service } = await visible(caller, id);
      const offered = openServiceValues(context, service.parameters, definition);
      const { values, faults } = subscriptionValues(definition, offered, parameters, undefined);
      const roleFaults = users.flatMap(
        ({ role }, index) =>
          roleFault(definition, { user: `${index + 1}`, role }, `/users/${index}/role`) ?? [],
      );
      const known = eventIdsOf(definition);
      const unknown = Object.keys(events).filter((event) => !known.includes(event));
      if (!(period.from < period.to)) faults.push(errors.field({ member: 'to', reason: 'from < to' }, '/to'));
      const fault = collectErrors([
        ...faults,
        ...roleFaults,
        ...unknown.map((event) => errors.field({ member: event, reason: known.join(', ') }, '/events')),
      ]);
      if (fault) throw fault;
      const span = { from: period.from.getTime(), to: period.to.getTime() };
      const usage = {
        activatedAt: span.from,
        terms: [{ ...span, parameters: withoutPasswords(definition, values), prices }],
        users: users.map(({ role = null }, user) => ({ ...span, user, role })),
        events: Object.entries(events).map(([eventId, count]) => ({ eventId, count: String(count) })),
        definition,
      };
      const parts = computeBill(usage, span, createCalendar(period.offsetMinutes));
      const { currency, ...amounts } = parts ?? { currency: undefined, ...free };
      const total = Object.values(amounts).reduce((sum, one) => sum.add(one));
      return {
        from: period.from.toISOString(),
        to: period.to.toISOString(),
        ...(currency !== undefined && { currency }),
        oneTime: toAmount(amounts.oneTime),
        recurring: toAmount(amounts.recurring),
        users: toAmount(amounts.users),
        parameters: toAmount(amounts.parameters),
        events: toAmount(amounts.events),
        total: toAmount(total),
      };
    },

    async listUpgrades(caller, key) {
      const subscription = await readSubscription(database, key);
      if (subscription === undefined) throw errors.subscription({ key });
      await demandSight(database, caller, subscription);
      if (!mayBe('upgrade', subscription.state)) return [];
      const [from] = await readServices(database, [subscription.serviceId]);
      if (from?.key !== subscription.service) return [];
      const candidates = await readServices(database, from.compatible);
      return candidates
        .filter((to) => to.active && to.technicalService === subscription.technicalService)
        .map(({ id, name }) => ({ id, title: localized(name, caller.locale) ?? id }));
    },
  };
}
