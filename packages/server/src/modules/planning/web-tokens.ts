import { randomInt, randomUUID } from 'node:crypto';
import { tokenDigest } from '../../platform/crypto/random-token.ts';
import { type Database, sql, type Transaction } from '../../platform/database/database.ts';

/** A registered client of the Web-API (fusion_place §1.4). Times in milliseconds since 1970. */
export type WebClient = { id: string; secret: string; name: string; issuedAt: number; expiresAt: number };
export type WebTokens = { access: string; refresh: string };
export type TokenLives = {
  /** Seconds. */
  access: number;
  /** Seconds. */
  refresh: number;
};

/** How long a registration is good for: what the product's samples show. */
const clientLife = 86_400_000;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function randomAlphanumeric(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/**
 * Clients, access and refresh tokens of the Web-API; only digests are kept. A refresh token is good for one use by
 * its own client; a second use ends everything that came of the sign-in, because one of the two users stole it.
 */
export function createWebTokens(database: Database) {
  async function insertPair(tx: Transaction, grant: number, lives: TokenLives): Promise<WebTokens> {
    const access = randomAlphanumeric(15);
    const refresh = randomAlphanumeric(15);
    await tx.run(sql`
      INSERT INTO planning.tokens (access_digest, refresh_digest, grant_id, access_expires_at)
      VALUES (${tokenDigest(access)}, ${tokenDigest(refresh)}, ${grant}, now() + ${lives.access} * interval '1 second')`);
    return { access, refresh };
  }

  return {
    async register(name: string): Promise<WebClient> {
      const issuedAt = Date.now();
      const client = {
        id: randomUUID(),
        secret: randomAlphanumeric(20),
        name,
        issuedAt,
        expiresAt: issuedAt + clientLife,
      };
      await database.run(sql`
        INSERT INTO planning.clients (id, secret_digest, name, issued_at, expires_at)
        VALUES (${client.id}, ${tokenDigest(client.secret)}, ${name}, ${new Date(issuedAt)}, ${new Date(client.expiresAt)})`);
      return client;
    },

    /** Whether these are the credentials of a client whose registration stands. */
    async isClient(id: string, secret: string): Promise<boolean> {
      const found = await database.row(sql`
        SELECT 1 FROM planning.clients
        WHERE id::text = ${id} AND secret_digest = ${tokenDigest(secret)} AND expires_at > now()`);
      return found !== undefined;
    },

    /** A pair for a user who has signed in. */
    issue(client: string, user: number, lives: TokenLives): Promise<WebTokens> {
      return database.transaction(async (tx) => {
        const grant = await tx.row<{ id: number }>(sql`
          INSERT INTO planning.grants (client, user_number, expires_at)
          VALUES (${client}, ${user}, now() + ${lives.refresh} * interval '1 second') RETURNING id`);
        return insertPair(tx, grant!.id, lives);
      });
    },

    /** The next pair for a refresh token, or undefined when it is not good (any more). */
    rotate(client: string, refresh: string, lives: TokenLives): Promise<WebTokens | undefined> {
      return database.transaction(async (tx) => {
        const token = await tx.row<{ grant_id: number; used: boolean }>(sql`
          SELECT t.grant_id, t.used FROM planning.tokens t JOIN planning.grants g ON g.id = t.grant_id
          WHERE t.refresh_digest = ${tokenDigest(refresh)} AND g.client = ${client} AND g.expires_at > now()
          FOR UPDATE`);
        if (!token) return undefined;
        if (token.used) {
          await tx.run(sql`DELETE FROM planning.grants WHERE id = ${token.grant_id}`);
          return undefined;
        }
        // the old access token dies with its refresh token
        await tx.run(sql`
          UPDATE planning.tokens SET used = true, access_expires_at = now()
          WHERE refresh_digest = ${tokenDigest(refresh)}`);
        await tx.run(sql`
          UPDATE planning.grants SET expires_at = now() + ${lives.refresh} * interval '1 second'
          WHERE id = ${token.grant_id}`);
        return insertPair(tx, token.grant_id, lives);
      });
    },

    /** The user's number behind a live access token. */
    async userOf(access: string): Promise<number | undefined> {
      const found = await database.row<{ user_number: number }>({
        name: 'planning.user_of_token',
        text: `SELECT g.user_number FROM planning.tokens t JOIN planning.grants g ON g.id = t.grant_id
               WHERE t.access_digest = $1 AND t.access_expires_at > now() AND g.expires_at > now()`,
        values: [tokenDigest(access)],
      });
      return found?.user_number;
    },

    /** Ends an access token and everything that came of its sign-in. */
    async terminate(client: string, access: string): Promise<void> {
      await database.run(sql`
        DELETE FROM planning.grants WHERE client = ${client} AND id = (
          SELECT grant_id FROM planning.tokens WHERE access_digest = ${tokenDigest(access)})`);
    },

    /** Sign-ins that live, the latest first, of a user or of all; `before` is the id of the last one of a page. */
    async list(
      user: number | undefined,
      before: number | undefined,
      limit: number,
    ): Promise<{ id: number; user: number; client: string | null; expiresAt: Date }[]> {
      return database.rows(sql`
        SELECT g.id, g.user_number AS "user", c.name AS client, g.expires_at AS "expiresAt"
        FROM planning.grants g LEFT JOIN planning.clients c ON c.id = g.client
        WHERE g.expires_at > now() AND (${user ?? null}::bigint IS NULL OR g.user_number = ${user ?? null})
          AND (${before ?? null}::bigint IS NULL OR g.id < ${before ?? null})
        ORDER BY g.id DESC LIMIT ${limit}`);
    },

    /** Ends sign-ins: the one of this id, or all; of this user, where given. Says how many. */
    async revoke(id: number | 'all', user: number | undefined): Promise<number> {
      const one = id === 'all' ? null : id;
      return database.run(sql`
        DELETE FROM planning.grants WHERE expires_at > now() AND (${one}::bigint IS NULL OR id = ${one})
          AND (${user ?? null}::bigint IS NULL OR user_number = ${user ?? null})`);
    },

    /** Whether a nonce is used with a higher count than ever before; remembers it until `life` seconds from now. */
    async advanceNonce(nonce: string, count: number, life: number): Promise<boolean> {
      const advanced = await database.run(sql`
        INSERT INTO planning.nonces (nonce, count, expires_at)
        VALUES (${nonce}, ${count}, now() + ${life} * interval '1 second')
        ON CONFLICT (nonce) DO UPDATE SET count = excluded.count WHERE planning.nonces.count < excluded.count`);
      return advanced > 0;
    },

    /** Removes what has expired; for a daily job. */
    async cleanUp(): Promise<void> {
      await database.run(sql`DELETE FROM planning.clients WHERE expires_at < now()`);
      await database.run(sql`DELETE FROM planning.grants WHERE expires_at < now()`);
      await database.run(sql`DELETE FROM planning.nonces WHERE expires_at < now()`);
    },
  };
}
