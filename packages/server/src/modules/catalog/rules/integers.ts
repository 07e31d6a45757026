const digits = /^[+-]?\d{1,40}$/;

function within(text: string, bits: bigint): boolean {
  if (!digits.test(text)) return false;
  const value = BigInt(text.replace(/^\+/, ''));
  const limit = 2n ** (bits - 1n);
  return value >= -limit && value < limit;
}

/** Whether a text is a 32-bit integer in decimal. */
export const isInteger = (text: string): boolean => within(text, 32n);
/** Whether a text is a 64-bit integer in decimal. */
export const isLong = (text: string): boolean => within(text, 64n);

/** The value of a text that `isLong` accepts; leading zeros beyond forty digits are not numbers of anybody. */
export function toBigInt(text: string): bigint {
  return BigInt(text.replace(/^\+/, ''));
}
