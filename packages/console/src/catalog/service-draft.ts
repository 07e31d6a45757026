import type { Amount, OfferParameter, Period, Prices, Service, Steps } from '../api/catalog.ts';

/** What a definition says of the things a service is made of. */
export type Definition = {
  organization: string;
  id: string;
  version?: string;
  accessType: string;
  parameters: (Omit<OfferParameter, 'label' | 'oneTime' | 'value' | 'options'> & {
    default?: string;
    modificationType: string;
    descriptions: Record<string, string>;
    options: { id: string; names: Record<string, string> }[];
  })[];
  events: { id: string; descriptions: Record<string, string> }[];
};

/** A service as the form holds it; amounts are text, '' for none. */
export type ServiceDraft = {
  id: string;
  ja: string;
  en: string;
  supplier: string;
  parameters: Record<string, { value: string; configurable: boolean }>;
  priced: boolean;
  type: 'PRO_RATA' | 'PER_UNIT';
  currency: string;
  oneTime: string;
  freePeriod: string;
  recurring: string;
  recurringPeriod: Period;
  perUser: string;
  perUserPeriod: Period;
  parameterPrices: Record<string, string>;
  optionPrices: Record<string, string>;
  parameterPeriod: Period;
  events: Record<string, string>;
  compatible: string[];
};

const plain = (amount: Amount | Steps | undefined): string =>
  amount === undefined || typeof amount === 'object' ? '' : String(amount);

/** The key of an option's price in a draft. */
export const optionKey = (parameter: string, option: string) => JSON.stringify([parameter, option]);

/** A draft of what is sold, or of something new. */
export function draftOf(definition: Definition, supplier: string, service?: Service): ServiceDraft {
  const prices = service?.prices;
  const periods = Object.values(prices?.parameters ?? {}).map(({ period }) => period);
  return {
    id: service?.id ?? '',
    ja: service?.name.ja ?? '',
    en: service?.name.en ?? '',
    supplier: service?.supplier ?? supplier,
    parameters: Object.fromEntries(
      definition.parameters
        .filter(({ configurable }) => configurable)
        .map(({ id, default: standard = '', valueType }) => {
          const set = service?.parameters[id];
          const value = set?.value ?? (service || valueType === 'PWD' ? '' : standard);
          return [id, { value: String(value), configurable: set?.configurableByCustomer ?? false }];
        }),
    ),
    priced: prices !== undefined,
    type: prices?.type ?? 'PRO_RATA',
    currency: prices?.currency ?? 'JPY',
    oneTime: plain(prices?.oneTime),
    freePeriod: plain(prices?.freePeriod),
    recurring: plain(prices?.recurring?.amount),
    recurringPeriod: prices?.recurring?.period ?? 'month',
    perUser: plain(prices?.perUser?.amount),
    perUserPeriod: prices?.perUser?.period ?? 'month',
    parameterPrices: Object.fromEntries(
      Object.entries(prices?.parameters ?? {}).map(([id, { amount }]) => [id, plain(amount)]),
    ),
    optionPrices: Object.fromEntries(
      Object.entries(prices?.parameters ?? {}).flatMap(([id, { options = {} }]) =>
        Object.entries(options).map(([option, { amount }]) => [optionKey(id, option), plain(amount)]),
      ),
    ),
    parameterPeriod: periods[0] ?? 'month',
    events: Object.fromEntries(Object.entries(prices?.events ?? {}).map(([id, price]) => [id, plain(price)])),
    compatible: service?.compatible ?? [],
  };
}

/** Whether the prices hold something that the form does not show: steps, prices of roles, per user of parameters. */
export function isAdvanced(prices: Prices | undefined): boolean {
  if (prices === undefined) return false;
  const { perUser, parameters = {}, events = {} } = prices;
  return (
    perUser?.steps !== undefined ||
    perUser?.roles !== undefined ||
    Object.values(events).some((price) => typeof price === 'object') ||
    Object.values(parameters).some(
      ({ amount, perUser: each, options = {} }) =>
        typeof amount === 'object' ||
        each !== undefined ||
        Object.values(options).some((option) => option.perUser !== undefined),
    )
  );
}

