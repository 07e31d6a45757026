import type { Caller } from '../../../platform/caller.ts';
import type { Database } from '../../../platform/database/database.ts';
import {
  type AccessType,
  type Definition,
  eventIdsOf,
  localized,
  type Option,
  type Parameter,
  type ValueType,
} from '../definition/model.ts';
import { type OfferedService, readServices } from '../store/services.ts';
import { readSubscription } from '../store/subscriptions.ts';
import { offerableParameters } from './offered-parameters.ts';
import type { Services } from './services.ts';

/**
 * What a customer needs to know of a service to subscribe to it and use it, in his language: no addresses, no
 * passwords (oscm §2.6). Definitions themselves are for providers and suppliers.
 */
export type Offer = {
  service: string;
  title: string;
  description?: string;
  license?: string;
  accessType: AccessType;
  /** How people get to it, where it has no address of its own. */
  accessInfo?: string;
  provisioningType: 'SYNCHRONOUS' | 'ASYNCHRONOUS';
  onlyOneSubscriptionPerUser: boolean;
  parameters: OfferParameter[];
  roles: { id: string; name: string; description?: string }[];
  operations: {
    id: string;
    name: string;
    description?: string;
    parameters: { id: string; name: string }[];
  }[];
  events: { id: string; description?: string }[];
};

export type OfferParameter = {
  id: string;
  label: string;
  valueType: ValueType;
  mandatory: boolean;
  /** The customer may choose; else the value is fixed. */
  configurable: boolean;
  /** Chosen while subscribing (or upgrading) only. */
  oneTime: boolean;
  minValue?: string;
  maxValue?: string;
  options: { id: string; name: string }[];
  /** What holds unless the customer chooses; never that of a password. */
  value?: string;
  /** A password that is set by the supplier. */
  isSet?: boolean;
};

export type Offers = {
  /** Of a service that the caller may see. */
  offerOf(caller: Caller, service: string): Promise<Offer>;
  /** Of the service that a subscription was made of, on sale or not. The caller's sight of it is the caller's duty. */
  offerOfSubscription(caller: Caller, key: number): Promise<Offer | undefined>;
};

export function createOffers(database: Database, services: Pick<Services, 'getService'>): Offers {
  return {
    async offerOf(caller, id) {
      await services.getService(caller, id); // refuses who may not see it
      const [service] = await readServices(database, [id]);
      return toOffer(service as OfferedService, caller.locale);
    },
    async offerOfSubscription(caller, key) {
      const subscription = await readSubscription(database, key);
      if (subscription === undefined) return undefined;
      const { serviceId, definition } = subscription;
      const [present] = await readServices(database, [serviceId]);
      const service = present?.key === subscription.service ? present : undefined;
      const parameters = service?.parameters ?? {};
      return toOffer({ id: serviceId, name: service?.name ?? {}, definition, parameters }, caller.locale);
    },
  };
}

function toOffer(
  service: Pick<OfferedService, 'id' | 'name' | 'definition' | 'parameters'>,
  locale: string,
): Offer {
  const { definition } = service;
  const { descriptions, licenses, accessInfo, accessType } = definition;
  const events = new Set(eventIdsOf(definition));
  return {
    service: service.id,
    title: localized(service.name, locale) ?? service.id,
    ...optional('description', localized(descriptions, locale)),
    ...optional('license', localized(licenses, locale)),
    accessType,
    ...optional('accessInfo', localized(accessInfo, locale)),
    provisioningType: definition.provisioningType,
    onlyOneSubscriptionPerUser: definition.onlyOneSubscriptionPerUser,
    parameters: offerableParameters(definition).flatMap((parameter) => {
      const shown = toParameter(parameter, service, locale);
      const silent = !shown.configurable && shown.value === undefined && shown.isSet !== true;
      return silent ? [] : [shown];
    }),
    roles: definition.roles.map(({ id, names, descriptions: texts }) => ({
      id,
      name: localized(names, locale) ?? id,
      ...optional('description', localized(texts, locale)),
    })),
    operations: operationsOf(definition, locale),
    events: [...events].map((id) => {
      const event = definition.events.find((one) => one.id === id);
      return { id, ...optional('description', localized(event?.descriptions ?? {}, locale)) };
    }),
  };
}

function toParameter(
  parameter: Parameter,
  { parameters }: Pick<OfferedService, 'parameters'>,
  locale: string,
): OfferParameter {
  const { id, valueType, mandatory, modificationType, minValue, maxValue, options, descriptions } = parameter;
  const offered = parameters[id];
  const value = offered?.value ?? parameter.default;
  const secret = valueType === 'PWD';
  return {
    id,
    label: localized(descriptions, locale) ?? id,
    valueType,
    mandatory,
    configurable: offered?.configurableByCustomer === true,
    oneTime: modificationType === 'ONE_TIME',
    ...optional('minValue', minValue),
    ...optional('maxValue', maxValue),
    options: options.map((option: Option) => ({
      id: option.id,
      name: localized(option.names, locale) ?? option.id,
    })),
    ...(value !== undefined && (secret ? { isSet: true } : { value })),
  };
}

function operationsOf({ operations }: Definition, locale: string): Offer['operations'] {
  return operations.map(({ id, names, descriptions, parameters }) => ({
    id,
    name: localized(names, locale) ?? id,
    ...optional('description', localized(descriptions, locale)),
    parameters: parameters.map((parameter) => ({
      id: parameter.id,
      name: localized(parameter.names, locale) ?? parameter.id,
    })),
  }));
}

function optional<K extends string>(key: K, text: string | undefined): { [P in K]?: string } {
  return text === undefined || text === '' ? {} : ({ [key]: text } as { [P in K]?: string });
}
