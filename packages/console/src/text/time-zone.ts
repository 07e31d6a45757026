const remembered = 'renkei.timeZone';

/** The time zone that was chosen for this browser; undefined: the browser's own. */
export function chosenTimeZone(): string | undefined {
  const zone = localStorage.getItem(remembered) ?? '';
  return timeZones().includes(zone) ? zone : undefined;
}

export function chooseTimeZone(zone: string): void {
  localStorage.setItem(remembered, zone);
  known = undefined;
}

export function timeZones(): string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone')];
}

let known: { zone: string | undefined } | undefined;

/** The same as `chosenTimeZone`, looked up once. */
export function timeZone(): string | undefined {
  known ??= { zone: chosenTimeZone() };
  return known.zone;
}
