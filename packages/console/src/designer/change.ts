/** Small steps of changing what is not to be changed in place. */

/** The object with this part, or without it where it is undefined: what is not said is not written. */
export function withPart<T extends object, K extends keyof T>(object: T, key: K, value: T[K] | undefined): T {
  if (value !== undefined) return { ...object, [key]: value };
  const { [key]: _, ...rest } = object;
  return rest as T;
}

export function replaced<T>(list: readonly T[], at: number, item: T): T[] {
  return list.map((one, index) => (index === at ? item : one));
}

export function removed<T>(list: readonly T[], at: number): T[] {
  return list.filter((_, index) => index !== at);
}

/** With this item one place further up (-1) or down (1). */
export function moved<T>(list: readonly T[], at: number, by: -1 | 1): T[] {
  const changed = [...list];
  const [item] = changed.splice(at, 1);
  changed.splice(at + by, 0, item as T);
  return changed;
}

/** A number where the text is one, else the text, of which the server says what is wrong; nothing for no text. */
export function numberOrText(text: string): number | string | undefined {
  if (text === '') return undefined;
  const number = Number(text);
  return String(number) === text ? number : text;
}
