const form =
  /^\s*(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?\s*$/i;

/**
 * Milliseconds since 1970 of an ISO 8601 date or date-time; without an offset it is UTC, as all times of
 * Highrise are (connector §2.1). Undefined for anything else, such as a day that does not exist.
 */
export function instantOf(text: string): number | undefined {
  const match = form.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const fraction = match[7] ? Math.floor(Number(`0.${match[7]}`) * 1000) : 0;
  const time = Date.UTC(year!, month! - 1, day!, hour!, minute!, second!, fraction);
  const back = new Date(time);
  if (back.getUTCMonth() !== month! - 1 || back.getUTCDate() !== day! || hour! > 23 || minute! > 59) {
    return undefined;
  }
  const offset = /^([+-])(\d\d):?(\d\d)$/.exec(match[8] ?? '');
  if (!offset) return time;
  const minutes = Number(offset[2]) * 60 + Number(offset[3]);
  return time - (offset[1] === '-' ? -minutes : minutes) * 60_000;
}

/** An instant as this library writes it: `2007-03-10T15:11:52Z`, with milliseconds only where there are any. */
export function instantText(time: number): string {
  const text = new Date(time).toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, 19)}Z` : text;
}

/** Orders two cells of a Datetime column: as instants where both are, the rest after them as text. */
export function compareInstants(a: string, b: string): number {
  const left = instantOf(a);
  const right = instantOf(b);
  if (left !== undefined && right !== undefined) return left - right;
  if (left !== undefined) return -1;
  if (right !== undefined) return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
