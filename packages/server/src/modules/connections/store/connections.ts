import { type Queryable, sql, type Transaction } from '../../../platform/database/database.ts';
import type { SyncEntry } from '../definition.ts';

export type StoredConnection = { name: string; driver: string; sealed: string; access: string[] };

export function readConnections(db: Queryable): Promise<StoredConnection[]> {
  return db.rows<StoredConnection>(
    sql`SELECT name, driver, sealed, access FROM connections.connections ORDER BY name`,
  );
}

export async function writeConnections(tx: Transaction, rows: readonly StoredConnection[]): Promise<void> {
  await tx.run(sql`
    INSERT INTO connections.connections (name, driver, sealed, access)
    SELECT name, driver, sealed, access
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS c (name text, driver text, sealed text, access jsonb)
    ON CONFLICT (name) DO UPDATE
    SET driver = excluded.driver, sealed = excluded.sealed, access = excluded.access`);
}

export async function removeConnections(tx: Transaction, names: readonly string[]): Promise<void> {
  await tx.run(sql`DELETE FROM connections.connections WHERE name = ANY (${[...names]})`);
}

export async function readSyncs(db: Queryable): Promise<SyncEntry[]> {
  const rows = await db.rows<{ definition: SyncEntry }>(
    sql`SELECT definition FROM connections.syncs ORDER BY name`,
  );
  return rows.map(({ definition }) => definition);
}

/** A changed sync counts as not yet run. */
export async function writeSyncs(tx: Transaction, syncs: readonly SyncEntry[]): Promise<void> {
  await tx.run(sql`
    INSERT INTO connections.syncs (name, definition)
    SELECT definition ->> 'name', definition FROM unnest(${syncs.map((sync) => JSON.stringify(sync))}::jsonb[]) AS s (definition)
    ON CONFLICT (name) DO UPDATE SET definition = excluded.definition, started_at = NULL`);
}

export async function removeSyncs(tx: Transaction, names: readonly string[]): Promise<void> {
  await tx.run(sql`DELETE FROM connections.syncs WHERE name = ANY (${[...names]})`);
}
