import type { AppError } from '../../../platform/errors.ts';
import type { Parameter } from '../definition/model.ts';
import { errors } from '../errors.ts';
import { isInteger, isLong, toBigInt } from './integers.ts';

const day = 86_400_000n;

/**
 * A parameter's value as a supplier or customer gives it (oscm §2.6), normalised (`TRUE` becomes `true`); an error when
 * the definition does not allow it. Blank text counts as no value where a value is optional.
 */
export function checkValue(
  parameter: Parameter,
  value: string,
  place: string,
): string | undefined | AppError {
  if (value.trim() === '') {
    return parameter.mandatory ? errors.parameterRequired({ id: parameter.id }, place) : undefined;
  }
  const refuse = (allowedJa: string, allowedEn: string) =>
    errors.parameterValue(
      { id: parameter.id, value: parameter.valueType === 'PWD' ? '***' : value, allowedJa, allowedEn },
      place,
    );
  switch (parameter.valueType) {
    case 'STRING':
    case 'PWD':
      return value;
    case 'BOOLEAN':
      return /^(?:true|false)$/i.test(value) ? value.toLowerCase() : refuse('true, false', 'true, false');
    case 'ENUMERATION': {
      const ids = parameter.options.map(({ id }) => id);
      return ids.includes(value) ? value : refuse(ids.join(', '), ids.join(', '));
    }
    case 'DURATION': {
      const fits = isLong(value) && toBigInt(value) >= 0n && toBigInt(value) % day === 0n;
      return fits
        ? String(toBigInt(value))
        : refuse(
            '0以上のミリ秒で、1日（86400000）の倍数',
            'milliseconds from 0, a multiple of one day (86400000)',
          );
    }
    case 'INTEGER':
    case 'LONG': {
      const inType = parameter.valueType === 'INTEGER' ? isInteger(value) : isLong(value);
      const { minValue, maxValue } = parameter;
      const number = inType ? toBigInt(value) : undefined;
      const fits =
        number !== undefined &&
        (minValue === undefined || number >= toBigInt(minValue)) &&
        (maxValue === undefined || number <= toBigInt(maxValue));
      if (fits) return String(number);
      const [low, high] = parameter.valueType === 'INTEGER' ? integerBounds : longBounds;
      const from = minValue ?? low;
      const to = maxValue ?? high;
      return refuse(`${from}～${to}の整数`, `an integer from ${from} to ${to}`);
    }
  }
}

const integerBounds = ['-2147483648', '2147483647'];
const longBounds = ['-9223372036854775808', '9223372036854775807'];
