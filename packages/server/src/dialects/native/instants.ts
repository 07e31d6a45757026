import { defineErrors } from '../../platform/errors.ts';

const errors = defineErrors('native', {
  instant: {
    kind: 'invalid',
    ja: '日時はRFC 3339の形式で指定してください: {text}',
    en: 'An instant is written as in RFC 3339, like 2024-04-01T00:00:00Z: {text}',
  },
});

const instantForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

/** An instant that came in an address or a body; `place` is where. @throws 422 */
export function instantOf(text: string, place: string): Date {
  // a plus sign that was not encoded arrives as a blank
  const written = text.replace(/ (?=\d\d:\d\d$)/, '+');
  const instant = new Date(written);
  // JavaScript makes 2 March of a 30 February
  const day = new Date(`${written.slice(0, 10)}T00:00Z`);
  const exists = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(written.slice(0, 10));
  if (!instantForm.test(written) || !exists || Number.isNaN(instant.getTime()))
    throw errors.instant({ text }, place);
  return instant;
}

/** Minutes that an instant is written ahead of UTC. */
export function offsetOf(text: string): number {
  const [, sign, hours, minutes] = /([+ -])(\d\d):(\d\d)$/.exec(text) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}
