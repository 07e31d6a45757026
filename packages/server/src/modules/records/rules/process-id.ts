import { toLocalTime } from '../../../platform/time-zone.ts';

/** Ids of processes from the app's pattern: `IC1--{yyMMdd}-{seq4}` gives `IC1--211014-0003` (ssm §2.2). */

const placeholder = /\{(yyyy|yy|MM|dd|yyMMdd|yyyyMMdd|seq(\d+)?)\}/g;

export type ProcessIdSeries = {
  /** The pattern with today's date: numbers count within it. */
  name: string;
  /** The id with a number; numbers beyond the pattern's digits grow longer. */
  id(number: number): string;
};

/** Today's series of a pattern. */
export function processIdSeries(pattern: string, now: Date, timeZone: string): ProcessIdSeries {
  const [year, month, day] = toLocalTime(now, timeZone).slice(0, 10).split('-') as [string, string, string];
  const parts: Record<string, string> = {
    yyyy: year,
    yy: year.slice(2),
    MM: month,
    dd: day,
    yyMMdd: `${year.slice(2)}${month}${day}`,
    yyyyMMdd: `${year}${month}${day}`,
  };
  const dated = pattern.replaceAll(placeholder, (whole, name: string) => parts[name] ?? whole);
  return {
    name: `process ${dated}`,
    id: (number) =>
      dated.replaceAll(placeholder, (_, __, digits: string | undefined) =>
        String(number).padStart(Number(digits ?? 1), '0'),
      ),
  };
}

/** Whether a pattern makes different ids: it must hold exactly one `{seq…}` and no other braces. */
export function isProcessIdPattern(pattern: string): boolean {
  const rest = pattern.replaceAll(placeholder, '');
  const numbers = pattern.match(/\{seq\d*\}/g) ?? [];
  return !/[{}]/.test(rest) && numbers.length === 1 && pattern.length <= 100;
}
