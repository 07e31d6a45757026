/** What was read from the database, kept for a moment so that a busy caller costs no query. */
export type Cache<K, V> = {
  /** The kept value, read when it is not there; undefined when the database has none (that is not kept). */
  get(key: K): Promise<V | undefined>;
  /** The kept value if it is there and fresh. */
  peek(key: K): V | undefined;
  getMany(keys: Iterable<K>): Promise<Map<K, V>>;
  /** Forgets the entries of which `matches` says so; all without it. */
  drop(matches?: (value: V, key: K) => boolean): void;
};

type CacheOptions<K, V> = {
  /** Milliseconds until a value is read again even when nobody announced a change. */
  ttl: number;
  /** Entries at most; the oldest go first. */
  limit: number;
  load(keys: K[]): Promise<Map<K, V>>;
};

export function createCache<K, V>({ ttl, limit, load }: CacheOptions<K, V>): Cache<K, V> {
  const entries = new Map<K, { value: V; until: number }>();
  // a value read before a change was announced must not be kept after it
  let drops = 0;

  function peek(key: K): V | undefined {
    const entry = entries.get(key);
    return entry !== undefined && entry.until > performance.now() ? entry.value : undefined;
  }

  async function getMany(keys: Iterable<K>): Promise<Map<K, V>> {
    const found = new Map<K, V>();
    const wanted: K[] = [];
    for (const key of new Set(keys)) {
      const value = peek(key);
      if (value === undefined) wanted.push(key);
      else found.set(key, value);
    }
    if (wanted.length === 0) return found;
    const before = drops;
    for (const [key, value] of await load(wanted)) {
      found.set(key, value);
      if (drops === before) keep(key, value);
    }
    return found;
  }

  function keep(key: K, value: V): void {
    entries.delete(key);
    entries.set(key, { value, until: performance.now() + ttl });
    if (entries.size > limit) entries.delete(entries.keys().next().value as K);
  }

  return {
    peek,
    getMany,
    get: async (key) => peek(key) ?? (await getMany([key])).get(key),
    drop(matches) {
      drops += 1;
      if (matches === undefined) entries.clear();
      else for (const [key, { value }] of entries) if (matches(value, key)) entries.delete(key);
    },
  };
}
