import i18next from 'i18next';
import type { Amount, Offer, Period, Prices, Steps } from '../api/catalog.ts';
import { language } from '../text/language.ts';

/** An amount of money in words, in the reader's language. */
export function moneyText(amount: Amount, currency: string): string {
  const style = { style: 'currency', currency } as const;
  // no more digits than the amount has, no fewer than the currency has: ¥1,000, ¥21.74, $5.50, $0.005
  const decimals = (String(amount).split('.')[1] ?? '').replace(/0+$/, '').length;
  try {
    const usual = new Intl.NumberFormat(language(), style);
    const enough = decimals <= (usual.resolvedOptions().maximumFractionDigits ?? 0);
    const format = enough
      ? usual
      : new Intl.NumberFormat(language(), { ...style, minimumFractionDigits: decimals });
    return format.format(Number(amount));
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
