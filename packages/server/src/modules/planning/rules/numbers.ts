/**
 * Cell values are integers scaled by 10^4 in the range of a signed 64-bit integer (fusion_place §4.2). They travel
 * as decimal text: through COPY as the scaled integer, on the wire as the amount.
 */
const decimals = 4;
const largest = 2n ** 63n - 1n;
const smallest = -(2n ** 63n);
const number = /^([+-]?)(\d*)(?:\.(\d*))?$/;

export type ScaledNumber = string | 'notNumeric' | 'outOfRange';

/**
 * The scaled integer of an amount (`-12.5` becomes `-125000`), its sign turned when `turned`. Further decimals are
 * rounded half away from zero (§4.5.8).
 */
export function scale(text: string, turned: boolean): ScaledNumber {
  const [, sign = '', whole = '', fraction = ''] = number.exec(text) ?? [];
  if (whole === '' && fraction === '') return 'notNumeric';
  const digits = `${whole}${fraction.padEnd(decimals, '0').slice(0, decimals)}`;
  const negative = (sign === '-') !== turned;
  const roundsUp = fraction.length > decimals && fraction.charCodeAt(decimals) >= 0x35;
  if (digits.length <= 18 && !roundsUp) return negative ? `-${digits}` : digits;
  const magnitude = BigInt(digits) + (roundsUp ? 1n : 0n);
  const value = negative ? -magnitude : magnitude;
  // both what is shown and what is kept must be in the range, so the smallest number is none for a turned account
  const beyond = (number: bigint) => number > largest || number < smallest;
  return beyond(value) || (turned && beyond(-value)) ? 'outOfRange' : String(value);
}

/** The amount of a scaled integer, without needless zeros. */
export function unscale(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -decimals)}${fraction && `.${fraction}`}`;
}
