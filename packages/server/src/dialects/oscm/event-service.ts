import type { Catalog } from '../../modules/catalog/index.ts';
import { child, childText, type Element } from '../../platform/soap/element.ts';
import { soapErrors } from './errors.ts';
import { faultNames } from './faults.ts';
import type { SoapHandlers } from './service-provisioning.ts';
import { required } from './subscription-service.ts';
import { fields, type SoapService } from './wsdl.ts';

/** `EventService`: what applications report for metering (oscm §4.2). */
export const eventService: SoapService = {
  name: 'EventService',
  faults: faultNames,
  operations: {
    recordEventForInstance: {
      input: fields('technicalServiceId: xs:string!', 'instanceId: xs:string!', 'event: VOGatheredEvent!'),
    },
    recordEventForSubscription: { input: fields('subscriptionKey: xs:long!', 'event: VOGatheredEvent!') },
  },
  types: {
    VOGatheredEvent: fields(
      'actor: xs:string',
      'eventId: xs:string',
      'multiplier: xs:long',
      'occurrenceTime: xs:long',
      'uniqueId: xs:string',
    ),
  },
};

export function eventHandlers({ events }: Catalog): SoapHandlers {
  return {
    async recordEventForInstance(caller, request) {
      const service = required(request, 'technicalServiceId');
      await events.ofInstance(caller, service, required(request, 'instanceId'), eventOf(request));
      return undefined;
    },
    async recordEventForSubscription(caller, request) {
      await events.ofSubscription(caller, keyOf(request), eventOf(request));
      return undefined;
    },
  };
}

function eventOf(request: Element) {
  const event = child(request, 'event');
  if (event === undefined) throw soapErrors.missing({ member: 'event', reason: 'REQUIRED' });
  return {
    actor: childText(event, 'actor'),
    eventId: childText(event, 'eventId'),
    multiplier: childText(event, 'multiplier'),
    occurrenceTime: childText(event, 'occurrenceTime'),
    uniqueId: childText(event, 'uniqueId'),
  };
}

/** The key of a subscription, a positive decimal. */
export function keyOf(request: Element): number {
  const value = required(request, 'subscriptionKey');
  if (!/^\d{1,15}$/.test(value))
    throw soapErrors.number({ member: 'subscriptionKey', reason: 'LONG', value });
  return Number(value);
}
