import { isLong } from '../rules/integers.ts';
import type { Allowed } from './faults.ts';

/** What an attribute may hold: a test and the words for it. */
export type AttributeType = { allowed: Allowed; accepts(value: string): boolean };

/** Length in characters, as XML Schema and the seed count: code points, not UTF-16 units. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

// all characters but the seed's forbidden ones and the control characters, blanks inside only (oscm §1.1 fact 3, §2.2)
const idPattern =
  /^[()\-.0-9@A-Z[\]_a-\u{10FFFF}](?:[ ()\-.0-9@A-Z[\]_a-\u{10FFFF}]*[()\-.0-9@A-Z[\]_a-\u{10FFFF}])?$/u;

/** The ID rule (oscm §1.1 fact 3): 1 to 40 characters, no blank at either end, none of the forbidden ones. */
export const idType: AttributeType = {
  allowed: {
    ja: '1～40文字。先頭と末尾の空白、および ! " # $ % & \' * + , / : ; < = > ? \\ ^ ` は使用できません',
    en: '1 to 40 characters, no blank at the beginning or end, none of ! " # $ % & \' * + , / : ; < = > ? \\ ^ `',
  },
  accepts: (value) => value.length <= 80 && idPattern.test(value) && characters(value) <= 40,
};

/** The 255 rule (oscm §1.1 fact 4). */
export const text255: AttributeType = {
  allowed: { ja: '255文字以内', en: 'at most 255 characters' },
  accepts: (value) => value.length <= 255 || characters(value) <= 255,
};

export const anyText: AttributeType = {
  allowed: { ja: '任意の文字列', en: 'any text' },
  accepts: () => true,
};

export const long: AttributeType = {
  allowed: {
    ja: '-9223372036854775808～9223372036854775807の整数',
    en: 'an integer from -9223372036854775808 to 9223372036854775807',
  },
  accepts: (value) => isLong(value.trim()),
};

export function oneOf(...values: readonly string[]): AttributeType {
  const words = values.join(', ');
  return { allowed: { ja: words, en: words }, accepts: (value) => values.includes(value) };
}

/** XML Schema's boolean; white space around it is allowed. */
export const xmlBoolean: AttributeType = {
  allowed: { ja: 'true, false, 1, 0', en: 'true, false, 1, 0' },
  accepts: (value) => ['true', 'false', '1', '0'].includes(value.trim()),
};

export function readBoolean(value: string | undefined, fallback: boolean): boolean {
  return value === undefined ? fallback : ['true', '1'].includes(value.trim());
}
