import { type AppError, pointerStep } from '../../../platform/errors.ts';
import { type Definition, eventIdsOf } from '../definition/model.ts';
import { errors } from '../errors.ts';
import type { Decimal, ParameterPrice, Price, PriceModel } from './model.ts';
import type { PricesInput } from './schema.ts';

const currencies = new Set(Intl.supportedValuesOf('currency'));
const digits = /^\d{1,15}(?:\.\d{1,10})?$/;

/**
 * The price model out of what was given, checked against the technical service: every priced role, parameter, option
 * and event is declared, steps rise, and a base price and steps exclude each other (oscm §4.6).
 */
export function readPrices(
  input: PricesInput,
  definition: Definition,
  place: string,
): { prices: PriceModel; faults: AppError[] } {
  const faults: AppError[] = [];
  const refuse = (at: string, value: unknown, allowedJa: string, allowedEn: string) => {
    faults.push(errors.price({ value: String(value), allowedJa, allowedEn }, at));
  };
  const decimal = (value: number | string, at: string): Decimal => {
    const text = String(value);
    if (!digits.test(text))
      refuse(at, text, '整数部15桁、小数部10桁まで', 'at most 15 digits and 10 decimals');
    return text;
  };
  const price = (value: PriceInput, at: string): Price => {
    if (typeof value !== 'object') return decimal(value, at);
    const limits = value.steps.map(({ limit }) => limit);
    const rising = limits.every((limit, index) =>
      index === limits.length - 1
        ? limit === undefined
        : limit !== undefined && limit > (limits[index - 1] ?? 0),
    );
    if (!rising) {
      refuse(
        at,
        limits.map((limit) => limit ?? '-').join(', '),
        'limitは昇順で、最後の段階だけlimitを省略します',
        'limits rise, and the last step alone has none',
      );
    }
    return {
      steps: value.steps.map((step, index) => ({
        ...(step.limit !== undefined && { limit: step.limit }),
        price: decimal(step.price, `${at}/steps/${index}/price`),
      })),
    };
  };
  const declared = (kind: string, id: string, known: readonly string[], at: string) => {
    if (!known.includes(id)) faults.push(errors.priceTarget({ kind, id, known: known.join(', ') }, at));
  };

  if (definition.accessType === 'EXTERNAL') {
    refuse(
      place,
      input.currency,
      'EXTERNALのサービスは無料です',
      'a service of access type EXTERNAL is free of charge',
    );
  }
  if (!currencies.has(input.currency)) {
    refuse(`${place}/currency`, input.currency, 'ISO 4217の通貨コード', 'a currency code of ISO 4217');
  }
  const { perUser } = input;
  if (perUser?.amount !== undefined && perUser.steps !== undefined) {
    refuse(
      `${place}/perUser`,
      perUser.amount,
      'amountとstepsは同時に指定できません',
      'amount or steps, not both',
    );
  }
  const roleIds = definition.roles.map(({ id }) => id);
  const roles = mapRecord(perUser?.roles, (id, value) => {
    const at = `${place}/perUser/roles${pointerStep(id)}`;
    declared('Role', id, roleIds, at);
    return decimal(value, at);
  });
  const userPrice = perUser?.steps ? { steps: perUser.steps } : perUser?.amount;
  const prices: PriceModel = {
    type: input.type ?? 'PRO_RATA',
    currency: input.currency,
    ...(input.oneTime !== undefined && { oneTime: decimal(input.oneTime, `${place}/oneTime`) }),
    freePeriod: input.freePeriod ?? 0,
    ...(input.recurring && {
      recurring: {
        amount: decimal(input.recurring.amount, `${place}/recurring/amount`),
        period: input.recurring.period,
      },
    }),
    ...(perUser && {
      perUser: {
        ...(userPrice !== undefined && { price: price(userPrice, `${place}/perUser`) }),
        period: perUser.period,
        roles,
      },
    }),
    parameters: mapRecord(input.parameters, (id, value) =>
      parameterPrice(id, value, `${place}/parameters${pointerStep(id)}`),
    ),
    events: mapRecord(input.events, (id, value) => {
      const at = `${place}/events${pointerStep(id)}`;
      declared('Event', id, eventIdsOf(definition), at);
      return price(value, at);
    }),
  };
  return { prices, faults };

  function parameterPrice(id: string, value: ParameterInput, at: string): ParameterPrice {
    const parameter = definition.parameters.find((candidate) => candidate.id === id);
    declared(
      'ParameterDefinition',
      id,
      definition.parameters.map((known) => known.id),
      at,
    );
    if (typeof value.amount === 'object' && parameter && !['INTEGER', 'LONG'].includes(parameter.valueType)) {
      refuse(
        at,
        parameter.valueType,
        '段階価格はINTEGERとLONGだけです',
        'steps are for INTEGER and LONG only',
      );
    }
    const optionIds = parameter?.options.map((option) => option.id) ?? [];
    return {
      period: value.period,
      ...(value.amount !== undefined && { price: price(value.amount, `${at}/amount`) }),
      ...(value.perUser !== undefined && { perUser: decimal(value.perUser, `${at}/perUser`) }),
      options: mapRecord(value.options, (option, { amount, perUser: user }) => {
        const inner = `${at}/options${pointerStep(option)}`;
        declared('Option', option, optionIds, inner);
        return {
          ...(amount !== undefined && { price: decimal(amount, `${inner}/amount`) }),
          ...(user !== undefined && { perUser: decimal(user, `${inner}/perUser`) }),
        };
      }),
    };
  }
}

type PriceInput = NonNullable<PricesInput['events']>[string];
type ParameterInput = NonNullable<PricesInput['parameters']>[string];

function mapRecord<V, R>(
  record: Readonly<Record<string, V>> | undefined,
  map: (id: string, value: V) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(record ?? {}).map(([id, value]) => [id, map(id, value)]));
}

/** The price model in the form in which it is given. */
export function writePrices(prices: PriceModel): PricesInput {
  const { freePeriod, perUser, parameters, events, ...rest } = prices;
  const steps = perUser && typeof perUser.price === 'object' ? writePrice(perUser.price) : undefined;
  return {
    ...rest,
    ...(freePeriod > 0 && { freePeriod }),
    ...(perUser && {
      perUser: {
        ...(typeof perUser.price === 'string' && { amount: perUser.price }),
        ...(typeof steps === 'object' && steps),
        period: perUser.period,
        ...(Object.keys(perUser.roles).length > 0 && { roles: perUser.roles }),
      },
    }),
    ...(Object.keys(parameters).length > 0 && {
      parameters: mapRecord(parameters, (_, { period, price, perUser: user, options }) => ({
        period,
        ...(price !== undefined && { amount: writePrice(price) }),
        ...(user !== undefined && { perUser: user }),
        ...(Object.keys(options).length > 0 && {
          options: mapRecord(options, (_id, option) => ({
            ...(option.price !== undefined && { amount: option.price }),
            ...(option.perUser !== undefined && { perUser: option.perUser }),
          })),
        }),
      })),
    }),
    ...(Object.keys(events).length > 0 && { events: mapRecord(events, (_, price) => writePrice(price)) }),
  };
}

function writePrice(price: Price): PriceInput {
  return typeof price === 'string' ? price : { steps: price.steps.map((step) => ({ ...step })) };
}
