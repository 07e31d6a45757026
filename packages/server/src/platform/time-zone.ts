/** Wall-clock times in a named zone, to and from UTC instants (all we store). */

const formatters = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();
const quarter = 15 * 60_000; // zones change their offset on quarter hours

function formatter(zone: string): Intl.DateTimeFormat {
  let found = formatters.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formatters.set(zone, found);
  }
  return found;
}

/** Milliseconds that the zone's clocks are ahead of UTC at an instant. */
export function offsetAt(zone: string, instant: number): number {
  const slot = Math.floor(instant / quarter);
  const key = `${zone}/${slot}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    const at = slot * quarter;
    const parts = Object.fromEntries(
      formatter(zone)
        .formatToParts(at)
        .map((part) => [part.type, Number(part.value)]),
    );
    const { year, month, day, hour, minute, second } = parts as Record<string, number>;
    offset = Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) - at;
    if (offsets.size > 20_000) offsets.clear();
    offsets.set(key, offset);
  }
  return offset;
}

/** `2024-02-29T23:34:56`, the wall clock in `zone` at an instant. */
export function toLocalTime(instant: Date, zone: string): string {
  const time = instant.getTime();
  return new Date(time + offsetAt(zone, time)).toISOString().slice(0, 19);
}

/** The instant of a wall-clock time (`2024-02-29T23:34:56`, seconds optional) in `zone`; of two, the earlier. */
export function fromLocalTime(local: string, zone: string): Date {
  const asUtc = Date.parse(`${local}Z`);
  const first = asUtc - offsetAt(zone, asUtc);
  return new Date(asUtc - offsetAt(zone, first));
}

export function isTimeZone(zone: string): boolean {
  try {
    formatter(zone);
    return true;
  } catch {
    return false;
  }
}
