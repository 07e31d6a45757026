/** What an OAuth service gave out for one user. */
export interface Tokens {
  accessToken: string;
  refreshToken?: string;
  /** Milliseconds since 1970 at which the access token expires. */
  expiresAt?: number;
}

/** Where tokens are kept between connections (connector §3.7). */
export interface TokenStore {
  /** The tokens kept, or undefined where there are none. */
  read(): Promise<Tokens | undefined>;
  write(tokens: Tokens): Promise<void>;
  remove(): Promise<void>;
  /** Runs one piece of work at a time among all who use this store, in other processes too. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}

const queues = new Map<string, Promise<unknown>>();

/** Lets works of the same name wait for each other within this process. */
export function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const mine = (queues.get(name) ?? Promise.resolve()).then(work, work);
  const settled = mine
    .catch(() => undefined)
    .then(() => {
      if (queues.get(name) === settled) queues.delete(name);
    });
  queues.set(name, settled);
  return mine;
}

const memory = new Map<string, Tokens>();

/** Tokens held in this process under a name (`memory://NAME`), shared by connections that use the same name. */
export function memoryTokenStore(name: string): TokenStore {
  return {
    read: async () => memory.get(name),
    write: async (tokens) => {
      memory.set(name, tokens);
    },
    remove: async () => {
      memory.delete(name);
    },
    exclusively: (work) => inTurn(`memory://${name}`, work),
  };
}
