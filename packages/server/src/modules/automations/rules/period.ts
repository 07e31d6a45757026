const units: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };

/** Seconds of `30m`, `12h` or `7d`; undefined for anything else. */
export function secondsOf(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * units[unit!]!;
}
