import { type Database, sql } from '../../../platform/database/database.ts';
import type { SyncEntry } from '../definition.ts';

export type SyncState = {
  definition: SyncEntry;
  startedAt: Date | null;
  finishedAt: Date | null;
  running: boolean;
  outcome: SyncOutcome | null;
};

/** What a run did: rows read and written, or why it stopped. */
export type SyncOutcome = {
  rows: number;
  added: number;
  changed: number;
  unchanged: number;
  failed: number;
  error?: string;
};

export function readStates(db: Database): Promise<SyncState[]> {
  return db.rows<SyncState>(sql`
    SELECT definition, started_at AS "startedAt", finished_at AS "finishedAt",
           coalesce(held_until > now(), false) AS running, outcome
    FROM connections.syncs ORDER BY name`);
}

/** Takes a sync for a run, unless another process has begun one since `seen` was read or still runs one. */
export async function claim(db: Database, name: string, seen: Date | null, lease: number): Promise<boolean> {
  const row = await db.row(sql`
    UPDATE connections.syncs SET started_at = clock_timestamp(), held_until = now() + make_interval(secs => ${lease})
    WHERE name = ${name} AND (held_until IS NULL OR held_until < now())
      AND date_trunc('milliseconds', started_at) IS NOT DISTINCT FROM ${seen}::timestamptz
    RETURNING name`);
  return row !== undefined;
}

export async function hold(db: Database, name: string, lease: number): Promise<void> {
  await db.run(sql`
    UPDATE connections.syncs SET held_until = now() + make_interval(secs => ${lease}) WHERE name = ${name}`);
}

export async function finish(db: Database, name: string, outcome: SyncOutcome): Promise<void> {
  await db.run(sql`
    UPDATE connections.syncs SET held_until = NULL, finished_at = now(), outcome = ${JSON.stringify(outcome)}::jsonb
    WHERE name = ${name}`);
}
