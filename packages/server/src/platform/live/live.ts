import { type Database, type Queryable, sql } from '../database/database.ts';
import type { Logger } from '../log/log.ts';
import { gather } from './gather.ts';

/**
 * What has changed, in a word: `records:59`, `deliveries:59` (number of the app), `planning:SAMPLE1`, `subscriptions`,
 * `workspace`, `access-log`, `traffic`. It says that somebody should look again, not what is there.
 */
export type Topic = string;
/** In place of topics: what was told is not known (the database connection was away, or there was too much). */
export const everything: Topic = '*';

export type Live = {
  /** Tells all processes within half a second, once however often it is called; after the change is committed. */
  tell(topic: Topic): void;
  /** Calls `onTopics` at most a few times a second until `leave` is called; `onEnd` when this process stops. */
  follow(onTopics: (topics: ReadonlySet<Topic>) => void, onEnd: () => void): Promise<{ leave: () => void }>;
  /** Whether this process is being stopped: nobody may follow any more. */
  ended(): boolean;
  /** Lets everybody who follows go. */
  stop(): Promise<void>;
};

const channel = 'live';
/** Between two notices of a process, and between two calls of who follows, in milliseconds. */
const every = 250;
/** A notice of PostgreSQL holds less than 8,000 bytes. */
const longest = 7900;

/**
 * Tells in the transaction of the change itself; for changes that are rare: a notice makes the commits of all
 * transactions with one wait for each other, so that what is saved by the thousand uses `Live.tell`.
 */
export async function announce(db: Queryable, topic: Topic): Promise<void> {
  await db.run(sql`SELECT pg_notify(${channel}, ${JSON.stringify([topic])})`);
}

/** News of changes for whoever looks at them, over all processes on the database. */
export function createLive({ database, log }: { database: Database; log: Logger }): Live {
  type Follower = { onTopics: (topics: ReadonlySet<Topic>) => void; onEnd: () => void };
  const followers = new Set<Follower>();
  let listening: Promise<void> | undefined;
  let ended = false;

  const outgoing = gather<Topic>(every, async (topics) => {
    const text = JSON.stringify([...topics]);
    const payload = Buffer.byteLength(text) > longest ? JSON.stringify([everything]) : text;
    await database.run(sql`SELECT pg_notify(${channel}, ${payload})`).catch((error: Error) => {
      log.debug({ error: error.message }, 'nobody was told of changes');
    });
  });
  const incoming = gather<Topic>(every, (topics) => {
    for (const { onTopics } of followers) onTopics(topics);
  });

  return {
    tell: outgoing.add,
    async follow(onTopics, onEnd) {
      listening ??= database.listen(channel, (payload) => {
        // empty: the connection was broken, and what was told meanwhile is lost
        for (const topic of payload === '' ? [everything] : (JSON.parse(payload) as Topic[]))
          incoming.add(topic);
      });
      await listening.catch((error: Error) => {
        listening = undefined;
        throw error;
      });
      const follower = { onTopics, onEnd };
      followers.add(follower);
      return { leave: () => followers.delete(follower) };
    },
    ended: () => ended,
    async stop() {
      ended = true;
      for (const { onEnd } of followers) onEnd();
      followers.clear();
      await outgoing.stop();
    },
  };
}
