/** A form that a value must have; gives a sentence for each place where it has not. */
export type Check = (value: unknown, path: Path) => Problem[];
export type Path = (string | number)[];
export interface Problem {
  path: Path;
  message: string;
}

const is =
  (what: string, test: (value: unknown) => boolean): Check =>
  (value, path) =>
    test(value) ? [] : [{ path, message: `must be ${what}` }];

export const text = is('a text', (value) => typeof value === 'string');
export const name = is('a name', (value) => typeof value === 'string' && value.trim() !== '');
export const flag = is('true or false', (value) => typeof value === 'boolean');
export const count = is(
  'a positive whole number',
  (value) => Number.isSafeInteger(value) && Number(value) > 0,
);
export const amount = is(
  'a whole number, not negative',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);
export const pattern = is('a regular expression', (value) => {
  try {
    return typeof value === 'string' && Boolean(new RegExp(value));
  } catch {
    return false;
  }
});

export const oneOf = (...allowed: string[]): Check =>
  is(`one of ${allowed.join(', ')}`, (value) => typeof value === 'string' && allowed.includes(value));

export const either =
  (...checks: Check[]): Check =>
  (value, path) => {
    const results = checks.map((check) => check(value, path));
    return results.find((problems) => problems.length === 0) ?? results.at(-1)!;
  };

export const list =
  (item: Check): Check =>
  (value, path) =>
    Array.isArray(value)
      ? value.flatMap((one, i) => item(one, [...path, i]))
      : [{ path, message: 'must be a list' }];

const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

export const map =
  (item: Check): Check =>
  (value, path) =>
    isMap(value)
      ? Object.entries(value).flatMap(([key, one]) => item(one, [...path, key]))
      : [{ path, message: 'must be a map' }];

/** A map of these keys; a key that ends in `?` may be left out, others may not, and no other is known. */
export const object = (keys: Record<string, Check>): Check => {
  const known = new Map(
    Object.entries(keys).map(([key, check]) => [
      key.replace(/\?$/, ''),
      { check, optional: key.endsWith('?') },
    ]),
  );
  return (value, path) => {
    if (!isMap(value)) return [{ path, message: 'must be a map' }];
    const problems = Object.entries(value).flatMap(([key, one]) => {
      const entry = known.get(key);
      return entry
        ? entry.check(one, [...path, key])
        : [{ path: [...path, key], message: `is not known; known are ${[...known.keys()].join(', ')}` }];
    });
    for (const [key, { optional }] of known) {
      if (!optional && !Object.hasOwn(value, key)) problems.push({ path, message: `needs ${key}` });
    }
    return problems;
  };
};