/** What is sent for a draft; what the form does not show of `stored` prices stays. */
export function bodyOf(draft: ServiceDraft, definition: Definition, stored: Prices | undefined) {
  const { ja, en, parameters, compatible } = draft;
  const secret = new Set(
    definition.parameters.filter(({ valueType }) => valueType === 'PWD').map(({ id }) => id),
  );
  return {
    name: { ...(ja !== '' && { ja }), ...(en !== '' && { en }) },
    parameters: Object.fromEntries(
      Object.entries(parameters)
        // a password that is not given again stays; anything else that is neither set nor offered is left out
        .filter(([id, { value, configurable }]) => value !== '' || configurable || secret.has(id))
        .map(([id, { value, configurable }]) => [
          id,
          { ...(value !== '' && { value }), configurableByCustomer: configurable },
        ]),
    ),
    compatible,
    ...(draft.priced && { prices: pricesOf(draft, stored) }),
  };
}

function pricesOf(draft: ServiceDraft, stored: Prices | undefined): Prices {
  const { perUser: before } = stored ?? {};
  const perUser = {
    ...before,
    ...(before?.steps === undefined && draft.perUser !== '' && { amount: draft.perUser }),
    period: draft.perUserPeriod,
  };
  if (draft.perUser === '') delete perUser.amount;
  const hasPerUser =
    perUser.amount !== undefined || perUser.steps !== undefined || perUser.roles !== undefined;
  const parameters = parameterPricesOf(draft, stored);
  const events = eventsOf(draft, stored);
  return {
    type: draft.type,
    currency: draft.currency.toUpperCase(),
    ...(draft.oneTime !== '' && { oneTime: draft.oneTime }),
    ...(draft.freePeriod !== '' && { freePeriod: Number(draft.freePeriod) }),
    ...(draft.recurring !== '' && {
      recurring: { amount: draft.recurring, period: draft.recurringPeriod },
    }),
    ...(hasPerUser && { perUser }),
    ...(Object.keys(parameters).length > 0 && { parameters }),
    ...(Object.keys(events).length > 0 && { events }),
  };
}

function eventsOf({ events }: ServiceDraft, stored: Prices | undefined): NonNullable<Prices['events']> {
  const steps = Object.entries(stored?.events ?? {}).filter(([, price]) => typeof price === 'object');
  return {
    ...Object.fromEntries(steps),
    ...Object.fromEntries(Object.entries(events).filter(([, price]) => price !== '')),
  };
}

function parameterPricesOf(
  draft: ServiceDraft,
  stored: Prices | undefined,
): NonNullable<Prices['parameters']> {
  type Priced = NonNullable<Prices['parameters']>[string];
  const result: NonNullable<Prices['parameters']> = {};
  for (const [id, price] of Object.entries(stored?.parameters ?? {})) {
    const kept: Priced = { period: price.period };
    if (typeof price.amount === 'object') kept.amount = price.amount;
    if (price.perUser !== undefined) kept.perUser = price.perUser;
    const options = Object.entries(price.options ?? {}).filter(([, { perUser }]) => perUser !== undefined);
    if (options.length > 0) {
      kept.options = Object.fromEntries(
        options.map(([option, { perUser }]) => [option, { perUser: perUser! }]),
      );
    }
    if (Object.keys(kept).length > 1) result[id] = kept;
  }
  const period = draft.parameterPeriod;
  for (const [id, amount] of Object.entries(draft.parameterPrices)) {
    if (amount !== '') result[id] = { ...(result[id] ?? { period }), amount };
  }
  for (const [key, amount] of Object.entries(draft.optionPrices)) {
    if (amount === '') continue;
    const [id, option] = JSON.parse(key) as [string, string];
    const before = result[id] ?? { period };
    result[id] = {
      ...before,
      options: { ...before.options, [option]: { ...before.options?.[option], amount } },
    };
  }
  return result;
}
