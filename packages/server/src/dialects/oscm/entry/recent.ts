/** How long what was found out holds, in milliseconds, and for how many that is remembered. */
const holdsMs = 2000;
const most = 10_000;

/**
 * What was found out a moment ago, or is being found out: a page with a hundred pictures asks once. What failed is not
 * remembered.
 */
export function createRecent<V>() {
  const found = new Map<string, { value: Promise<V>; until: number }>();
  return {
    get(name: string): Promise<V> | undefined {
      const entry = found.get(name);
      return entry !== undefined && entry.until > Date.now() ? entry.value : undefined;
    },
    keep(name: string, value: Promise<V>): void {
      if (found.size >= most) found.clear();
      const entry = { value, until: Date.now() + holdsMs };
      found.set(name, entry);
      value.catch(() => {
        if (found.get(name) === entry) found.delete(name);
      });
    },
  };
}
