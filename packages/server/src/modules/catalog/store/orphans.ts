import { type Queryable, sql } from '../../../platform/database/database.ts';

/** An instance that may exist at an application although no subscription has it. */
export type Orphan = {
  id: number;
  at: Date;
  technicalService: number;
  provider: string;
  technicalServiceId: string;
  organization: string;
  subscriptionId: string;
  instanceId: string | null;
  /** How it came to be one. */
  reason: string;
  /** Deletions that were tried since. */
  tries: number;
  lastError: string | null;
  /** When it is deleted again without being asked. */
  nextTryAt: Date | null;
  state: 'open' | 'deleted' | 'givenUp';
};

export type NewOrphan = {
  technicalService: number;
  organization: string;
  subscriptionId: string;
  /** Null where the application never told it: then an operator has to find it out. */
  instanceId: string | null;
  reason: string;
  /** Seconds until it is deleted without being asked. */
  retryAfter: number;
};

export async function insertOrphan(db: Queryable, orphan: NewOrphan): Promise<void> {
  await db.run(sql`
    INSERT INTO catalog.orphans (technical_service, organization, subscription_id, instance_id, reason, next_try_at)
    VALUES (${orphan.technicalService}, ${orphan.organization}, ${orphan.subscriptionId}, ${orphan.instanceId},
            ${orphan.reason}, ${
              orphan.instanceId === null ? null : sql`now() + make_interval(secs => ${orphan.retryAfter})`
            })`);
}

const columns = sql`o.id, o.at, o.technical_service AS "technicalService", t.organization AS provider,
  t.id AS "technicalServiceId", o.organization, o.subscription_id AS "subscriptionId",
  o.instance_id AS "instanceId", o.reason, o.tries, o.last_error AS "lastError", o.next_try_at AS "nextTryAt", o.state`;

export function readOrphan(db: Queryable, id: number): Promise<Orphan | undefined> {
  return db.row(sql`
    SELECT ${columns} FROM catalog.orphans o JOIN catalog.technical_services t ON t.key = o.technical_service
    WHERE o.id = ${id}`);
}

/** Those of these providers, the newest first. */
export function readOrphans(
  db: Queryable,
  providers: readonly string[] | 'all',
  state: Orphan['state'] | undefined,
  before: number | undefined,
  limit: number,
): Promise<Orphan[]> {
  const own = providers === 'all' ? sql`true` : sql`t.organization = ANY(${providers})`;
  return db.rows(sql`
    SELECT ${columns} FROM catalog.orphans o JOIN catalog.technical_services t ON t.key = o.technical_service
    WHERE ${own} AND (${state ?? null}::text IS NULL OR o.state = ${state ?? null})
      AND (${before ?? null}::bigint IS NULL OR o.id < ${before ?? null})
    ORDER BY o.id DESC LIMIT ${limit}`);
}

/** Takes orphans whose time has come; nobody else takes them for so many seconds. */
export async function claimDueOrphans(db: Queryable, seconds: number, limit: number): Promise<number[]> {
  const rows = await db.rows<{ id: number }>(sql`
    UPDATE catalog.orphans SET next_try_at = now() + make_interval(secs => ${seconds}) WHERE id IN (
      SELECT id FROM catalog.orphans WHERE state = 'open' AND next_try_at <= now()
      ORDER BY next_try_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING id`);
  return rows.map(({ id }) => id);
}

/** A deletion was tried: what came of it. `retryAfter` in seconds; undefined: not by itself. */
export async function noteTry(
  db: Queryable,
  id: number,
  outcome: {
    state: Orphan['state'];
    instanceId: string;
    lastError: string | null;
    retryAfter: number | undefined;
  },
): Promise<void> {
  await db.run(sql`
    UPDATE catalog.orphans SET tries = tries + 1, state = ${outcome.state}, instance_id = ${outcome.instanceId},
      last_error = ${outcome.lastError},
      next_try_at = now() + make_interval(secs => ${outcome.retryAfter ?? null}::double precision)
    WHERE id = ${id}`);
}

/** Begins anew: deleted by itself from now on. */
export async function retryOrphan(db: Queryable, id: number, instanceId: string): Promise<void> {
  await db.run(sql`
    UPDATE catalog.orphans SET state = 'open', tries = 0, next_try_at = now(), instance_id = ${instanceId}
    WHERE id = ${id}`);
}

export async function giveUpOrphan(db: Queryable, id: number): Promise<void> {
  await db.run(sql`UPDATE catalog.orphans SET state = 'givenUp', next_try_at = NULL WHERE id = ${id}`);
}

/**
 * An application tells of an instance that no subscription waits for any more: the orphan that was kept for it learns
 * its name, and is deleted by itself. Says whether there was one.
 */
export async function nameOrphan(
  db: Queryable,
  providers: readonly string[],
  organization: string,
  subscriptionId: string,
  instanceId: string,
): Promise<boolean> {
  const named = await db.run(sql`
    UPDATE catalog.orphans SET instance_id = ${instanceId}, next_try_at = now() WHERE id = (
      SELECT max(o.id) FROM catalog.orphans o JOIN catalog.technical_services t ON t.key = o.technical_service
      WHERE o.organization = ${organization} AND o.subscription_id = ${subscriptionId} AND o.instance_id IS NULL
        AND o.state = 'open' AND t.organization = ANY(${providers}))`);
  return named === 1;
}
