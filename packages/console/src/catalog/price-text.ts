import i18next from 'i18next';
import type { Amount, Offer, Period, Prices, Steps } from '../api/catalog.ts';
import { language } from '../text/language.ts';

/** An amount of money in words, in the reader's language. */
export function moneyText(amount: Amount, currency: string): string {
  const number = Number(amount);
  try {
    const digits = Number.isInteger(number) ? { minimumFractionDigits: 0 } : {};
    return new Intl.NumberFormat(language(), { style: 'currency', currency, ...digits }).format(number);
  } catch {
    return `${amount} ${currency}`;
  }
}

type Words = Pick<Offer, 'parameters' | 'roles' | 'events'>;
const noWords: Words = { parameters: [], roles: [], events: [] };

/** What a service costs, a sentence a line. */
export function priceLines(prices: Prices | undefined, words: Words = noWords): string[] {
  if (prices === undefined) return [i18next.t('price.free')];
  const { currency, oneTime, recurring, perUser, parameters = {}, events = {}, freePeriod = 0 } = prices;
  const money = (amount: Amount | Steps) => amountText(amount, currency);
  const lines: string[] = [];
  if (oneTime !== undefined) lines.push(i18next.t('price.oneTime', { amount: money(oneTime) }));
  if (recurring) {
    const { amount, period } = recurring;
    lines.push(i18next.t('price.recurring', { amount: money(amount), period: periodText(period) }));
  }
  if (perUser) {
    const { amount, steps, roles = {} } = perUser;
    const period = periodText(perUser.period);
    const price = steps ? { steps } : amount;
    if (price !== undefined) lines.push(i18next.t('price.perUser', { amount: money(price), period }));
    for (const [id, extra] of Object.entries(roles)) {
      const role = words.roles.find((one) => one.id === id)?.name ?? id;
      lines.push(i18next.t('price.perRole', { amount: money(extra), period, role }));
    }
  }
  for (const [id, price] of Object.entries(parameters))
    lines.push(...parameterLines(id, price, words, money));
  for (const [id, price] of Object.entries(events)) {
    const event = words.events.find((one) => one.id === id)?.description ?? id;
    lines.push(i18next.t('price.event', { amount: money(price), event }));
  }
  if (lines.length === 0) return [i18next.t('price.free')];
  if (freePeriod > 0) lines.push(i18next.t('price.freeDays', { count: freePeriod }));
  return lines;
}

type ParameterPrice = NonNullable<Prices['parameters']>[string];

function parameterLines(
  id: string,
  { period: unit, amount, perUser, options = {} }: ParameterPrice,
  words: Words,
  money: (amount: Amount | Steps) => string,
): string[] {
  const parameter = words.parameters.find((one) => one.id === id);
  const label = parameter?.label ?? id;
  const period = periodText(unit);
  const lines: string[] = [];
  if (amount !== undefined)
    lines.push(i18next.t('price.parameter', { label, period, amount: money(amount) }));
  if (perUser !== undefined) {
    lines.push(i18next.t('price.parameterUser', { label, period, amount: money(perUser) }));
  }
  for (const [key, price] of Object.entries(options)) {
    const option = parameter?.options.find((one) => one.id === key)?.name ?? key;
    const shared = { label, option, period };
    if (price.amount !== undefined) {
      lines.push(i18next.t('price.option', { ...shared, amount: money(price.amount) }));
    }
    if (price.perUser !== undefined) {
      lines.push(i18next.t('price.optionUser', { ...shared, amount: money(price.perUser) }));
    }
  }
  return lines;
}

export function periodText(period: Period): string {
  return i18next.t(`price.period.${period}`);
}

function amountText(amount: Amount | Steps, currency: string): string {
  if (typeof amount !== 'object') return moneyText(amount, currency);
  const steps = amount.steps.map(({ limit, price }) =>
    limit === undefined
      ? i18next.t('price.above', { amount: moneyText(price, currency) })
      : i18next.t('price.upTo', { limit, amount: moneyText(price, currency) }),
  );
  return steps.join(', ');
}

export type Estimate = { once: number; every: Partial<Record<Period, number>> };

/** What these users and values would cost: once, and for every whole period (oscm §4.6). Near enough in doubles. */
export function estimate(
  prices: Prices,
  users: readonly { role?: string }[],
  values: Readonly<Record<string, string>>,
  parameters: Offer['parameters'],
): Estimate {
  const every: Estimate['every'] = {};
  const add = (period: Period, amount: number) => {
    if (amount !== 0) every[period] = (every[period] ?? 0) + amount;
  };
  const { recurring, perUser, oneTime = 0 } = prices;
  if (recurring) add(recurring.period, Number(recurring.amount));
  if (perUser) {
    const price = perUser.steps ? { steps: perUser.steps } : perUser.amount;
    if (price !== undefined) add(perUser.period, priceOf(price, users.length));
    for (const { role } of users) add(perUser.period, Number((role && perUser.roles?.[role]) || 0));
  }
  for (const [id, price] of Object.entries(prices.parameters ?? {})) {
    const value = values[id];
    if (value === undefined || value === '') continue;
    const valueType = parameters.find((one) => one.id === id)?.valueType;
    if (valueType === 'ENUMERATION') {
      const option = price.options?.[value];
      add(price.period, Number(option?.amount ?? 0) + Number(option?.perUser ?? 0) * users.length);
      continue;
    }
    const count = valueType === 'BOOLEAN' ? Number(value === 'true') : Number(value);
    if (!Number.isFinite(count) || valueType === 'STRING' || valueType === 'PWD') continue;
    if (price.amount !== undefined) add(price.period, priceOf(price.amount, count));
    if (price.perUser !== undefined) add(price.period, Number(price.perUser) * count * users.length);
  }
  return { once: Number(oneTime), every };
}

/** What so many cost: each at the price of the step it falls into. */
function priceOf(price: Amount | Steps, count: number): number {
  if (typeof price !== 'object') return Number(price) * count;
  let total = 0;
  let below = 0;
  for (const { limit, price: each } of price.steps) {
    const end = limit === undefined ? count : Math.min(count, limit);
    total += Math.max(0, end - below) * Number(each);
    below = Math.max(below, end);
  }
  return total;
}
