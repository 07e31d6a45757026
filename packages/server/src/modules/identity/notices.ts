import { type Database, type Queryable, sql, type Transaction } from '../../platform/database/database.ts';

const channel = 'identity';

/** What changed: a session, an API key, or, without any, whoever and whatever. */
export type Notice = { session: string } | { apiKey: string } | 'everything';

export type Notices = {
  /** Tells all processes once the transaction is committed; this one before anybody can go on. */
  announce(tx: Transaction, notice: Notice): Promise<void>;
  /** Calls `forget` for every notice of any process. */
  listen(forget: (notice: Notice) => void): Promise<void>;
};

export function createNotices(database: Database): Notices {
  let forgetHere: (notice: Notice) => void = () => undefined;
  return {
    async announce(tx, notice) {
      tx.afterCommit(() => forgetHere(notice));
      await notify(tx, JSON.stringify(notice));
    },
    async listen(forget) {
      forgetHere = forget;
      await database.listen(channel, (payload) => forget(parse(payload)));
    },
  };
}

/** An empty payload means that the connection was lost and notices with it; one that is not ours tells nothing. */
function parse(payload: string): Notice {
  try {
    return JSON.parse(payload) as Notice;
  } catch {
    return 'everything';
  }
}

async function notify(db: Queryable, payload: string): Promise<void> {
  await db.run(sql`SELECT pg_notify(${channel}, ${payload})`);
}
